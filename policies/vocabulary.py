"""The closed words of the rules: nothing outside these lists can be asked or written.

Facts are granting or restricting. Absence of a granting fact closes; absence of a
restricting fact leaves open. Because an allow names only `granting` or `!restricting`,
and a deny only `restricting` or `!granting`, taking a granting fact away or adding a
restricting one never opens anything. Sources: domain specification 3; CSP L.1110-4,
L.1110-12, R.1110-1 to -3.
"""

from enum import IntFlag, StrEnum
from typing import NamedTuple


class Column(StrEnum):
    """A column of the matrix; the six last are governance or nothing, never circle members."""

    COORD = "COORD"
    PSY = "PSY"
    MED = "MED"
    SOC = "SOC"
    MSOC = "MSOC"
    MJPM = "MJPM"
    DAC = "DAC"
    BAIL = "BAIL"
    SCHS = "SCHS"
    LHI = "LHI"
    SDIS = "SDIS"
    NETT = "NETT"
    PERS = "PERS"
    AID = "AID"
    PAIR = "PAIR"
    AUD = "AUD"
    DPO = "DPO"
    STAT = "STAT"
    ADM = "ADM"
    ORGADM = "ORGADM"
    NONE = "NONE"


class ProfessionalCategory(StrEnum):
    """Legal category of an employment, after R.1110-2 CSP (2° h is repealed)."""

    HEALTH = "1"
    SOCIAL_WORKER = "2a"
    PSYCHOLOGIST_AND_CARE_AIDES = "2b"
    FAMILY_ASSISTANT = "2c"
    EDUCATOR = "2d"
    HOST_FAMILY = "2e"
    GUARDIAN = "2f"
    ESTABLISHMENT_EMPLOYEE = "2g"
    APA_TEAM = "2i"
    COORDINATION_STRUCTURE = "2j"
    NONE = "NONE"


class OrganisationKind(StrEnum):
    """What an organisation is for the rules, whatever its legal form."""

    COORDINATION = "COORDINATION"
    CCAS = "CCAS"
    DEPARTMENT = "DEPARTMENT"
    PSYCHIATRY = "PSYCHIATRY"
    HEALTH = "HEALTH"
    MEDICO_SOCIAL = "MEDICO_SOCIAL"
    GUARDIANSHIP = "GUARDIANSHIP"
    DAC = "DAC"
    LANDLORD = "LANDLORD"
    HYGIENE = "HYGIENE"
    HOUSING_AUTHORITY = "HOUSING_AUTHORITY"
    FIRE_SERVICE = "FIRE_SERVICE"
    CLEANING = "CLEANING"
    ANIMAL_CARE = "ANIMAL_CARE"
    PROVIDER = "PROVIDER"
    PEER = "PEER"
    RELATIVE = "RELATIVE"
    MUNICIPALITY = "MUNICIPALITY"
    POLICE = "POLICE"
    JUSTICE = "JUSTICE"
    PREFECTURE = "PREFECTURE"
    ETHICS = "ETHICS"
    DATA_PROTECTION = "DATA_PROTECTION"
    HOSTING = "HOSTING"


class Office(StrEnum):
    """A function held in a cell or a deployment, beside any employment's category."""

    COORDINATOR = "coordinator"
    HEALTH_COFACILITATOR = "health_cofacilitator"
    AUDITOR = "auditor"
    DPO = "dpo"
    COPIL_READER = "copil_reader"
    ADMINISTRATOR = "administrator"
    ORGANISATION_ADMINISTRATOR = "organisation_administrator"


