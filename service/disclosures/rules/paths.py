"""The closed list of legal paths by which a professional may tell an authority.

Each path names who may take it, the only recipients that it allows and whether the victim's
agreement is asked. None of them needs the person's agreement to sharing, and none widens a
circle. Source: domain.md 2.1 to 2.3; what the texts leave open is decided on the closed side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.vocabulary import Column, Fact
from service.access.facts import SituationFacts

VETERINARIAN: Final = "veterinarian"
"""Code of the trade that CP 226-14 5° speaks of (`partners.rules.FUNCTIONS`)."""


class Recipient(StrEnum):
    """An authority that a path allows to tell."""

    PROSECUTOR = "prosecutor"
    CRIP = "crip"
    DEPARTMENT_PRESIDENT = "department_president"
    ADULT_PROTECTION_CELL = "adult_protection_cell"
    MEDICAL_AUTHORITY = "medical_authority"
    PREFECT = "prefect"
    MAYOR = "mayor"
    RESCUE = "rescue"
    POLICE = "police"
    HOSPITAL_DIRECTOR = "hospital_director"
    LEGAL_OFFICE = "legal_office"


RECIPIENT_LABELS: Final[Mapping[str, str]] = {
    Recipient.PROSECUTOR: "Procureur·e de la République",
    Recipient.CRIP: "Cellule de recueil des informations préoccupantes (CRIP)",
    Recipient.DEPARTMENT_PRESIDENT: "Président·e du conseil départemental",
    Recipient.ADULT_PROTECTION_CELL: (
        "Cellule départementale de recueil des maltraitances envers les adultes"
    ),
    Recipient.MEDICAL_AUTHORITY: "Autorité médicale (médecin de l'agence régionale de santé)",
    Recipient.PREFECT: "Préfet·e du département",
    Recipient.MAYOR: "Maire, au titre de ses pouvoirs de police",
    Recipient.RESCUE: "Secours : 15, 18 ou 112",
    Recipient.POLICE: "Police ou gendarmerie : 17",
    Recipient.HOSPITAL_DIRECTOR: "Direction de l'établissement autorisé en psychiatrie",
    Recipient.LEGAL_OFFICE: "Service juridique de votre institution, qui répond à la réquisition",
}


class Taker(StrEnum):
    """Who may take a path."""

    ANYONE = "anyone"
    HEALTH = "health"
    HEALTH_OR_SOCIAL = "health_or_social"
    VETERINARIAN = "veterinarian"
    HYGIENE = "hygiene"


TAKER_LABELS: Final[Mapping[str, str]] = {
    Taker.ANYONE: "toute personne qui connaît la situation par son poste",
    Taker.HEALTH: "les professionnels de santé (R.1110-2, 1°)",
    Taker.HEALTH_OR_SOCIAL: "les professionnels de la santé ou de l'action sociale",
    Taker.VETERINARIAN: "les vétérinaires",
    Taker.HYGIENE: "les services d'hygiène et de l'habitat",
}

_SOCIAL_ACTION: Final = frozenset({Column.SOC, Column.MSOC})
_HYGIENE: Final = frozenset({Column.SCHS, Column.LHI})


class Victim(StrEnum):
    """Where the victim's agreement to the report stands."""

    AGREED = "agreed"
    MINOR = "minor"
    UNABLE = "unable"
    SOUGHT = "sought"


class Asking(StrEnum):
    """What a path asks about the victim's agreement."""

    NOTHING = "nothing"
    AGREEMENT = "agreement"
    EFFORT = "effort"


VICTIM_LABELS: Final[Mapping[str, str]] = {
    Victim.AGREED: "La victime a donné son accord à ce signalement",
    Victim.MINOR: "La victime est mineure : son accord n'est pas nécessaire",
    Victim.UNABLE: (
        "La victime n'est pas en mesure de se protéger, du fait de son âge ou de son incapacité "
        "physique ou psychique : son accord n'est pas nécessaire"
    ),
    Victim.SOUGHT: (
        "Son accord a été recherché sans pouvoir être obtenu, et elle est informée du signalement"
    ),
}

