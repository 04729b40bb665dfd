"""How the record is said in French, and what may be asked of it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from audit.event import Act, Event, Outcome
from policies.vocabulary import Column, Level, Office, Purpose, Section
from service.clock import paris
from service.web.words import day_of

PAGE_SIZE: Final = 50
LARGEST_INDEX: Final = 2**53 - 1
"""The largest place in the tree that every reader of JSON keeps exact."""

ACTS: Final[Mapping[Act, str]] = {
    Act.RECORD_OPENED: "Registre ouvert",
    Act.RECORD_VOIDED: "Numéros annulés",
    Act.RECORD_READ: "Registre consulté",
    Act.RECORD_VERIFIED: "Registre vérifié",
    Act.EMITTER_STARTED: "Service démarré",
    Act.EMITTER_STOPPED: "Service arrêté",
    Act.SITUATION_OPENED: "Situation ouverte à l'écran",
    Act.SITUATION_LISTED: "Liste de situations affichée",
    Act.SITUATION_CREATED: "Situation créée",
    Act.SITUATION_CHANGED: "Situation modifiée",
    Act.SITUATION_CLOSED: "Situation close",
    Act.SITUATION_EXPLAINED: "Explication des accès affichée",
    Act.SECTION_READ: "Section lue",
    Act.SECTION_WRITTEN: "Section complétée",
    Act.SECTION_CORRECTED: "Section corrigée",
    Act.SECTION_HISTORY_READ: "Historique d'une section lu",
    Act.EXTRACT_WRITTEN: "Extrait utile écrit",
    Act.REFERRAL_DRAFTED: "Brouillon de saisine enregistré",
    Act.REFERRAL_SENT: "Saisine envoyée",
    Act.REFERRAL_LISTED: "Liste de saisines affichée",
    Act.REFERRAL_READ: "Saisine lue",
    Act.REFERRAL_ANSWERED: "Réponse donnée à une saisine",
    Act.REFERRAL_RETURNED: "Saisine renvoyée pour complément",
    Act.REFERRAL_REDIRECTED: "Saisine réorientée vers l'urgence",
    Act.REFERRAL_DISCARDED: "Brouillon de saisine supprimé",
    Act.DUPLICATES_SEARCHED: "Doublons recherchés",
    Act.CIRCLE_READ: "Cercle consulté",
    Act.CIRCLE_INVITED: "Invitation à rejoindre un cercle",
    Act.CIRCLE_INVITATION_READ: "Invitation à un cercle consultée",
    Act.CIRCLE_INVITATION_WITHDRAWN: "Invitation à un cercle retirée",
    Act.CIRCLE_ACCEPTED: "Invitation à un cercle acceptée",
    Act.CIRCLE_DECLINED: "Invitation à un cercle déclinée",
    Act.CIRCLE_SUBSTITUTED: "Suppléance acceptée dans un cercle",
    Act.CIRCLE_RENEWAL_ASKED: "Prolongation d'une place demandée",
    Act.CIRCLE_RENEWALS_LISTED: "Places qui se terminent affichées",
    Act.CIRCLE_ASKED: "Demande d'entrée dans un cercle",
    Act.CIRCLE_ANSWERED: "Réponse à une demande d'entrée",
    Act.CIRCLE_JOINED: "Entrée dans un cercle",
    Act.CIRCLE_LEFT: "Sortie d'un cercle",
    Act.CIRCLE_RENEWED: "Place dans un cercle renouvelée",
    Act.CIRCLE_SUSPENDED: "Cercle suspendu",
    Act.INFORMING_DESIGNATED: "Professionnel chargé d'informer désigné",
    Act.LEAD_DESIGNATED: "Pilote désigné",
    Act.SOCIAL_COORDINATOR_DESIGNATED: "Coordonnateur L.121-6-2 désigné",
    Act.SOCIAL_COORDINATOR_ENDED: "Désignation L.121-6-2 terminée",
    Act.REPORT_PREPARED: "Formulaire de signalement ouvert",
    Act.REPORT_MADE: "Signalement à une autorité enregistré",
    Act.REPORT_READ: "Signalement relu",
    Act.REPORT_LISTED: "Liste de signalements affichée",
    Act.REPORT_HANDED: "Signalement remis",
    Act.REPORT_REVIEWED: "Signalement regardé après coup",
    Act.MAYOR_NOTE_MADE: "Note au maire établie",
    Act.INQUIRY_ANSWERED: "Demande sur une personne : réponse neutre",
    Act.INQUIRY_LISTED: "Demandes sur des personnes affichées",
    Act.ACCESSES_CLOSED: "Départ : accès fermés",
    Act.DEPARTURE_READ: "Départ : lectures consultées",
    Act.MISSION_OPENED: "Mission ouverte",
    Act.MISSION_CLOSED: "Mission close",
    Act.ASSIGNMENT_OPENED: "Lecture ouverte par une action confiée",
    Act.ASSIGNMENT_CLOSED: "Lecture d'une action close limitée",
    Act.GUEST_ADMITTED: "Accès ponctuel ouvert",
    Act.GUEST_ENDED: "Accès ponctuel terminé",
    Act.GUEST_LISTED: "Accès ponctuels consultés",
    Act.EXCHANGE_SENT: "Message envoyé à des collègues nommés",
    Act.EXCHANGE_READ: "Message nominatif lu",
    Act.EXCHANGE_LISTED: "Échanges consultés",
    Act.CONFLICT_DECLARED: "Conflit d'intérêts déclaré",
    Act.CONFLICT_LIFTED: "Conflit d'intérêts levé",
    Act.FREEZE_SET: "Traitement limité",
    Act.FREEZE_LIFTED: "Limitation levée",
    Act.MANDATE_RECORDED: "Mandat de protection enregistré",
    Act.CARE_TEAM_LINKED: "Équipe de soins constatée",
    Act.INFORMATION_GIVEN: "Information donnée à la personne",
    Act.AGREEMENT_READ: "Grille d'accord consultée",
    Act.AGREEMENT_PRINTED: "Grille d'accord imprimée",
    Act.WILL_UNABLE_RECORDED: "Impossibilité d'exprimer sa volonté enregistrée",
    Act.WILL_UNABLE_ENDED: "Fin de l'impossibilité d'exprimer sa volonté",
    Act.AGREEMENT_RECORDED: "Accord enregistré",
    Act.AGREEMENT_WITHDRAWN: "Accord retiré",
    Act.OBJECTION_RECORDED: "Opposition enregistrée",
    Act.OBJECTION_WITHDRAWN: "Opposition levée",
    Act.EMERGENCY_ASKED: "Accès d'urgence demandé",
    Act.EMERGENCY_APPROVED: "Réponse d'une seconde personne à un accès d'urgence",
    Act.EMERGENCY_OPENED: "Accès d'urgence ouvert",
    Act.EMERGENCY_READ: "Accès d'urgence consultés",
    Act.EMERGENCY_CLOSED: "Accès d'urgence clos",
    Act.EMERGENCY_REVIEWED: "Accès d'urgence examiné",
    Act.ON_CALL_SET: "Astreinte inscrite",
    Act.ON_CALL_ENDED: "Astreinte terminée",
    Act.MEETING_CALLED: "Réunion convoquée",
    Act.MEETING_HELD: "Réunion tenue",
    Act.MEETING_READ: "Réunion consultée",
    Act.ACTION_ASSIGNED: "Action confiée",
    Act.ACTION_READ: "Action consultée",
    Act.ACTION_CHANGED: "Action modifiée",
    Act.ATTACHMENT_ADDED: "Pièce jointe ajoutée",
    Act.ATTACHMENT_READ: "Pièce jointe lue",
    Act.EXPORT_CREATED: "Export produit",
    Act.CHARTER_ADOPTED: "Charte adoptée",
    Act.PLEDGE_SIGNED: "Engagement de confidentialité signé",
    Act.INVITATION_SENT: "Invitation envoyée",
    Act.INVITATION_ACCEPTED: "Invitation acceptée",
    Act.INVITATION_REVOKED: "Invitation annulée",
    Act.ACCOUNT_CREATED: "Compte créé",
    Act.ACCOUNT_CLOSED: "Compte fermé",
    Act.PASSWORD_CHANGED: "Mot de passe changé",
    Act.SIGNED_IN: "Connexion",
    Act.SEAT_CHOSEN: "Poste choisi",
    Act.SIGNED_OUT: "Déconnexion",
    Act.SESSION_LISTED: "Sessions affichées",
    Act.SESSION_REVOKED: "Session fermée à distance",
    Act.ORGANISATION_CREATED: "Organisation créée",
    Act.ORGANISATION_CHANGED: "Organisation modifiée",
    Act.ORGANISATION_CLOSED: "Organisation fermée",
    Act.EMPLOYMENT_CREATED: "Poste créé",
    Act.EMPLOYMENT_CHANGED: "Poste modifié",
    Act.EMPLOYMENT_ENDED: "Poste terminé",
    Act.OFFICE_GRANTED: "Fonction confiée",
    Act.OFFICE_ENDED: "Fonction retirée",
    Act.POLICY_LOADED: "Règles mises en service",
    Act.POLICY_EXPLAINED: "Règles expliquées",
    Act.POLICY_READ: "Règles de partage lues",
    Act.POLICY_PROPOSED: "Version des règles proposée",
    Act.POLICY_APPROVED: "Version des règles approuvée",
    Act.POLICY_ADOPTED: "Version des règles adoptée",
    Act.POLICY_WITHDRAWN: "Version des règles retirée",
    Act.POLICY_SIMULATED: "Version des règles simulée",
    Act.KEY_CREATED: "Clé créée",
    Act.KEY_ROTATED: "Clé renouvelée",
    Act.KEY_DESTROYED: "Clé détruite",
    Act.ERASURE_REQUESTED: "Effacement demandé",
    Act.ERASURE_APPROVED: "Effacement approuvé",
    Act.ERASURE_DONE: "Effacement fait",
}
"""Every act of the vocabulary, in the words of the page."""

READINGS: Final = frozenset(
    {
        Act.SITUATION_OPENED,
        Act.SITUATION_LISTED,
        Act.SITUATION_EXPLAINED,
        Act.SECTION_READ,
        Act.SECTION_HISTORY_READ,
        Act.REFERRAL_READ,
        Act.REFERRAL_LISTED,
        Act.DUPLICATES_SEARCHED,
        Act.CIRCLE_READ,
        Act.AGREEMENT_READ,
        Act.EMERGENCY_READ,
        Act.GUEST_LISTED,
        Act.EXCHANGE_READ,
        Act.EXCHANGE_LISTED,
        Act.REPORT_READ,
        Act.REPORT_LISTED,
        Act.MEETING_READ,
        Act.ACTION_READ,
        Act.ATTACHMENT_READ,
        Act.EXPORT_CREATED,
    }
)
"""Acts by which something of a situation was shown: what a departure prints."""

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.OK: "fait",
    Outcome.DENY: "refusé",
    Outcome.ERR: "échoué",
}

ROLES: Final[Mapping[str, str]] = {
    Column.COORD: "Coordination de la cellule",
    Column.PSY: "Psychiatrie",
    Column.MED: "Santé",
    Column.SOC: "Travail social",
    Column.MSOC: "Médico-social",
    Column.MJPM: "Mandataire judiciaire",
    Column.DAC: "Appui à la coordination",
    Column.BAIL: "Bailleur",
    Column.SCHS: "Service d'hygiène",
    Column.LHI: "Habitat indigne",
    Column.SDIS: "Sapeurs-pompiers",
    Column.NETT: "Intervenant à domicile",
    Column.PERS: "La personne",
    Column.AID: "Proche désigné",
    Column.PAIR: "Pair-aidance",
    Column.AUD: "Audit éthique",
    Column.DPO: "Protection des données",
    Column.STAT: "Comité de pilotage",
    Column.ADM: "Administration",
    Column.ORGADM: "Administration d'une organisation",
    Column.NONE: "Hors situations",
    Office.COORDINATOR: "Coordination de la cellule",
    Office.HEALTH_COFACILITATOR: "Co-animation santé",
    Office.AUDITOR: "Audit éthique",
    Office.DPO: "Protection des données",
    Office.COPIL_READER: "Comité de pilotage",
    Office.ADMINISTRATOR: "Administration",
    Office.ORGANISATION_ADMINISTRATOR: "Administration d'une organisation",
}
"""The column, or the office, under which an act was done."""

PURPOSES: Final[Mapping[str, str]] = {
    Purpose.COORDINATION: "coordination",
    Purpose.CARE: "soin",
    Purpose.SOCIAL: "accompagnement social",
    Purpose.MISSION: "mission légale",
    Purpose.EMERGENCY: "urgence",
    Purpose.RIGHTS: "droits de la personne",
    Purpose.AUDIT: "contrôle",
}

_LEVELS: Final[Mapping[str, str]] = {
    Level.READ: "complet",
    Level.READ_EXTRACT: "extrait utile",
    Level.READ_ASSIGNED: "ce qui est confié",
    Level.SEE: "existence",
}

FIELDS: Final = (
    "act",
    "out",
    "org",
    "section",
    "since",
    "until",
    "reference",
    "actor",
    "before",
)
"""What an address of the register may say; anything else is refused."""

Word = TypeVar("Word", bound=StrEnum)

_PSEUDONYM = re.compile(r"[0-9a-f]{32}")
_REFERENCE = re.compile(r"[A-Z]{2,8}-[0-9]{4}-[0-9]{1,8}")
_ORGANISATION = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of the record: nothing in it names a person or holds a text.

    `since` and `until` are days in Paris, both included; `before` is a place in the tree.
    """

    act: Act | None = None
    out: Outcome | None = None
    org: str = ""
    section: Section | None = None
    since: date | None = None
    until: date | None = None
    reference: str = ""
    actor: bytes | None = None
    before: int | None = None

    @property
    def from_instant(self) -> datetime | None:
        """Return the first instant of the period."""
        return paris(self.since, 0) if self.since else None

    @property
    def to_instant(self) -> datetime | None:
        """Return the first instant after the period."""
        return paris(self.until + timedelta(days=1), 0) if self.until else None

    def years(self, first: datetime, now: datetime) -> range:
        """Return the years whose pseudonyms the period may hold: they change each January, UTC."""
        start = max(first, self.from_instant or first)
        end = min(now, self.to_instant or now)
        return range(start.astimezone(UTC).year, end.astimezone(UTC).year + 1)

    @property
    def named(self) -> list[str]:
        """Return which questions were asked, for the record: never their values."""
        return sorted(
            name for name in FIELDS if name != "before" and getattr(self, name) not in (None, "")
        )