class Section(StrEnum):
    """A section of the file, and `situation`: the bare fact that the file exists."""

    SYNTHESIS = "synthesis"
    IDENTITY_CONTACT = "identity_contact"
    HOUSING = "housing"
    SAFETY_RISK = "safety_risk"
    NEIGHBOURHOOD = "neighbourhood"
    SOCIAL_RESOURCES = "social_resources"
    LEGAL_PROTECTION = "legal_protection"
    SOMATIC_HEALTH = "somatic_health"
    MENTAL_HEALTH = "mental_health"
    FAMILY_CAREGIVERS = "family_caregivers"
    ANIMALS = "animals"
    WISHES_VOICE = "wishes_voice"
    ASSESSMENTS_ENVIRONMENT = "assessments_environment"
    ASSESSMENTS_CLINICAL = "assessments_clinical"
    ACTION_PLAN = "action_plan"
    MEETING_MINUTES = "meeting_minutes"
    ATTACHMENTS = "attachments"
    CONSENT_STATUS = "consent_status"
    CONSENT_TEXT = "consent_text"
    REFERRAL = "referral"
    ACCESS_REGISTER = "access_register"
    SITUATION = "situation"


class Action(StrEnum):
    """What a seat may ask to do with a section. Levels of reading are actions.

    `see`: that it exists and whom to ask. `read_assigned`: the extract attached to one's
    own action. `read_extract`: the text that the author wrote to be shared. `read_own`:
    one's own entries. `read_masked`: what remains once third parties, or every block but
    one's own, are removed. `exchange`: send, or receive by name, a message about a section
    (CSP L.1110-4 II). `report`: tell an authority what the law lets one tell. `grant`: who
    belongs to the circle. `record_agreement`: that the person was informed, and what they
    allow; `record_objection`: what they refuse or withdraw, which only restricts.
    """

    SEE = "see"
    SEE_LABEL = "see_label"
    SEE_STATUS = "see_status"
    READ_ASSIGNED = "read_assigned"
    READ_EXTRACT = "read_extract"
    READ = "read"
    READ_OWN = "read_own"
    READ_MASKED = "read_masked"
    CONTRIBUTE = "contribute"
    VALIDATE = "validate"
    ATTACH = "attach"
    SHARE = "share"
    EXPORT = "export"
    CLOSE = "close"
    OPEN_EMERGENCY = "open_emergency"
    READ_REGISTER = "read_register"
    EXCHANGE = "exchange"
    REPORT = "report"
    GRANT = "grant"
    RECORD_AGREEMENT = "record_agreement"
    RECORD_OBJECTION = "record_objection"


class Level(StrEnum):
    """How far a section opens to a seat, from nothing to the full text."""

    NONE = "none"
    SEE = "see"
    READ_ASSIGNED = "read_assigned"
    READ_EXTRACT = "read_extract"
    READ = "read"


LEVELS_FROM_THE_TOP = (Level.READ, Level.READ_EXTRACT, Level.READ_ASSIGNED, Level.SEE)


class Purpose(StrEnum):
    """Why a seat acts. Source: R.1110-1 CSP, perimeter of each one's missions."""

    COORDINATION = "COORDINATION"
    CARE = "CARE"
    SOCIAL = "SOCIAL"
    MISSION = "MISSION"
    EMERGENCY = "EMERGENCY"
    RIGHTS = "RIGHTS"
    AUDIT = "AUDIT"


class Effect(StrEnum):
    """The two effects a line may have; Casbin would silently ignore any other spelling."""

    ALLOW = "allow"
    DENY = "deny"


class Obligation(StrEnum):
    """What the gate must do, in the same transaction, when it lets an act pass."""

    TELL_PERSON_7_DAYS = "tell_person_7_days"
    TELL_COORDINATOR = "tell_coordinator"
    SHOW_BANNER = "show_banner"
    ASK_REVIEW = "ask_review"


class Audience(StrEnum):
    """Who reads an explanation: the refused person, their profession at large, or oversight.

    Ordered from the narrowest to the widest by `Audience.hears`.
    """

    REFUSED = "refused"
    PROFESSION = "profession"
    FULL = "full"

    def hears(self, wanted: "Audience") -> bool:
        """Whether this audience may be told in detail what is written for `wanted`."""
        order = list(Audience)
        return order.index(self) >= order.index(wanted)