_ANSWERS: Final[Mapping[Asking, frozenset[Victim]]] = {
    Asking.NOTHING: frozenset(),
    Asking.AGREEMENT: frozenset({Victim.AGREED, Victim.MINOR, Victim.UNABLE}),
    Asking.EFFORT: frozenset(Victim),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalPath:
    """One legal path, in the words of the page and with its source."""

    code: str
    label: str
    source: str
    help: str
    taker: Taker
    recipients: tuple[Recipient, ...]
    asking: Asking = Asking.NOTHING
    keeps_extract: bool = True
    """Whether the service keeps what was told. Not of a child, nor of a requisition."""

    def allows(self, recipient: str) -> bool:
        """Return whether the law lets one tell this recipient by this path."""
        return recipient in self.recipients

    def victim_answers(self) -> dict[str, str]:
        """Return the answers about the victim's agreement, none where the path does not ask."""
        allowed = _ANSWERS[self.asking]
        return {str(code): VICTIM_LABELS[code] for code in Victim if code in allowed}

    def has_extract(self, recipient: str) -> bool:
        """Return whether an extract is written here: never what concerns a child (2.2, CRIP)."""
        return self.keeps_extract and recipient != Recipient.CRIP


PATHS: Final[Mapping[str, LegalPath]] = {
    path.code: path
    for path in (
        LegalPath(
            code="CP223_6",
            label="Péril : empêcher une atteinte à l'intégrité d'une personne, porter secours",
            source="Code pénal, art. 223-6",
            help=(
                "En urgence, appelez d'abord. Ne dites que ce qui permet d'écarter le péril : "
                "l'article lève l'obstacle, pas le secret."
            ),
            taker=Taker.ANYONE,
            recipients=(Recipient.RESCUE, Recipient.POLICE, Recipient.PROSECUTOR),
        ),
        LegalPath(
            code="CP226_14_1",
            label="Privations ou sévices sur un mineur ou une personne qui ne peut se protéger",
            source="Code pénal, art. 226-14, 1°",
            help=(
                "Faits dont vous avez eu connaissance, y compris atteintes sexuelles, sur un "
                "mineur ou une personne hors d'état de se protéger du fait de son âge ou de son "
                "incapacité physique ou psychique."
            ),
            taker=Taker.ANYONE,
            recipients=(
                Recipient.PROSECUTOR,
                Recipient.CRIP,
                Recipient.DEPARTMENT_PRESIDENT,
                Recipient.MEDICAL_AUTHORITY,
            ),
        ),
        LegalPath(
            code="CP226_14_2",
            label="Sévices ou privations constatés par un professionnel de santé",
            source="Code pénal, art. 226-14, 2°",
            help=(
                "Constatés dans l'exercice professionnel, et qui font présumer des violences. "
                "L'accord de la victime est nécessaire, sauf mineur ou personne hors d'état de se "
                "protéger."
            ),
            taker=Taker.HEALTH,
            recipients=(Recipient.PROSECUTOR, Recipient.CRIP),
            asking=Asking.AGREEMENT,
        ),
        LegalPath(
            code="CP226_14_2BIS",
            label="Sujétion psychologique ou physique",
            source="Code pénal, art. 226-14, 2° bis (loi du 10 mai 2024)",
            help=(
                "Quand cette sujétion altère gravement la santé ou conduit à un acte gravement "
                "préjudiciable. L'accord d'une victime majeure est recherché ; à défaut, elle est "
                "informée du signalement."
            ),
            taker=Taker.HEALTH,
            recipients=(Recipient.PROSECUTOR,),
            asking=Asking.EFFORT,
        ),
        LegalPath(
            code="CP226_14_3",
            label="Violences au sein du couple : danger immédiat et emprise",
            source="Code pénal, art. 226-14, 3°",
            help=(
                "Les deux conditions ensemble : danger immédiat, et victime hors d'état de se "
                "protéger du fait de l'emprise. Son accord est recherché ; à défaut, elle est "
                "informée du signalement."
            ),
            taker=Taker.HEALTH,
            recipients=(Recipient.PROSECUTOR,),
            asking=Asking.EFFORT,
        ),
        LegalPath(
            code="CP226_14_4",
            label="Personne dangereuse qui détient une arme ou veut en acquérir une",
            source="Code pénal, art. 226-14, 4°",
            help=(
                "Il faut savoir que la personne détient une arme, ou qu'elle a manifesté "
                "l'intention d'en acquérir une : l'inquiétude seule ne suffit pas."
            ),
            taker=Taker.HEALTH_OR_SOCIAL,
            recipients=(Recipient.PREFECT,),
        ),
        LegalPath(
            code="CP226_14_5",
            label="Sévices graves ou actes de cruauté envers un animal",
            source="Code pénal, art. 226-14, 5° (loi du 30 novembre 2021)",
            help="Constatés par un·e vétérinaire dans l'exercice de sa profession.",
            taker=Taker.VETERINARIAN,
            recipients=(Recipient.PROSECUTOR,),
        ),
        LegalPath(
            code="CASF226_2_2",
            label="Enfant en danger ou qui risque de l'être : information préoccupante",
            source="Code de l'action sociale et des familles, art. L.226-2-1, L.226-2-2 et L.226-3",
            help=(
                "Rédigez l'information sur le formulaire de la CRIP, hors de ce service : rien de "
                "l'enfant n'est écrit ici. En danger immédiat, appelez le 119 ou le 17."
            ),
            taker=Taker.ANYONE,
            recipients=(Recipient.CRIP,),
            keeps_extract=False,
        ),
        LegalPath(
            code="CASF119_2",
            label="Maltraitance d'un adulte vulnérable",
            source="Code de l'action sociale et des familles, art. L.119-2 (loi du 8 avril 2024)",
            help="La cellule départementale recueille, oriente et transmet. Le 3977 conseille.",
            taker=Taker.ANYONE,
            recipients=(Recipient.ADULT_PROTECTION_CELL,),
        ),
        LegalPath(
            code="CSP3213",
            label="Soins psychiatriques sur décision du représentant de l'État",
            source="Code de la santé publique, art. L.3213-1 et L.3213-2",
            help=(
                "Certificat médical circonstancié, établi et transmis à part. Le maire peut "
                "prendre une mesure provisoire en cas de danger imminent."
            ),
            taker=Taker.HEALTH,
            recipients=(Recipient.PREFECT, Recipient.MAYOR),
        ),
        LegalPath(
            code="CSP3212",
            label="Soins psychiatriques à la demande d'un tiers ou en péril imminent",
            source="Code de la santé publique, art. L.3212-1 et L.3212-3",
            help="Certificat médical établi et transmis à part. La direction prononce l'admission.",
            taker=Taker.HEALTH,
            recipients=(Recipient.HOSPITAL_DIRECTOR,),
        ),
        LegalPath(
            code="LHI",
            label="Habitat indigne : constat et procédure sur le logement",
            source=(
                "CSP, art. L.1331-22 et L.1311-4 ; CCH, art. L.511-1 ; "
                "CGCT, art. L.2212-2 et L.2212-4"
            ),
            help="Procédure administrative, sur le logement et ses conditions d'occupation.",
            taker=Taker.HYGIENE,
            recipients=(Recipient.MAYOR, Recipient.PREFECT),
        ),
        LegalPath(
            code="REQUISITION",
            label="Réquisition judiciaire reçue",
            source="Code de procédure pénale, art. 60-1, 77-1-1 et 99-3",
            help=(
                "Ne répondez pas vous-même : transmettez la réquisition au service juridique de "
                "votre institution, qui y répond. Rien n'en est recopié ici."
            ),
            taker=Taker.ANYONE,
            recipients=(Recipient.LEGAL_OFFICE,),
            keeps_extract=False,
        ),
    )
}
"""Every legal path, the most urgent first. CP 434-3 excepts those bound to secrecy, and CPP 40
is the hierarchy's, outside the service: neither is a path here."""


def may_take(path: LegalPath, facts: SituationFacts, function: str) -> bool:
    """Return whether a seat is among those whom the text names; that it may report is apart."""
    match path.taker:
        case Taker.ANYONE:
            return True
        case Taker.HEALTH:
            return Fact.HEALTH_PROFESSIONAL in facts.common
        case Taker.HEALTH_OR_SOCIAL:
            return Fact.HEALTH_PROFESSIONAL in facts.common or facts.column in _SOCIAL_ACTION
        case Taker.VETERINARIAN:
            return function == VETERINARIAN
        case Taker.HYGIENE:
            return facts.column in _HYGIENE


def paths_for(facts: SituationFacts, function: str) -> tuple[LegalPath, ...]:
    """Return the paths that this seat may take, in their order."""
    return tuple(path for path in PATHS.values() if may_take(path, facts, function))
