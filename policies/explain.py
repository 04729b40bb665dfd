"""Say why, in French, no more than the listener may hear; and who could.

Explanations leak. The refused person hears what depends on them (circle, pledge, factors);
what depends on the person concerned (agreement, objection, freeze, conflict) is one constant
sentence, « pas partagé avec votre profession »; the coordinator for their own circle, the DPO and
the auditor hear everything. An emergency access is never suggested here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from policies.decision import SHIPPED, Decision, Question, decide, engine
from policies.rules import Line
from policies.vocabulary import (
    MEANING,
    Action,
    Audience,
    Column,
    Effect,
    Fact,
    Level,
    OrganisationKind,
    Purpose,
    Section,
)

NOT_YOUR_PROFESSION = "Cette partie n'est pas partagée avec votre profession."
NO_RIGHT = "Aucune règle n'ouvre cet acte à votre fonction."
OTHER_PURPOSE = "La finalité déclarée n'est pas celle de ce droit (CSP, R.1110-1)."
RESERVED = "Cet acte n'est pas ouvert dans l'état actuel de la situation."


class Reason(NamedTuple):
    """Why a fact closes, and the text that says so."""

    sentence: str
    source: str

    def __str__(self) -> str:
        """Return the sentence with its source, as it is shown."""
        return f"{self.sentence} ({self.source})."


REASON: dict[Fact, Reason] = {
    Fact.TERRITORY: Reason(
        "Vous n'exercez pas sur le territoire de ce conseil local", "charte de la cellule"
    ),
    Fact.PLEDGE: Reason(
        "Votre engagement de confidentialité n'est pas signé ou a expiré : signez-le d'abord",
        "code pénal, 226-13 ; charte de la cellule",
    ),
    Fact.STRONG_AUTH: Reason(
        "Une connexion à deux facteurs est nécessaire", "PGSSI-S, identification électronique"
    ),
    Fact.CIRCLE: Reason(
        "Vous ne faites pas partie du cercle de cette situation", "CSP, L.1110-4 II"
    ),
    Fact.LEAD: Reason(
        "Cet acte revient au professionnel référent ou à la coordination", "charte de la cellule"
    ),
    Fact.CARE_TEAM: Reason(
        "Aucun lien d'équipe de soins n'est enregistré avec l'auteur", "CSP, L.1110-12"
    ),
    Fact.HEALTH_PROFESSIONAL: Reason(
        "Ce contenu ne s'échange qu'entre professionnels de santé", "CSP, R.1110-2 1°"
    ),
    Fact.HEALTH_EXCHANGE: Reason(
        "La personne n'a pas donné son accord à cet échange entre professionnels de santé",
        "CSP, L.1110-4 III",
    ),
    Fact.SOCIAL_WORKER: Reason(
        "Cet acte est réservé aux assistants de service social", "CSP, R.1110-2 2° a"
    ),
    Fact.COFACILITATOR: Reason(
        "Cet acte revient au co-animateur santé de la cellule", "charte de la cellule"
    ),
    Fact.MANDATE_PERSON: Reason(
        "Le mandat ne porte pas sur la protection de la personne", "code civil, 459"
    ),
    Fact.INFORMED: Reason(
        "La personne n'est pas encore informée que votre groupe peut lire : informez-la d'abord",
        "CSP, R.1110-3",
    ),
    Fact.AGREEMENT: Reason(
        "La personne n'a pas donné son accord pour votre groupe et cette catégorie",
        "CSP, L.1110-4 III et D.1110-3-1",
    ),
    Fact.EXTRACT_AGREED: Reason(
        "La personne n'a pas donné son accord, même pour les seules conséquences",
        "CSP, D.1110-3-1",
    ),
    Fact.LISTED: Reason("La personne n'a pas destiné ces paroles à votre groupe", "CSP, L.1110-4"),
    Fact.NAMED: Reason(
        "La situation est étudiée sans nom : aucun accord général n'est en cours",
        "CSP, L.1110-4",
    ),
    Fact.EXCEPTION: Reason(
        "Aucune exception motivée n'est en cours", "code pénal, 226-14 et 223-6"
    ),
    Fact.MISSION: Reason(
        "Aucune procédure ouverte ne couvre cette partie", "CSP, L.1331-22 ; CCH, L.511-1"
    ),
    Fact.ASSIGNED: Reason(
        "Aucune action ne vous est confiée, ou son délai de consultation est passé",
        "CSP, R.1110-1",
    ),
    Fact.INFORMING: Reason(
        "Vous n'êtes pas, ou plus, le professionnel chargé d'informer", "charte de la cellule"
    ),
    Fact.INVITED: Reason(
        "Aucun accès ponctuel ne vous est ouvert sur cette partie", "CSP, L.1110-4 II"
    ),
    Fact.OWN: Reason("Vous n'en êtes pas l'auteur·e", "CSP, R.1110-1"),
    Fact.RECEIVED: Reason("La saisine n'est plus en cours d'examen", "charte de la cellule"),
    Fact.ON_CALL: Reason("Vous n'êtes pas d'astreinte", "CSP, R.1110-3 III"),
    Fact.EMERGENCY_ACCESS: Reason("Aucun accès d'urgence n'est ouvert", "code pénal, 223-6"),
    Fact.SELF: Reason("Seule la personne concernée le peut", "RGPD, art. 15"),
    Fact.MOTIVE: Reason(
        "Aucune demande motivée n'est ouverte sur cette situation", "RGPD, art. 15 à 21"
    ),
    Fact.PROFESSIONAL_SECRECY: Reason(
        "Cet acte revient à un professionnel tenu au secret partagé",
        "CSP, R.1110-2 ; CASF, L.133-5",
    ),
    Fact.OPPOSED: Reason(
        "La personne s'est opposée à ce que votre groupe y accède", "CSP, L.1110-4 IV"
    ),
    Fact.EXTRACT_ONLY: Reason(
        "La personne n'accepte de partager que les conséquences", "CSP, D.1110-3-1"
    ),
    Fact.FROZEN: Reason("Le traitement de cette partie est limité", "RGPD, art. 18"),
    Fact.CONFLICT: Reason("Un conflit d'intérêts est déclaré pour vous", "charte de la cellule"),
    Fact.ANONYMISED: Reason(
        "La situation est étudiée sans nom : seule la synthèse est partagée", "CSP, L.1110-4"
    ),
    Fact.CLOSED: Reason("La situation est close : le cercle a pris fin", "CSP, D.1110-3-3"),
    Fact.ARCHIVED: Reason("La situation est archivée", "code du patrimoine, L.213-2"),
    Fact.PEER_WORKER: Reason("Votre fonction n'ouvre que les conséquences", "CSP, R.1110-1"),
}

NO_RIGHT_OF_ANOTHER = "Aucune règle n'ouvre cet acte à sa fonction."
OF_ANOTHER: dict[Fact, str] = {
    Fact.TERRITORY: "Ce poste n'exerce pas sur le territoire de ce conseil local",
    Fact.PLEDGE: "Son engagement de confidentialité n'est pas signé ou a expiré",
    Fact.CIRCLE: "Ce poste ne fait pas partie du cercle de cette situation",
    Fact.INFORMED: "La personne n'est pas encore informée que son groupe peut lire",
    Fact.AGREEMENT: "La personne n'a pas donné son accord pour son groupe et cette catégorie",
    Fact.LISTED: "La personne n'a pas destiné ces paroles à son groupe",
    Fact.ASSIGNED: "Aucune action ne lui est confiée, ou son délai de consultation est passé",
    Fact.INFORMING: "Ce poste n'est pas, ou plus, chargé d'informer",
    Fact.INVITED: "Aucun accès ponctuel n'est ouvert à ce poste sur cette partie",
    Fact.OWN: "Ce poste n'en est pas l'auteur",
    Fact.ON_CALL: "Ce poste n'est pas d'astreinte",
    Fact.OPPOSED: "La personne s'est opposée à ce que son groupe y accède",
    Fact.CONFLICT: "Un conflit d'intérêts est déclaré pour ce poste",
    Fact.PEER_WORKER: "Sa fonction n'ouvre que les conséquences",
}
"""The same reasons, said of a seat to someone else: only those that say « vous » or « votre »."""

GROUND: dict[str, Reason] = {
    "a": Reason(
        "Membre du cercle, et la personne est informée que ce groupe peut lire",
        "CSP, L.1110-4 II, R.1110-1 et R.1110-3",
    ),
    "b": Reason(
        "La personne a donné son accord pour ce groupe et cette catégorie",
        "CSP, L.1110-4 III et D.1110-3-1",
    ),
    "m": Reason(
        "Accord de la personne, et mandat qui porte sur sa protection",
        "CSP, L.1110-4 III ; code civil, 459",
    ),
    "t": Reason(
        "Même équipe de soins, ou échange entre professionnels de santé avec l'accord de la "
        "personne",
        "CSP, L.1110-4 III et L.1110-12",
    ),
    "d": Reason(
        "Professionnel de santé du dispositif d'appui, en échange avec l'équipe de soins",
        "CSP, L.1110-12 et L.6327-1",
    ),
    "k": Reason(
        "Écrit dans son domaine de compétence, sans droit de lecture de plus", "CSP, R.1110-1"
    ),
    "c": Reason("Membre du cercle, comme témoin", "CSP, R.1110-1"),
    "o": Reason("Coordonne la cellule", "charte de la cellule"),
    "v": Reason(
        "Mission prévue par la loi, ouverte avec sa procédure", "CSP, L.1331-22 ; CCH, L.511-1"
    ),
    "w": Reason("Strictement ce que demande l'action qui lui est confiée", "CSP, R.1110-1"),
    "u": Reason("Accès d'urgence motivé, en cours", "code pénal, 223-6 ; CSP, R.1110-3 III"),
    "h": Reason("Accès d'urgence motivé, en cours", "code pénal, 223-6 ; CSP, R.1110-3 III"),
    "i": Reason("Auteur·e de la saisine, ou de l'acte", "CSP, R.1110-1"),
    "y": Reason(
        "La synthèse sans nom est ouverte au cercle, à ses invités et à qui est chargé d'informer",
        "CSP, L.1110-4",
    ),
    "p": Reason("La personne elle-même", "RGPD, art. 15 ; CSP, L.1111-7"),
    "SEE": Reason(
        "Sait que la situation existe par sa place auprès d'elle", "charte de la cellule"
    ),
    "COFACILITATOR": Reason(
        "Vérifie le bloc santé de la saisine avant la décision", "charte de la cellule"
    ),
    "INFORMING": Reason("Chargé·e d'informer la personne, pour trente jours", "CSP, R.1110-3"),
    "CIRCLE": Reason(
        "Recueille l'accord de la personne, dans le cercle", "CSP, R.1110-2 et D.1110-3-1"
    ),
    "REFERRER": Reason(
        "A saisi la cellule : peut écrire ce que la personne refuse", "CSP, L.1110-4"
    ),
    "LEAD": Reason("Professionnel référent de la situation", "charte de la cellule"),
    "EXCHANGE": Reason(
        "Échange entre professionnels identifiés, la personne informée",
        "CSP, L.1110-4 II, R.1110-1 et R.1110-3",
    ),
    "REPORT": Reason(
        "Signalement que la loi permet ou impose", "code pénal, 226-14 et 223-6 ; CASF, L.226-2-2"
    ),
    "COORDINATOR": Reason("Coordonne la cellule", "charte de la cellule"),
    "EMERGENCY": Reason("Peut ouvrir un accès d'urgence motivé", "code pénal, 223-6"),
    "AUDITOR": Reason("Audit éthique : les registres, aucun contenu", "charte de la cellule"),
    "DPO": Reason("Délégué à la protection des données", "RGPD, art. 38 et 39"),
}
"""What a rule that allows rests on: by the letter of the matrix, or the first word of its name."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision told to an audience: `rules` and facts are empty unless it may hear all."""

    allowed: bool
    level: Level
    sentences: tuple[str, ...]
    rules: tuple[str, ...]
    denied_by: tuple[str, ...]
    policy: str