class Fact(IntFlag):
    """One truth about a seat, a situation and sometimes a section. See `MEANING`."""

    TERRITORY = 1 << 0
    PLEDGE = 1 << 1
    STRONG_AUTH = 1 << 2
    CIRCLE = 1 << 3
    LEAD = 1 << 4
    CARE_TEAM = 1 << 5
    HEALTH_PROFESSIONAL = 1 << 6
    HEALTH_EXCHANGE = 1 << 7
    SOCIAL_WORKER = 1 << 8
    COFACILITATOR = 1 << 9
    MANDATE_PERSON = 1 << 10
    INFORMED = 1 << 11
    AGREEMENT = 1 << 12
    EXTRACT_AGREED = 1 << 13
    LISTED = 1 << 14
    NAMED = 1 << 15
    EXCEPTION = 1 << 16
    MISSION = 1 << 17
    ASSIGNED = 1 << 18
    INFORMING = 1 << 19
    INVITED = 1 << 20
    OWN = 1 << 21
    RECEIVED = 1 << 22
    ON_CALL = 1 << 23
    EMERGENCY_ACCESS = 1 << 24
    SELF = 1 << 25
    MOTIVE = 1 << 26
    PROFESSIONAL_SECRECY = 1 << 27

    OPPOSED = 1 << 32
    EXTRACT_ONLY = 1 << 33
    FROZEN = 1 << 34
    CONFLICT = 1 << 35
    ANONYMISED = 1 << 36
    CLOSED = 1 << 37
    ARCHIVED = 1 << 38
    PEER_WORKER = 1 << 39


NO_FACTS = Fact(0)

RESTRICTING = (
    Fact.OPPOSED
    | Fact.EXTRACT_ONLY
    | Fact.FROZEN
    | Fact.CONFLICT
    | Fact.ANONYMISED
    | Fact.CLOSED
    | Fact.ARCHIVED
    | Fact.PEER_WORKER
)
"""Facts whose presence only closes: absence of the row leaves open."""

GRANTING = Fact((1 << 28) - 1)
"""Facts whose presence only opens: absence of the row closes."""

EXCUSES: dict[Fact, Fact] = {
    Fact.OPPOSED: Fact.EMERGENCY_ACCESS | Fact.MISSION,
    Fact.EXTRACT_ONLY: Fact.EMERGENCY_ACCESS | Fact.MISSION,
    Fact.FROZEN: Fact.OWN,
    Fact.CONFLICT: NO_FACTS,
    Fact.ANONYMISED: Fact.INFORMING | Fact.MISSION | Fact.EMERGENCY_ACCESS,
    Fact.CLOSED: Fact.EMERGENCY_ACCESS | Fact.OWN,
    Fact.ARCHIVED: NO_FACTS,
    Fact.PEER_WORKER: NO_FACTS,
}
"""What a denial on a restricting fact may let through: a closed list (settled 4 and 5).

No version of the policy can excuse anything else from an objection, a freeze, a conflict.
"""

NEEDED_BY_ALL = Fact.TERRITORY | Fact.PLEDGE | Fact.STRONG_AUTH
"""What a denial may ask of everyone by itself, as `!pledge`."""

SECTIONAL = (
    Fact.CARE_TEAM
    | Fact.HEALTH_EXCHANGE
    | Fact.AGREEMENT
    | Fact.EXTRACT_AGREED
    | Fact.LISTED
    | Fact.MISSION
    | Fact.INVITED
    | Fact.OWN
    | Fact.EMERGENCY_ACCESS
    | Fact.OPPOSED
    | Fact.EXTRACT_ONLY
    | Fact.FROZEN
)
"""Facts with one truth value per section; the others have one per situation or per seat."""


class Meaning(NamedTuple):
    """What a fact says, what the absence of its row means, and who may be told of it."""

    holds_when: str
    absence: str
    audience: Audience


