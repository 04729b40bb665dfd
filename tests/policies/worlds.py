"""Named sets of facts: the situations in which the whole table of rights is written down."""

from policies.vocabulary import NO_FACTS, Column, Fact, OrganisationKind

SEAT = Fact.TERRITORY | Fact.PLEDGE | Fact.STRONG_AUTH
MEMBER = SEAT | Fact.CIRCLE | Fact.INFORMED
NAMED = MEMBER | Fact.NAMED
AGREED = NAMED | Fact.AGREEMENT | Fact.LISTED | Fact.MANDATE_PERSON
EXCHANGING = AGREED | Fact.HEALTH_PROFESSIONAL | Fact.HEALTH_EXCHANGE
SAME_TEAM = AGREED | Fact.CARE_TEAM
EMERGENCY = SEAT | Fact.EMERGENCY_ACCESS

WORLDS: dict[str, Fact] = {
    "no seat": NO_FACTS,
    "seat outside the circle": SEAT,
    "own referral": SEAT | Fact.OWN,
    "own referral before acceptance": SEAT | Fact.OWN | Fact.RECEIVED,
    "cofacilitator before acceptance": SEAT | Fact.COFACILITATOR | Fact.RECEIVED,
    "circle before any mode": MEMBER,
    "circle anonymised": MEMBER | Fact.ANONYMISED,
    "informing anonymised": MEMBER | Fact.ANONYMISED | Fact.INFORMING,
    "mission anonymised": SEAT | Fact.ANONYMISED | Fact.MISSION,
    "guest anonymised": SEAT | Fact.ANONYMISED | Fact.INVITED,
    "guest named": SEAT | Fact.INVITED | Fact.INFORMED | Fact.NAMED,
    "guest named not informed": SEAT | Fact.INVITED | Fact.NAMED,
    "guest named agreed": SEAT
    | Fact.INVITED
    | Fact.INFORMED
    | Fact.NAMED
    | Fact.AGREEMENT
    | Fact.MANDATE_PERSON
    | Fact.PROFESSIONAL_SECRECY,
    "guest named consequences only": SEAT
    | Fact.INVITED
    | Fact.INFORMED
    | Fact.NAMED
    | Fact.EXTRACT_AGREED
    | Fact.EXTRACT_ONLY,
    "guest health exchange": SEAT
    | Fact.INVITED
    | Fact.INFORMED
    | Fact.NAMED
    | Fact.HEALTH_PROFESSIONAL
    | Fact.HEALTH_EXCHANGE,
    "guest opposed": SEAT | Fact.INVITED | Fact.INFORMED | Fact.NAMED | Fact.OPPOSED,
    "guest by exception": SEAT | Fact.INVITED | Fact.INFORMED | Fact.EXCEPTION,
    "named": NAMED,
    "named bound to secrecy": NAMED | Fact.PROFESSIONAL_SECRECY,
    "named opposed bound to secrecy": NAMED | Fact.PROFESSIONAL_SECRECY | Fact.OPPOSED,
    "named not informed": NAMED & ~Fact.INFORMED,
    "named agreed": AGREED,
    "named consequences only": NAMED | Fact.EXTRACT_AGREED | Fact.EXTRACT_ONLY,
    "named consequences only mandate": NAMED
    | Fact.EXTRACT_AGREED
    | Fact.EXTRACT_ONLY
    | Fact.MANDATE_PERSON,
    "named health exchange": EXCHANGING,
    "named same care team": SAME_TEAM,
    "named same care team peer worker": SAME_TEAM | Fact.PEER_WORKER,
    "named opposed": NAMED | Fact.OPPOSED,
    "named opposed same care team": NAMED | Fact.OPPOSED | Fact.CARE_TEAM,
    "named lead": AGREED | Fact.LEAD,
    "named one factor": EXCHANGING & ~Fact.STRONG_AUTH,
    "by exception": MEMBER | Fact.EXCEPTION,
    "by exception agreed": MEMBER | Fact.EXCEPTION | Fact.AGREEMENT | Fact.CARE_TEAM,
    "mission": SEAT | Fact.MISSION,
    "mission opposed": NAMED | Fact.MISSION | Fact.OPPOSED,
    "assigned": SEAT | Fact.ASSIGNED | Fact.NAMED,
    "assigned anonymised": SEAT | Fact.ASSIGNED | Fact.ANONYMISED,
    "emergency": EMERGENCY | Fact.ANONYMISED,
    "emergency health professional": EMERGENCY | Fact.ANONYMISED | Fact.HEALTH_PROFESSIONAL,
    "emergency opposed": EMERGENCY | Fact.NAMED | Fact.OPPOSED | Fact.HEALTH_PROFESSIONAL,
    "may open emergency": NAMED | Fact.HEALTH_PROFESSIONAL | Fact.SOCIAL_WORKER,
    "on call": SEAT | Fact.ON_CALL | Fact.HEALTH_PROFESSIONAL,
    "frozen": AGREED | Fact.CARE_TEAM | Fact.FROZEN,
    "conflict": AGREED | Fact.CARE_TEAM | Fact.CONFLICT,
    "closed": AGREED | Fact.CLOSED,
    "closed own referral": SEAT | Fact.OWN | Fact.CLOSED,
    "closed emergency": EMERGENCY | Fact.HEALTH_PROFESSIONAL | Fact.CLOSED,
    "archived": AGREED | Fact.OWN | Fact.CLOSED | Fact.ARCHIVED,
    "rights request": SEAT | Fact.MOTIVE,
    "rights request archived": SEAT | Fact.MOTIVE | Fact.CLOSED | Fact.ARCHIVED,
    "the person": SEAT | Fact.SELF,
    "recording in the circle": MEMBER | Fact.ANONYMISED | Fact.PROFESSIONAL_SECRECY,
    "recording while informing": SEAT
    | Fact.ANONYMISED
    | Fact.INFORMING
    | Fact.PROFESSIONAL_SECRECY,
    "recording as the referrer": SEAT | Fact.RECEIVED | Fact.OWN | Fact.PROFESSIONAL_SECRECY,
    "recording when frozen": NAMED | Fact.FROZEN | Fact.PROFESSIONAL_SECRECY,
    "recording when closed": NAMED | Fact.CLOSED | Fact.PROFESSIONAL_SECRECY,
    "lead by exception": MEMBER | Fact.EXCEPTION | Fact.LEAD,
    "lead anonymised": MEMBER | Fact.ANONYMISED | Fact.LEAD,
    "lead opposed": NAMED | Fact.LEAD | Fact.OPPOSED,
    "lead consequences only": NAMED | Fact.LEAD | Fact.EXTRACT_AGREED | Fact.EXTRACT_ONLY,
    "lead frozen": NAMED | Fact.LEAD | Fact.FROZEN,
    "lead in conflict": NAMED | Fact.LEAD | Fact.CONFLICT,
    "lead same care team": SAME_TEAM | Fact.LEAD | Fact.HEALTH_PROFESSIONAL,
    "lead health exchange": EXCHANGING | Fact.LEAD,
    "lead peer worker": EXCHANGING | Fact.LEAD | Fact.PEER_WORKER,
    "named health professional": NAMED | Fact.HEALTH_PROFESSIONAL,
    "named then anonymised": EXCHANGING | Fact.CARE_TEAM | Fact.ANONYMISED,
    "named consequences only in emergency": EXCHANGING
    | Fact.CARE_TEAM
    | Fact.EXTRACT_ONLY
    | Fact.EMERGENCY_ACCESS,
    "by exception opposed in emergency": MEMBER
    | Fact.EXCEPTION
    | Fact.OPPOSED
    | Fact.EMERGENCY_ACCESS,
    "informing outside the circle": SEAT | Fact.INFORMING,
    "informing opposed": SEAT | Fact.INFORMING | Fact.OPPOSED | Fact.ANONYMISED,
    "assigned by exception": SEAT | Fact.ASSIGNED | Fact.EXCEPTION,
    "assigned opposed": SEAT | Fact.ASSIGNED | Fact.NAMED | Fact.OPPOSED,
    "assigned closed in emergency": SEAT
    | Fact.ASSIGNED
    | Fact.NAMED
    | Fact.EMERGENCY_ACCESS
    | Fact.CLOSED,
    "guest same care team": SEAT
    | Fact.INVITED
    | Fact.INFORMED
    | Fact.NAMED
    | Fact.CARE_TEAM
    | Fact.HEALTH_PROFESSIONAL,
    "guest consequences only mandate": SEAT
    | Fact.INVITED
    | Fact.INFORMED
    | Fact.NAMED
    | Fact.EXTRACT_AGREED
    | Fact.MANDATE_PERSON,
    "mission consequences only": NAMED | Fact.MISSION | Fact.LISTED | Fact.EXTRACT_ONLY,
    "mission closed": SEAT | Fact.MISSION | Fact.CLOSED,
    "own referral opposed": SEAT | Fact.OWN | Fact.OPPOSED,
    "own referral consequences only": SEAT | Fact.OWN | Fact.EXTRACT_ONLY,
    "own referral frozen": SEAT | Fact.OWN | Fact.FROZEN,
    "cofacilitator opposed": SEAT | Fact.COFACILITATOR | Fact.RECEIVED | Fact.OPPOSED,
    "the person opposed": SEAT | Fact.SELF | Fact.OPPOSED | Fact.EXTRACT_ONLY,
    "the person frozen": SEAT | Fact.SELF | Fact.FROZEN,
    "the person anonymised": SEAT | Fact.SELF | Fact.ANONYMISED | Fact.CLOSED,
    "rights request opposed": SEAT | Fact.MOTIVE | Fact.OPPOSED | Fact.EXTRACT_ONLY,
    "rights request frozen": SEAT | Fact.MOTIVE | Fact.FROZEN | Fact.ANONYMISED,
    "everything but the pledge": EXCHANGING & ~Fact.PLEDGE | Fact.EMERGENCY_ACCESS,
}