class Candidate(NamedTuple):
    """A seat with the facts that hold for it, under a label that its caller can recognise."""

    label: str
    column: Column
    organisation_kind: OrganisationKind
    facts: Fact


class Able(NamedTuple):
    """What `who_could` answers for one seat."""

    label: str
    decision: Decision


def holding(lines: Iterable[Line], question: Question) -> tuple[Line, ...]:
    """Return the lines that hold, by reading them one by one: a second opinion, without Casbin."""
    asked = question.asked
    return tuple(
        line
        for line in lines
        if line.concerns(asked)
        and line.serves(question.purpose)
        and line.condition.holds(question.facts)
    )


def would_allow(lines: Iterable[Line], question: Question) -> bool:
    """Return what the lines say; tests/policies/test_explain.py holds it equal to Casbin."""
    effects = {line.effect for line in holding(lines, question)}
    return Effect.ALLOW in effects and Effect.DENY not in effects


def why(
    question: Question,
    audience: Audience = Audience.REFUSED,
    *,
    of_another: bool = False,
    policy: str = SHIPPED,
) -> Explanation:
    """Return the decision with its reasons, for an audience; never suggests an emergency.

    `of_another` speaks of the seat instead of to it: « ce poste », never « vous ». `policy` is
    the digest of the version to decide with; LookupError when it is not kept.
    """
    decision = decide(question, policy)
    full = audience is Audience.FULL
    return Explanation(
        decision.allowed,
        decision.level,
        ()
        if decision.allowed
        else _sentences(decision, question, audience, of_another=of_another, policy=policy),
        decision.rules if full else (),
        decision.denied_by if full else (),
        decision.policy,
    )


