"""The gate: facts → decision → record → permit, or refusal. Nothing opens beside it.

A situation that is hidden from a seat and one that does not exist end in the same NotFound;
a member of the circle who may not do one thing gets Refused, with reasons fit for their ears.
Every refusal is recorded, apart from the act that it rolls back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NoReturn, Protocol
from uuid import UUID

from audit.event import Act, Outcome
from policies import decision as rules_in_use
from policies import explain
from policies.decision import Decision, Question, decide, highest
from policies.rules import Policy
from policies.vocabulary import (
    Action,
    Audience,
    Column,
    Fact,
    Level,
    Office,
    OrganisationKind,
    Purpose,
    Section,
)
from service.access import record
from service.access.facts import SituationFacts, Standpoint, facts_of_section
from service.encryption.context import SUBJECTS_OF_THE_RECORD
from service.encryption.minting import mint
from service.encryption.permit import Permit
from service.errors import NotFound, Refused
from service.unit import Emergency, Unit

_OPENING = frozenset({Level.READ, Level.READ_EXTRACT, Level.READ_ASSIGNED})


@dataclass(frozen=True, slots=True)
class Reading:
    """What one seat may read of one situation now, and the permit to open just that."""

    levels: Mapping[Section, Decision]
    permit: Permit

    def level(self, section: Section) -> Level:
        """Return the highest level that this reading has on a section."""
        return self.levels[section].level


def question(
    facts: SituationFacts,
    section: Section,
    action: Action,
    purpose: Purpose = Purpose.COORDINATION,
    *,
    of_section: Fact | None = None,
) -> Question:
    """Return the question that the policy is asked; `of_section` replaces a row's own facts."""
    return Question(
        column=facts.column,
        organisation_kind=facts.organisation_kind,
        section=section,
        action=action,
        purpose=purpose,
        facts=facts.of(section) if of_section is None else of_section,
    )


def allows(facts: SituationFacts, section: Section, action: Action) -> bool:
    """Return whether the policy allows it now. Opens nothing and records nothing: for lists
    of links and for what a page offers; the act itself passes through `permit`.
    """
    return decide(question(facts, section, action), facts.policy).allowed


def levels(
    facts: SituationFacts, purpose: Purpose = Purpose.COORDINATION
) -> Mapping[Section, Decision]:
    """Return the decision of the highest level for every section; pure, opens nothing."""
    return _levels(facts.policy, facts.standpoint, purpose)


@lru_cache(maxsize=8_192)
def _levels(
    policy: str,
    standpoint: Standpoint,
    purpose: Purpose,
) -> Mapping[Section, Decision]:
    return MappingProxyType(
        {
            section: highest(
                standpoint.column,
                standpoint.organisation_kind,
                section,
                purpose,
                facts_of_section(standpoint, section),
                policy,
            )
            for section in Section
            if section is not Section.SITUATION
        }
    )


def rests_on_emergency(facts: SituationFacts, section: Section, action: Action) -> bool:
    """Return whether what is allowed would not be without a live emergency access; pure."""
    asked = question(facts, section, action)
    if not asked.facts & Fact.EMERGENCY_ACCESS:
        return False
    without = asked._replace(facts=asked.facts & ~Fact.EMERGENCY_ACCESS)
    return decide(asked, facts.policy).allowed and not decide(without, facts.policy).allowed


def _show_banner(unit: Unit, facts: SituationFacts) -> None:
    """Do what a live emergency access owes on every page of its situation: say so, and until when.

    Whoever writes the page has nothing to remember: its frame reads it from the unit.
    """
    if facts.emergency_until is not None:
        unit.emergency = Emergency(facts.situation_id, facts.emergency_until)


def level_of(facts: SituationFacts, section: Section) -> Level:
    """Return the highest level of one section for coordination; pure, opens nothing."""
    return highest(
        facts.column,
        facts.organisation_kind,
        section,
        Purpose.COORDINATION,
        facts.of(section),
        facts.policy,
    ).level