def read_question(typed: Mapping[str, str]) -> tuple[Asked, dict[str, str]]:
    """Return what an address asks, and the sentence for each field that is wrong."""
    errors: dict[str, str] = {}
    given = {name: value.strip() for name, value in typed.items() if value.strip()}
    if set(given) - set(FIELDS):
        errors["form"] = "Cette adresse demande un filtre qui n'existe pas."
    asked = Asked(
        act=_word(Act, given, "act", errors),
        out=_word(Outcome, given, "out", errors),
        org=_shaped(_ORGANISATION, given, "org", errors, "Choisissez une organisation."),
        section=_word(Section, given, "section", errors),
        since=_day(given, "since", errors),
        until=_day(given, "until", errors),
        reference=_shaped(
            _REFERENCE, given, "reference", errors, "Écrivez la référence comme SIT-2026-0014."
        ),
        actor=bytes.fromhex(
            _shaped(_PSEUDONYM, given, "actor", errors, "Suivez le lien d'une ligne du registre.")
        )
        or None,
        before=_place(given, errors),
    )
    if asked.since and asked.until and asked.until < asked.since:
        errors["until"] = "La fin de la période précède son début."
    return asked, errors


def said_sections(event: Event) -> tuple[str, ...]:
    """Return the codes of the sections that an act was about, each once, without its level."""
    return tuple(dict.fromkeys(code for code, _ in _sections(event)))