MEANING: dict[Fact, Meaning] = {
    Fact.TERRITORY: Meaning(
        "this seat holds an employment or an office in the situation's CLSM",
        "no seat there: closed",
        Audience.REFUSED,
    ),
    Fact.PLEDGE: Meaning(
        "this seat's confidentiality pledge was signed less than a year ago, for the charter in "
        "force",
        "never signed, or expired: closed",
        Audience.REFUSED,
    ),
    Fact.STRONG_AUTH: Meaning(
        "the session was opened with two factors", "one factor only: closed", Audience.REFUSED
    ),
    Fact.CIRCLE: Meaning(
        "a live circle membership of this seat; for the coordinator of the cell, by office",
        "not in the circle, or the membership ended: closed",
        Audience.REFUSED,
    ),
    Fact.LEAD: Meaning(
        "this seat is the situation's lead professional", "someone else is", Audience.REFUSED
    ),
    Fact.CARE_TEAM: Meaning(
        "a recorded L.1110-12 CSP link between this seat and an author of the section",
        "no link recorded: closed",
        Audience.REFUSED,
    ),
    Fact.HEALTH_PROFESSIONAL: Meaning(
        "the seat's category is R.1110-2 1°", "another category: closed", Audience.REFUSED
    ),
    Fact.HEALTH_EXCHANGE: Meaning(
        "an author of the section is R.1110-2 1° (or it has no author yet) and the section's "
        "category is agreed for G1, whatever this seat's own group",
        "no such author, or no agreement: closed",
        Audience.PROFESSION,
    ),
    Fact.SOCIAL_WORKER: Meaning(
        "the seat's category is R.1110-2 2° a", "another category: closed", Audience.REFUSED
    ),
    Fact.COFACILITATOR: Meaning(
        "the seat is the cell's health co-facilitator", "it is not: closed", Audience.REFUSED
    ),
    Fact.MANDATE_PERSON: Meaning(
        "the guardian's mandate covers the person, not property alone (C. civ. 459)",
        "property only, or no mandate recorded: closed",
        Audience.REFUSED,
    ),
    Fact.INFORMED: Meaning(
        "the person was informed that this recipient group may read, or the impossibility to "
        "inform is recorded (R.1110-3 CSP)",
        "not informed: closed",
        Audience.REFUSED,
    ),
    Fact.AGREEMENT: Meaning(
        "the cell (category of the section, group of the seat) is `yes`",
        "not asked, consequences only, or no: closed",
        Audience.PROFESSION,
    ),
    Fact.EXTRACT_AGREED: Meaning(
        "that cell is `extract_only`", "another value: closed", Audience.PROFESSION
    ),
    Fact.LISTED: Meaning(
        "an entry of the person's own words lists this seat's group",
        "no entry lists it: closed",
        Audience.PROFESSION,
    ),
    Fact.NAMED: Meaning(
        "review mode NAMED: the person's general agreement is live and they can express their will",
        "withdrawn, never given, or unable to express will: closed",
        Audience.REFUSED,
    ),
    Fact.EXCEPTION: Meaning(
        "review mode NAMED_BY_EXCEPTION, or a person unable to express their will; within 30 days",
        "no exception, or it expired: closed",
        Audience.REFUSED,
    ),
    Fact.MISSION: Meaning(
        "an open statutory mission of this seat whose procedure covers the section",
        "no procedure recorded: closed",
        Audience.FULL,
    ),
    Fact.ASSIGNED: Meaning(
        "an action is assigned to this seat and its window runs: until 7 days after it was closed, "
        "or 30 days after its first due date",
        "no action, or the window is over: closed",
        Audience.REFUSED,
    ),
    Fact.INFORMING: Meaning(
        "this seat is the designated informing professional, within its 30 days",
        "it is not, or the 30 days are over: closed",
        Audience.REFUSED,
    ),
    Fact.INVITED: Meaning(
        "a live guest grant of this seat names the section; on `situation` and `synthesis`, any "
        "live grant",
        "no grant, or another section: closed",
        Audience.REFUSED,
    ),
    Fact.OWN: Meaning(
        "on `referral`, `situation` and `consent_status`, this seat sent the referral; on "
        "`access_register`, the acts asked for are this seat's",
        "someone else's: closed",
        Audience.REFUSED,
    ),
    Fact.RECEIVED: Meaning(
        "the referral was submitted and is not accepted yet",
        "draft, decided or none: closed",
        Audience.REFUSED,
    ),
    Fact.ON_CALL: Meaning(
        "the seat is on duty, outside the circle", "not on duty: closed", Audience.REFUSED
    ),
    Fact.EMERGENCY_ACCESS: Meaning(
        "a live emergency access of this seat names the section",
        "none was opened, or it expired: closed",
        Audience.FULL,
    ),
    Fact.SELF: Meaning(
        "the person themself asks, a professional beside them",
        "someone else: closed",
        Audience.FULL,
    ),
    Fact.MOTIVE: Meaning(
        "an open rights or archive request of this situation, its motive recorded",
        "no open request: closed",
        Audience.FULL,
    ),
    Fact.PROFESSIONAL_SECRECY: Meaning(
        "the seat's category is one of R.1110-2, or it is a CCAS agent under CASF L.133-5",
        "another employment: closed",
        Audience.REFUSED,
    ),
    Fact.OPPOSED: Meaning(
        "the cell (category of the section, group of the seat) is `no`; for attachments, I9 or the "
        "category of what they belong to",
        "nobody objected: open",
        Audience.PROFESSION,
    ),
    Fact.EXTRACT_ONLY: Meaning(
        "that cell is `extract_only`: never more than consequences",
        "no such limit: open",
        Audience.PROFESSION,
    ),
    Fact.FROZEN: Meaning(
        "the section is under restriction of processing (GDPR art. 18)",
        "not restricted: open",
        Audience.PROFESSION,
    ),
    Fact.CONFLICT: Meaning(
        "a conflict of interest is declared for this seat",
        "none declared: open",
        Audience.PROFESSION,
    ),
    Fact.ANONYMISED: Meaning(
        "review mode ANONYMISED", "another mode, or not decided yet: open", Audience.REFUSED
    ),
    Fact.CLOSED: Meaning(
        "the situation is closed or archived", "it is live: open", Audience.REFUSED
    ),
    Fact.ARCHIVED: Meaning("the situation is archived", "it is not: open", Audience.REFUSED),
    Fact.PEER_WORKER: Meaning(
        "the seat is a peer worker employed by a hospital: consequences only on mental health",
        "another profession: open",
        Audience.REFUSED,
    ),
}