KIND: dict[Column, OrganisationKind] = {
    Column.COORD: OrganisationKind.COORDINATION,
    Column.PSY: OrganisationKind.PSYCHIATRY,
    Column.MED: OrganisationKind.HEALTH,
    Column.SOC: OrganisationKind.CCAS,
    Column.MSOC: OrganisationKind.MEDICO_SOCIAL,
    Column.MJPM: OrganisationKind.GUARDIANSHIP,
    Column.DAC: OrganisationKind.DAC,
    Column.BAIL: OrganisationKind.LANDLORD,
    Column.SCHS: OrganisationKind.HYGIENE,
    Column.LHI: OrganisationKind.HOUSING_AUTHORITY,
    Column.SDIS: OrganisationKind.FIRE_SERVICE,
    Column.NETT: OrganisationKind.CLEANING,
    Column.PERS: OrganisationKind.RELATIVE,
    Column.AID: OrganisationKind.RELATIVE,
    Column.PAIR: OrganisationKind.PEER,
    Column.AUD: OrganisationKind.ETHICS,
    Column.DPO: OrganisationKind.DATA_PROTECTION,
    Column.STAT: OrganisationKind.MUNICIPALITY,
    Column.ADM: OrganisationKind.HOSTING,
    Column.ORGADM: OrganisationKind.CCAS,
    Column.NONE: OrganisationKind.MUNICIPALITY,
}
"""A plausible employer for each column; no rule of today depends on it."""