def sees(facts: SituationFacts) -> Decision:
    """Return whether this seat may know that the situation exists."""
    return decide(question(facts, Section.SITUATION, Action.SEE), facts.policy)


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with its reasons in French, fit for one audience."""

    decision: Decision
    grounds: tuple[str, ...]
    """What the rules that allow rest on, each with its source."""
    reasons: tuple[str, ...]
    """Why it is refused, as far as this audience may hear; empty when it is allowed."""


def tell(  # noqa: PLR0913 — a question has these parts
    facts: SituationFacts,
    section: Section,
    action: Action,
    *,
    audience: Audience = Audience.REFUSED,
    purpose: Purpose = Purpose.COORDINATION,
    of_section: Fact | None = None,
    of_another: bool = False,
) -> Told:
    """Decide without acting, and say why. Opens nothing and records nothing: for explanations.

    `of_another` speaks of the seat to someone else, instead of to it.
    """
    asked = question(facts, section, action, purpose, of_section=of_section)
    decision = decide(asked, facts.policy)
    said = explain.why(asked, audience, of_another=of_another, policy=facts.policy)
    return Told(decision, explain.grounds(decision.rules), said.sentences)


async def open_sections(  # noqa: PLR0913 — the act and its purpose are part of what is recorded
    unit: Unit,
    facts: SituationFacts,
    sections: Iterable[Section],
    *,
    act: Act,
    purpose: Purpose = Purpose.COORDINATION,
    extra: Iterable[str] = (),
    own: Iterable[Section] = (),
) -> Reading:
    """Decide the level of each section, record the reading, return the permit to open them.

    One entry names every section with its level; what opens by an emergency access alone has an
    entry of its own, under that purpose. Raises NotFound when the situation must not
    be known to this seat; never Refused: a section withheld is simply not in the permit.
    `extra` names boxes that follow from seeing the situation at all; `own`, the sections where
    this seat wrote and reads at least its own entries: the caller fetches those rows only.
    """
    existence = sees(facts)
    if not existence.allowed:
        await refuse(unit, facts, act, Section.SITUATION, existence, purpose)
    wanted = tuple(sections)
    decided = levels(facts, purpose)
    boxes = {(facts.situation_id, box) for box in extra}
    shown: list[str] = []
    urgent: list[str] = []
    for section in wanted:
        decision = decided[section]
        if decision.level in _OPENING:
            (urgent if decision.obligations else shown).append(f"{section}:{decision.level}")
            boxes.update((facts.situation_id, box) for box in boxes_of(section, decision.level))
    for section in own:
        if allows(facts, section, Action.READ_OWN):
            if decided[section].level is not Level.READ:
                shown.append(f"{section}:{Action.READ_OWN}")
            boxes.add((facts.situation_id, str(section)))
    _show_banner(unit, facts)
    alone = rests_on_emergency(facts, Section.SITUATION, Action.SEE)
    for codes, emergency in ((urgent, True), (shown, alone)):
        if codes or (codes is shown and not urgent):
            await record.note(
                unit,
                act,
                situations=(facts.situation_id,),
                obj={"k": "situation", "ss": codes},
                decision=existence,
                role=role_of(facts),
                purpose=str(Purpose.EMERGENCY if emergency else purpose),
                emergency=emergency,
            )
    return Reading(decided, mint(unit.clsm_id, frozenset(boxes), str(act)))


@lru_cache(maxsize=256)
def boxes_of(section: Section, level: Level) -> tuple[str, ...]:
    """Return the boxes that a level opens: an extract has its own key, apart from the text."""
    if level is Level.READ:
        return (str(section), f"{section}/extract")
    return (f"{section}/extract",)


async def permit(  # noqa: PLR0913 — the act, its purpose and its object are what is recorded
    unit: Unit,
    facts: SituationFacts,
    action: Action,
    section: Section,
    *,
    act: Act,
    purpose: Purpose = Purpose.COORDINATION,
    of_section: Fact | None = None,
    boxes: Sequence[str] = (),
    beside: Iterable[tuple[UUID, str]] = (),
    obj: Mapping[str, object] | None = None,
    old: bytes | None = None,
    new: bytes | None = None,
    about: Mapping[str, object] | None = None,
) -> Permit:
    """Decide one act on one section and record it. The permit covers `boxes` only.

    `beside` are boxes about this situation that have a key of their own, apart from its file:
    a request to join is one. Raises Refused to those who may know the situation, NotFound to
    the others; both recorded.
    """
    decision = decide(
        question(facts, section, action, purpose, of_section=of_section), facts.policy
    )
    if not decision.allowed or not facts.exists:
        await refuse(unit, facts, act, section, decision, purpose, action=action)
    _show_banner(unit, facts)
    emergency = bool(decision.obligations) or rests_on_emergency(facts, section, action)
    await record.note(
        unit,
        act,
        situations=(facts.situation_id,),
        obj=obj or {"k": "section", "s": str(section), "a": str(action)},
        decision=decision,
        role=role_of(facts),
        purpose=str(Purpose.EMERGENCY if emergency else purpose),
        emergency=emergency,
        old=old,
        new=new,
        about=about,
    )
    covered = frozenset((facts.situation_id, box) for box in boxes) | frozenset(beside)
    return mint(unit.clsm_id, covered, str(act))


async def permit_office(  # noqa: PLR0913 — as above, for acts of an office
    unit: Unit,
    offices: Iterable[str],
    allowed: frozenset[Office],
    *,
    act: Act,
    situations: Sequence[UUID] = (),
    boxes: Iterable[tuple[UUID, str]] = (),
    obj: Mapping[str, object] | None = None,
    about: Mapping[str, object] | None = None,
) -> Permit:
    """Allow an act that belongs to an office (directory, queue, record), and record it.

    `offices` are those that the seat holds now, read in this transaction, never the session's.
    Raises Refused, recorded.
    """
    held = {Office(office) for office in offices} & allowed
    if not held:
        await record.note(unit, act, situations=situations, out=Outcome.DENY, obj=obj)
        raise Refused(
            ("Cet écran relève d'une fonction que votre poste n'a pas.",),
            "Si vous pensez devoir y accéder, demandez à la coordination de la cellule.",
        )
    await record.note(
        unit,
        act,
        situations=situations,
        obj=obj,
        role=str(min(held)),
        about=about,
    )
    return mint(unit.clsm_id, frozenset(boxes), str(act))


async def permit_pledged(
    unit: Unit, *, pledged: bool, act: Act, obj: Mapping[str, object] | None = None
) -> None:
    """Allow what is for whoever signed the charter, and record it. Raises Refused, recorded."""
    if not pledged:
        await record.note(unit, act, out=Outcome.DENY, obj=obj)
        raise Refused(
            ("Votre engagement de confidentialité n'est pas signé, ou a expiré.",),
            "Signez-le dans « Mon compte », puis revenez à cette page.",
        )
    await record.note(unit, act, obj=obj)


async def permit_own(
    unit: Unit,
    *,
    act: Act,
    situation_id: UUID,
    boxes: Sequence[str],
    obj: Mapping[str, object] | None = None,
) -> Permit:
    """Let an author work on their own draft, before any situation exists; recorded.

    The caller has selected the row by its author: there is nothing of anyone else's in it.
    """
    await record.note(unit, act, situations=(situation_id,), obj=obj)
    covered = frozenset((situation_id, box) for box in boxes)
    return mint(unit.clsm_id, covered, str(act))


async def permit_list(
    unit: Unit, shown: Sequence[tuple[UUID, Iterable[str]]], *, act: Act = Act.SITUATION_LISTED
) -> Permit:
    """Record a list of situations and return the permit to open its labels.

    `shown` pairs each situation with the boxes that the caller decided with `levels`.
    """
    await record.note(unit, act, situations=[situation_id for situation_id, _ in shown][:100])
    covered = frozenset((situation_id, box) for situation_id, boxes in shown for box in boxes)
    return mint(unit.clsm_id, covered, str(act))


async def permit_register(  # noqa: PLR0913 — what is asked, by which rules, about what
    unit: Unit,
    column: Column,
    facts: Fact,
    *,
    policy: str,
    situations: Sequence[UUID] = (),
    obj: Mapping[str, object] | None = None,
) -> Permit:
    """Decide whether an office may read the record, and record that reading.

    `policy` is the digest in force. The permit covers the names behind the record's pseudonyms,
    and no box of any situation.
    Raises Refused, recorded.
    """
    asked = Question(
        column=column,
        organisation_kind=OrganisationKind(unit.actor.organisation_kind),
        section=Section.ACCESS_REGISTER,
        action=Action.READ_REGISTER,
        purpose=Purpose.AUDIT,
        facts=facts,
    )
    decision = decide(asked, policy)
    out = Outcome.OK if decision.allowed else Outcome.DENY
    await record.note(
        unit,
        Act.RECORD_READ,
        situations=situations,
        out=out,
        obj=obj,
        decision=decision,
        role=str(column),
        purpose=str(Purpose.AUDIT),
    )
    if not decision.allowed:
        raise Refused(
            explain.why(asked, policy=policy).sentences,
            "Vos propres actes restent visibles dans « Mes accès ».",
        )
    return _to_names(unit)


async def permit_own_acts(unit: Unit) -> Permit:
    """Let a seat read what the record says that it did itself; recorded (domain.md 3.2, 18)."""
    await record.note(unit, Act.RECORD_READ, obj={"k": "record", "a": "read_own"})
    return _to_names(unit)


def _to_names(unit: Unit) -> Permit:
    return mint(unit.clsm_id, frozenset({SUBJECTS_OF_THE_RECORD}), str(Act.RECORD_READ))


def shipped_policy() -> str:
    """Return the digest of the rules that the service ships."""
    return rules_in_use.engine().policy.digest


def admit(policy: Policy) -> str:
    """Let this process decide with a version of the rules; return its digest."""
    return rules_in_use.admit(policy)


class Judge(Protocol):
    """What a version would answer; no act is decided with it."""

    def allows(self, question: Question) -> bool:
        """Return whether it would allow."""

    def decide(self, question: Question) -> Decision:
        """Return its whole answer, which costs several times the bare one."""


def judge(policy: Policy) -> Judge:
    """Return what a version would answer, without letting this process decide with it."""
    return rules_in_use.Engine(policy)


def is_admitted(digest: str) -> bool:
    """Return whether this process already decides with a version."""
    return rules_in_use.is_admitted(digest)


async def refuse(  # noqa: PLR0913 — what is refused is what is recorded
    unit: Unit,
    facts: SituationFacts,
    act: Act,
    section: Section,
    decision: Decision,
    purpose: Purpose = Purpose.COORDINATION,
    *,
    action: Action = Action.SEE,
) -> NoReturn:
    """Record a refusal and raise it: Refused to the circle, NotFound to everyone else."""
    known = facts.exists and sees(facts).allowed
    await record.note(
        unit,
        act,
        situations=(facts.situation_id,) if facts.exists else (),
        out=Outcome.DENY,
        obj={"k": "section", "s": str(section), "a": str(action)},
        decision=decision,
        role=role_of(facts),
        purpose=str(purpose),
    )
    if not known:
        raise NotFound
    asked = question(facts, section, action, purpose)
    raise Refused(explain.why(asked, policy=facts.policy).sentences)


async def refuse_for(  # noqa: PLR0913 — what is refused, why, and what is said of it
    unit: Unit,
    facts: SituationFacts,
    act: Act,
    decision: Decision,
    *,
    reasons: tuple[str, ...],
    remedy: str,
    obj: Mapping[str, object],
    about: Mapping[str, object] | None = None,
) -> NoReturn:
    """Record and raise the refusal of an act because of what the rules say of another seat.

    `facts` are the actor's, who may know the situation; `decision` is about the other seat.
    """
    await record.note(
        unit,
        act,
        situations=(facts.situation_id,),
        out=Outcome.DENY,
        obj=obj,
        decision=decision,
        role=role_of(facts),
        purpose=str(Purpose.COORDINATION),
        about=about,
    )
    raise Refused(reasons, remedy)


def role_of(facts: SituationFacts) -> str:
    """Return the column under which a seat acted, for the record."""
    return str(facts.column)