class InformationCategory(StrEnum):
    """Rows of the agreement grid (domain specification 3.4)."""

    I1 = "I1"
    I2 = "I2"
    I3 = "I3"
    I4 = "I4"
    I5 = "I5"
    I6 = "I6"
    I7 = "I7"
    I8 = "I8"
    I9 = "I9"
    I10 = "I10"


class RecipientGroup(StrEnum):
    """Columns of the agreement grid (domain specification 3.4)."""

    G0 = "G0"
    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    G4 = "G4"
    G5 = "G5"
    G6 = "G6"
    G7 = "G7"
    G8 = "G8"
    G9 = "G9"
    G10 = "G10"


INFORMATION_CATEGORY: dict[Section, InformationCategory] = {
    Section.IDENTITY_CONTACT: InformationCategory.I1,
    Section.HOUSING: InformationCategory.I2,
    Section.SAFETY_RISK: InformationCategory.I2,
    Section.ANIMALS: InformationCategory.I2,
    Section.ASSESSMENTS_ENVIRONMENT: InformationCategory.I2,
    Section.NEIGHBOURHOOD: InformationCategory.I3,
    Section.SOCIAL_RESOURCES: InformationCategory.I4,
    Section.LEGAL_PROTECTION: InformationCategory.I5,
    Section.SOMATIC_HEALTH: InformationCategory.I6,
    Section.ASSESSMENTS_CLINICAL: InformationCategory.I6,
    Section.MENTAL_HEALTH: InformationCategory.I7,
    Section.FAMILY_CAREGIVERS: InformationCategory.I8,
    Section.ATTACHMENTS: InformationCategory.I9,
    Section.ACTION_PLAN: InformationCategory.I10,
}
"""Category under which a section is agreed to or objected to.

An absent section has none: its rows follow what they belong to (minutes, referral), the list
written on each entry (wishes), or nothing (synthesis, consent, register). A row of attachments
or of the action plan follows its own section's category *and* that of what it belongs to.
"""

