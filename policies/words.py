"""The closed words of the rules, in French, as screens and an ethics board read them."""

from collections.abc import Iterable, Mapping
from typing import Final

from policies.vocabulary import (
    Action,
    Column,
    Fact,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)

PROFESSION: Final[Mapping[Column, str]] = {
    Column.COORD: "coordination de la cellule",
    Column.PSY: "professionnels de psychiatrie",
    Column.MED: "professionnels de santé",
    Column.SOC: "travailleurs sociaux",
    Column.MSOC: "professionnels médico-sociaux",
    Column.MJPM: "mandataires judiciaires",
    Column.DAC: "dispositif d'appui à la coordination",
    Column.BAIL: "bailleur",
    Column.SCHS: "service d'hygiène",
    Column.LHI: "services de l'habitat",
    Column.SDIS: "sapeurs-pompiers",
    Column.NETT: "prestataires",
    Column.PERS: "la personne",
    Column.AID: "proche désigné",
    Column.PAIR: "pairs-aidants",
    Column.AUD: "audit éthique",
    Column.DPO: "délégué à la protection des données",
    Column.STAT: "comité de pilotage",
    Column.ADM: "administration du service",
    Column.ORGADM: "administration d'un organisme",
    Column.NONE: "sans accès aux situations",
}
"""How a column of the matrix is called: a profession, never a person."""

SECTION_LABELS: Final[Mapping[Section, str]] = {
    Section.SYNTHESIS: "Synthèse",
    Section.IDENTITY_CONTACT: "Identité et contact",
    Section.HOUSING: "Logement",
    Section.SAFETY_RISK: "Sécurité et risques",
    Section.NEIGHBOURHOOD: "Voisinage",
    Section.SOCIAL_RESOURCES: "Ressources et droits sociaux",
    Section.LEGAL_PROTECTION: "Protection juridique et procédures",
    Section.SOMATIC_HEALTH: "Santé somatique",
    Section.MENTAL_HEALTH: "Santé psychique",
    Section.FAMILY_CAREGIVERS: "Famille et proches",
    Section.ANIMALS: "Animaux",
    Section.WISHES_VOICE: "Souhaits et parole de la personne",
    Section.ASSESSMENTS_ENVIRONMENT: "Évaluations du logement",
    Section.ASSESSMENTS_CLINICAL: "Évaluations cliniques",
    Section.ACTION_PLAN: "Plan d'action",
    Section.MEETING_MINUTES: "Comptes rendus",
    Section.ATTACHMENTS: "Pièces jointes",
    Section.CONSENT_STATUS: "Information et accord",
    Section.CONSENT_TEXT: "Recueil de l'accord, en détail",
    Section.REFERRAL: "Saisine d'origine",
    Section.ACCESS_REGISTER: "Registre des accès",
    Section.SITUATION: "Situation",
}

ACTION: Final[Mapping[Action, str]] = {
    Action.SEE: "savoir qu'elle existe",
    Action.SEE_LABEL: "voir les intitulés",
    Action.SEE_STATUS: "voir l'état de l'accord",
    Action.READ_ASSIGNED: "lire l'extrait joint à son action",
    Action.READ_EXTRACT: "lire l'extrait écrit pour être partagé",
    Action.READ: "lire le texte entier",
    Action.READ_OWN: "relire ses propres écrits",
    Action.READ_MASKED: "lire sans ce qui concerne les tiers",
    Action.CONTRIBUTE: "écrire",
    Action.VALIDATE: "valider",
    Action.ATTACH: "joindre une pièce",
    Action.SHARE: "partager",
    Action.EXPORT: "exporter",
    Action.CLOSE: "clore",
    Action.OPEN_EMERGENCY: "ouvrir un accès d'urgence motivé",
    Action.READ_REGISTER: "lire le registre",
    Action.EXCHANGE: "échanger un message entre destinataires nommés",
    Action.REPORT: "adresser un signalement prévu par la loi",
    Action.GRANT: "accorder une place dans le cercle",
    Action.RECORD_AGREEMENT: "enregistrer un accord",
    Action.RECORD_OBJECTION: "enregistrer une opposition",
}

PURPOSE: Final[Mapping[Purpose, str]] = {
    Purpose.COORDINATION: "coordination",
    Purpose.CARE: "soin",
    Purpose.SOCIAL: "accompagnement social",
    Purpose.MISSION: "mission prévue par la loi",
    Purpose.EMERGENCY: "urgence",
    Purpose.RIGHTS: "exercice des droits",
    Purpose.AUDIT: "audit",
}

DUTY: Final[Mapping[Obligation, str]] = {
    Obligation.TELL_PERSON_7_DAYS: "prévenir la personne sous sept jours",
    Obligation.TELL_COORDINATOR: "prévenir la coordination",
    Obligation.SHOW_BANNER: "afficher un bandeau",
    Obligation.ASK_REVIEW: "faire relire par quelqu'un d'autre",
}