def said_levels(event: Event) -> dict[str, str]:
    """Return section → level in words, for the sections that a page opened at a level."""
    return {code: _LEVELS[level] for code, level in _sections(event) if level in _LEVELS}


def _sections(event: Event) -> list[tuple[str, str]]:
    about = event.obj or {}
    found: list[tuple[str, str]] = []
    alone, opened = about.get("s"), about.get("ss")
    if isinstance(alone, str):
        found.append((alone.partition("/")[0], ""))
    if isinstance(opened, list):
        for item in opened:
            code, _, level = str(item).partition(":")
            found.append((code, level))
    return found


def _word(
    words: type[Word], given: Mapping[str, str], name: str, errors: dict[str, str]
) -> Word | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        return words(value)
    except ValueError:
        errors[name] = "Choisissez une des réponses proposées."
        return None


def _shaped(
    shape: re.Pattern[str],
    given: Mapping[str, str],
    name: str,
    errors: dict[str, str],
    remedy: str,
) -> str:
    value = given.get(name, "")
    if value and not shape.fullmatch(value):
        errors[name] = remedy
        return ""
    return value


def _day(given: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    value = given.get(name, "")
    parts = value.split("-") if "-" in value else list(reversed(value.split("/")))
    if not value:
        return None
    found = day_of(*parts) if len(parts) == 3 else None
    if found is None:
        errors[name] = "Écrivez un jour qui existe, comme 24/11/2026."
    return found


def _place(given: Mapping[str, str], errors: dict[str, str]) -> int | None:
    value = given.get("before", "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 16):
        errors["before"] = "Revenez à la première page du registre."
        return None
    return min(int(value), LARGEST_INDEX)