def grounds(rules: Iterable[str]) -> tuple[str, ...]:
    """Return in French what the rules that allow rest on, each with its source, once."""
    said = dict.fromkeys(str(GROUND[_key_of(rule)]) for rule in rules)
    return tuple(said)


def _key_of(rule: str) -> str:
    """Return `a` for `housing.read.BAIL.a1`, `SEE` for `SEE-CIRCLE`."""
    if "." in rule:
        return rule.rsplit(".", 1)[1].rstrip("0123456789")
    return rule.split("-", 1)[0]


def who_could(
    seats: Iterable[Candidate],
    section: Section,
    action: Action,
    purpose: Purpose = Purpose.COORDINATION,
    policy: str = SHIPPED,
) -> tuple[Able, ...]:
    """Return the seats that are allowed under a version, with their decisions, as ordered."""
    asked = (
        Able(
            one.label,
            decide(
                Question(one.column, one.organisation_kind, section, action, purpose, one.facts),
                policy,
            ),
        )
        for one in seats
    )
    return tuple(able for able in asked if able.decision.allowed)


def closing_facts(decision: Decision, question: Question, policy: str = SHIPPED) -> Fact:
    """Return the facts that close: those of the denials or, without any, of the nearest rule.

    The denials are read in the version that decided, unless another is named.
    """
    if not decision.denied_by:
        return decision.missing[0].facts if decision.missing else Fact(0)
    closing = Fact(0)
    for line in engine(policy or decision.policy).lines_for(question.column, question.action):
        if line.id in decision.denied_by:
            # What the line requires and is there; what it excuses (`!fact`) and is not, when
            # nothing else closes: an excuse such as an emergency access is never suggested.
            closing |= line.condition.required or line.condition.forbidden
    return closing


def _sentences(
    decision: Decision, question: Question, audience: Audience, *, of_another: bool, policy: str
) -> tuple[str, ...]:
    closing = closing_facts(decision, question, policy)
    said = [
        str(_of_another(fact) if of_another else REASON[fact])
        for fact, meaning in MEANING.items()
        if fact & closing and audience.hears(meaning.audience)
    ]
    if not decision.denied_by and decision.missing and decision.missing[0].purpose:
        said.append(OTHER_PURPOSE)
    if said:
        return tuple(dict.fromkeys(said))
    if audience is Audience.FULL:
        return (NO_RIGHT_OF_ANOTHER if of_another else NO_RIGHT,)
    # One constant whatever is unsaid, no rule at all included: a second sentence, or another
    # one, would tell an objection from its absence.
    if question.section is not Section.SITUATION:
        return (NOT_YOUR_PROFESSION,)
    return (RESERVED if closing else NO_RIGHT,)


def _of_another(fact: Fact) -> Reason:
    sentence = OF_ANOTHER.get(fact)
    return REASON[fact]._replace(sentence=sentence) if sentence else REASON[fact]