FACT: Final[Mapping[Fact, str]] = {
    Fact.TERRITORY: "exerce sur le territoire",
    Fact.PLEDGE: "engagement de confidentialité en cours",
    Fact.STRONG_AUTH: "connexion à deux facteurs",
    Fact.CIRCLE: "membre du cercle",
    Fact.LEAD: "professionnel référent de la situation",
    Fact.CARE_TEAM: "même équipe de soins que l'auteur, lien enregistré",
    Fact.HEALTH_PROFESSIONAL: "professionnel de santé",
    Fact.HEALTH_EXCHANGE: "accord de la personne à l'échange entre professionnels de santé",
    Fact.SOCIAL_WORKER: "assistant de service social",
    Fact.COFACILITATOR: "co-animateur santé de la cellule",
    Fact.MANDATE_PERSON: "mandat qui porte sur la protection de la personne",
    Fact.INFORMED: "personne informée que ce groupe peut lire",
    Fact.AGREEMENT: "accord de la personne pour ce groupe et cette catégorie",
    Fact.EXTRACT_AGREED: "accord de la personne pour les seules conséquences",
    Fact.LISTED: "parole que la personne a destinée à ce groupe",
    Fact.NAMED: "accord général de la personne en cours",
    Fact.EXCEPTION: "situation nominative par exception, en cours",
    Fact.MISSION: "mission prévue par la loi, ouverte, qui couvre cette partie",
    Fact.ASSIGNED: "action confiée à ce poste, délai de consultation en cours",
    Fact.INFORMING: "chargé d'informer la personne, dans les trente jours",
    Fact.INVITED: "accès ponctuel ouvert à ce poste sur cette partie",
    Fact.OWN: "auteur de la saisine, ou de l'acte",
    Fact.RECEIVED: "saisine reçue, pas encore acceptée",
    Fact.ON_CALL: "d'astreinte",
    Fact.EMERGENCY_ACCESS: "accès d'urgence motivé, en cours sur cette partie",
    Fact.SELF: "la personne elle-même, un professionnel à ses côtés",
    Fact.MOTIVE: "demande de droits ouverte, avec son motif",
    Fact.PROFESSIONAL_SECRECY: "tenu au secret partagé (CSP, R.1110-2 ; CASF, L.133-5)",
    Fact.OPPOSED: "la personne s'y est opposée pour ce groupe",
    Fact.EXTRACT_ONLY: "la personne n'accepte de partager que les conséquences",
    Fact.FROZEN: "le traitement de cette partie est limité",
    Fact.CONFLICT: "un conflit d'intérêts est déclaré pour ce poste",
    Fact.ANONYMISED: "la situation est étudiée sans nom",
    Fact.CLOSED: "la situation est close",
    Fact.ARCHIVED: "la situation est archivée",
    Fact.PEER_WORKER: "ce poste est celui d'un pair-aidant payé par un hôpital",
}
"""What a fact says of a seat or of a situation, when it holds."""

KIND: Final[Mapping[OrganisationKind, str]] = {
    OrganisationKind.COORDINATION: "coordination",
    OrganisationKind.CCAS: "CCAS",
    OrganisationKind.DEPARTMENT: "département",
    OrganisationKind.PSYCHIATRY: "psychiatrie",
    OrganisationKind.HEALTH: "santé",
    OrganisationKind.MEDICO_SOCIAL: "médico-social",
    OrganisationKind.GUARDIANSHIP: "protection juridique",
    OrganisationKind.DAC: "dispositif d'appui",
    OrganisationKind.LANDLORD: "bailleur",
    OrganisationKind.HYGIENE: "hygiène",
    OrganisationKind.HOUSING_AUTHORITY: "habitat",
    OrganisationKind.FIRE_SERVICE: "secours",
    OrganisationKind.CLEANING: "nettoyage",
    OrganisationKind.ANIMAL_CARE: "soins aux animaux",
    OrganisationKind.PROVIDER: "prestataire",
    OrganisationKind.PEER: "pairs",
    OrganisationKind.RELATIVE: "proche",
    OrganisationKind.MUNICIPALITY: "commune",
    OrganisationKind.POLICE: "police",
    OrganisationKind.JUSTICE: "justice",
    OrganisationKind.PREFECTURE: "préfecture",
    OrganisationKind.ETHICS: "éthique",
    OrganisationKind.DATA_PROTECTION: "protection des données",
    OrganisationKind.HOSTING: "hébergement",
}


def facts_said(facts: Fact) -> str:
    """Return a set of facts as one enumeration, in the vocabulary's order."""
    return " ; ".join(said for fact, said in FACT.items() if fact & facts)


def enumerated(words: Iterable[str]) -> str:
    """Return « a, b et c »."""
    *first, last = words
    return f"{', '.join(first)} et {last}" if first else last


def capital(text: str) -> str:
    """Return the text with a capital, its other letters as they are."""
    return text[:1].upper() + text[1:]