RECIPIENT_GROUP: dict[Column, RecipientGroup] = {
    Column.COORD: RecipientGroup.G0,
    Column.PSY: RecipientGroup.G1,
    Column.MED: RecipientGroup.G1,
    Column.SOC: RecipientGroup.G2,
    Column.MSOC: RecipientGroup.G2,
    Column.MJPM: RecipientGroup.G3,
    Column.DAC: RecipientGroup.G4,
    Column.BAIL: RecipientGroup.G5,
    Column.SCHS: RecipientGroup.G6,
    Column.LHI: RecipientGroup.G6,
    Column.SDIS: RecipientGroup.G7,
    Column.NETT: RecipientGroup.G8,
    Column.AID: RecipientGroup.G9,
    Column.PAIR: RecipientGroup.G10,
}
"""Group under which the person agrees or objects; a governance column has none."""


class SensitivityClass(StrEnum):
    """D0 public, D1 fact, D2 identity, D3 social secret, D4 health, D5 psychiatry, addiction."""

    D0 = "D0"
    D1 = "D1"
    D2 = "D2"
    D3 = "D3"
    D4 = "D4"
    D5 = "D5"


CLASS: dict[Section, SensitivityClass] = {
    Section.SITUATION: SensitivityClass.D0,
    Section.SYNTHESIS: SensitivityClass.D1,
    Section.IDENTITY_CONTACT: SensitivityClass.D2,
    Section.HOUSING: SensitivityClass.D1,
    Section.SAFETY_RISK: SensitivityClass.D1,
    Section.NEIGHBOURHOOD: SensitivityClass.D3,
    Section.SOCIAL_RESOURCES: SensitivityClass.D3,
    Section.LEGAL_PROTECTION: SensitivityClass.D3,
    Section.SOMATIC_HEALTH: SensitivityClass.D4,
    Section.MENTAL_HEALTH: SensitivityClass.D5,
    Section.FAMILY_CAREGIVERS: SensitivityClass.D3,
    Section.ANIMALS: SensitivityClass.D1,
    Section.WISHES_VOICE: SensitivityClass.D3,
    Section.ASSESSMENTS_ENVIRONMENT: SensitivityClass.D1,
    Section.ASSESSMENTS_CLINICAL: SensitivityClass.D4,
    Section.ACTION_PLAN: SensitivityClass.D1,
    Section.MEETING_MINUTES: SensitivityClass.D3,
    Section.ATTACHMENTS: SensitivityClass.D3,
    Section.CONSENT_STATUS: SensitivityClass.D2,
    Section.CONSENT_TEXT: SensitivityClass.D4,
    Section.REFERRAL: SensitivityClass.D3,
    Section.ACCESS_REGISTER: SensitivityClass.D1,
}
"""Highest class that a section holds by itself; a row that belongs elsewhere adds that class."""

NUMBER: dict[Section, str] = {
    Section.SYNTHESIS: "0",
    Section.IDENTITY_CONTACT: "1",
    Section.HOUSING: "2",
    Section.SAFETY_RISK: "3",
    Section.NEIGHBOURHOOD: "4",
    Section.SOCIAL_RESOURCES: "5",
    Section.LEGAL_PROTECTION: "6",
    Section.SOMATIC_HEALTH: "7",
    Section.MENTAL_HEALTH: "8",
    Section.FAMILY_CAREGIVERS: "9",
    Section.ANIMALS: "10",
    Section.WISHES_VOICE: "11",
    Section.ASSESSMENTS_ENVIRONMENT: "12a",
    Section.ASSESSMENTS_CLINICAL: "12b",
    Section.ACTION_PLAN: "13",
    Section.MEETING_MINUTES: "14",
    Section.ATTACHMENTS: "15",
    Section.CONSENT_STATUS: "16",
    Section.CONSENT_TEXT: "16",
    Section.REFERRAL: "17",
    Section.ACCESS_REGISTER: "18",
}
"""Number that the founding documents give to a section; `situation` has none."""
