"""Decide. A pure function of the question and of the policy version; Casbin gives the answer.

The whole question is the key of the memo, every fact included: a withdrawal changes the key,
so there is nothing stale to serve, and no other cache of a decision exists. A policy is never
reloaded: a new version is a new Engine. Several versions answer side by side, each by its
digest (`admit`), each with its memo; `use` swaps the pointer to the default one.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

from casbin import Enforcer
from casbin.model import Model
from casbin.persist import Adapter

from policies.rules import ANY, Asked, Line, Policy, load, parse_condition
from policies.vocabulary import (
    LEVELS_FROM_THE_TOP,
    Action,
    Column,
    Effect,
    Fact,
    Level,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)

MEMO_ENTRIES = 65_536
"""Decisions kept per policy version; a decision weighs under a kilobyte."""

_LEVELS = tuple(Action(level.value) for level in LEVELS_FROM_THE_TOP)

SHIPPED = ""
"""Stands for the rules that come with the code."""

MOST_VERSIONS = 16
"""Versions kept ready in one process beside the shipped one: each may hold a full memo."""

NEAREST_RULES = 3
"""How many near misses a refusal names."""


class Question(NamedTuple):
    """Everything a decision depends on."""

    column: Column
    organisation_kind: OrganisationKind
    section: Section
    action: Action
    purpose: Purpose
    facts: Fact

    @property
    def asked(self) -> Asked:
        """The question less its facts."""
        return Asked(*self[:5])


class Missing(NamedTuple):
    """A rule that nearly allowed: the facts it lacks, and whether the purpose is another."""

    rule: str
    facts: Fact
    purpose: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer and its reasons.

    `level` is how far the section opens with the same facts, whatever the action asked.
    `rules` are the allows and `denied_by` the denials that hold; `missing` the nearest rules
    when nothing was denied; `obligations` what the gate must do now; `policy` the version's digest.
    """

    allowed: bool
    level: Level
    rules: tuple[str, ...]
    denied_by: tuple[str, ...]
    missing: tuple[Missing, ...]
    obligations: tuple[Obligation, ...]
    policy: str


class RulesDisagree(Exception):
    """Casbin and the parsed lines answer differently: nothing may be opened."""


class Engine:
    """One policy version, ready to answer. Immutable once built, but for its bounded memo."""

    def __init__(self, policy: Policy) -> None:
        """Keep the lines by (column, action); Casbin's enforcers are built when first asked."""
        _silence_casbin()
        self.policy = policy
        self._enforcers: dict[tuple[Column, Action], tuple[tuple[Line, ...], Any]] = {}
        self._allows = lru_cache(MEMO_ENTRIES)(self._ask_casbin)
        self._decisions = lru_cache(MEMO_ENTRIES)(self._decide)
        self._highest = lru_cache(MEMO_ENTRIES)(self._find_highest)

    def decide(self, question: Question) -> Decision:
        """Answer one question."""
        return self._decisions(question)

    def highest(
        self,
        column: Column,
        organisation_kind: OrganisationKind,
        section: Section,
        purpose: Purpose,
        facts: Fact,
    ) -> Decision:
        """Return the decision of the highest level allowed; of `read`, refused, when none is."""
        return self._highest(column, organisation_kind, section, purpose, facts)

    def allows(self, question: Question) -> bool:
        """Return Casbin's bare answer."""
        return self._allows(question)

    def lines_for(self, column: Column, action: Action) -> tuple[Line, ...]:
        """Return the lines that can speak of this column and this action."""
        return self._partition(column, action)[0]

    def memo_bound(self) -> int | None:
        """Return the most decisions kept at once."""
        return self._decisions.cache_info().maxsize

    def _partition(self, column: Column, action: Action) -> tuple[tuple[Line, ...], Any]:
        key = (column, action)
        if key not in self._enforcers:
            lines = tuple(
                line
                for line in self.policy.lines
                if _member(line.columns, column) and _member(line.actions, action)
            )
            self._enforcers[key] = (lines, _enforcer(self.policy.model, lines))
        return self._enforcers[key]

    def _ask_casbin(self, question: Question) -> bool:
        column, kind, section, action, purpose, facts = question
        lines, enforcer = self._partition(column, action)
        # Casbin answers True on an empty policy asked with empty words: never ask it.
        if not lines:
            return False
        answer = enforcer.enforce(
            column.value, kind.value, section.value, action.value, purpose.value, int(facts)
        )
        return answer is True

    def _decide(self, question: Question) -> Decision:
        allowed = self.allows(question)
        asked = question.asked
        holding = [
            line
            for line in self._concerned(asked)
            if line.serves(asked.purpose) and line.condition.holds(question.facts)
        ]
        rules = [line for line in holding if line.effect is Effect.ALLOW]
        denials = tuple(line.id for line in holding if line.effect is Effect.DENY)
        if allowed is not (bool(rules) and not denials):
            message = f"{asked} with {int(question.facts):#x}, policy {self.policy.digest}"
            raise RulesDisagree(message)
        return Decision(
            allowed,
            self._level(question),
            tuple(line.id for line in rules),
            denials,
            () if rules else self._nearest(question),
            _duties(rules) if allowed else (),
            self.policy.digest,
        )

    def _concerned(self, asked: Asked) -> list[Line]:
        return [line for line in self.lines_for(asked.column, asked.action) if line.concerns(asked)]

    def _nearest(self, question: Question) -> tuple[Missing, ...]:
        """Return what lacks least for this action or, where no rule gives it, for the level below.

        A column that can never read a section in full is told what its extract lacks.
        """
        wanted = [question.action]
        if question.action in _LEVELS:
            wanted = list(_LEVELS[_LEVELS.index(question.action) :])
        for action in wanted:
            below = question._replace(action=action)
            if self.allows(below):
                return ()
            near = _near_misses(self._concerned(below.asked), below)
            if near:
                return near
        return ()

    def _level(self, question: Question) -> Level:
        for level in LEVELS_FROM_THE_TOP:
            if self.allows(question._replace(action=Action(level.value))):
                return level
        return Level.NONE

    def _find_highest(
        self,
        column: Column,
        organisation_kind: OrganisationKind,
        section: Section,
        purpose: Purpose,
        facts: Fact,
    ) -> Decision:
        question = Question(column, organisation_kind, section, Action.READ, purpose, facts)
        level = self._level(question)
        if level is Level.NONE:
            return self.decide(question)
        return self.decide(question._replace(action=Action(level.value)))


def has(words: str, word: str) -> bool:
    """Whether `a|b` holds this whole word (`*` holds all): membership, never a substring."""
    return words == ANY or word in _split(words)


def holds(condition: str, facts: int) -> bool:
    """Whether the written conjunction holds: Casbin's comparison of masks."""
    return parse_condition(condition).holds(facts)


def decide(question: Question, policy: str = SHIPPED) -> Decision:
    """Answer one question under a version, by its digest; under the one in use without.

    Raises LookupError for a version that is not kept: nothing opens by another's rules.
    """
    return engine(policy).decide(question)


def highest(  # noqa: PLR0913 — the question less its action, and who answers it
    column: Column,
    organisation_kind: OrganisationKind,
    section: Section,
    purpose: Purpose,
    facts: Fact,
    policy: str = SHIPPED,
) -> Decision:
    """Return the decision of the highest level allowed, under a version as `decide`."""
    return engine(policy).highest(column, organisation_kind, section, purpose, facts)


def engine(digest: str = SHIPPED) -> Engine:
    """Return the engine of a version, or of the one in use; LookupError when it is not kept."""
    in_use = _in_use[0]
    if not digest or digest == in_use.policy.digest:
        return in_use
    if digest == _SHIPPED.policy.digest:
        return _SHIPPED
    with _keeping:
        _kept.move_to_end(digest)  # KeyError, a LookupError, for a version that is not kept
        return _kept[digest]


def admit(policy: Policy) -> str:
    """Keep a version ready to answer, beside the one in use; return its digest.

    Of the versions admitted, the last `MOST_VERSIONS` used are kept: admit an older one again
    from where it is stored. The shipped version and the one in use always answer.
    """
    digest = policy.digest
    if digest not in {_in_use[0].policy.digest, _SHIPPED.policy.digest}:
        with _keeping:
            if digest not in _kept:
                _kept[digest] = Engine(policy)
            _kept.move_to_end(digest)
            while len(_kept) > MOST_VERSIONS:
                _kept.popitem(last=False)
    return digest


def is_admitted(digest: str) -> bool:
    """Return whether a version answers in this process; the shipped one always does."""
    shipped = {SHIPPED, _in_use[0].policy.digest, _SHIPPED.policy.digest}
    return digest in shipped or digest in _kept


def use(policy: Policy) -> Engine:
    """Put another policy in use, whole and at once; return the engine it replaces."""
    before = _in_use[0]
    _in_use[0] = Engine(policy)
    return before


class _Lines(Adapter):  # type: ignore[misc]  # casbin has no types
    """Feed parsed lines to Casbin; its own file parser ignores quotes and drops lines silently."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self._lines = lines

    def load_policy(self, model: Model) -> None:
        for line in self._lines:
            model.add_policy("p", "p", list(line.row))


def _enforcer(model: str, lines: tuple[Line, ...]) -> Any:
    enforcer = Enforcer(Enforcer.new_model(text=model), _Lines(lines))
    enforcer.add_function("has", has)
    enforcer.add_function("holds", holds)
    _silence_casbin()
    return enforcer


def _silence_casbin() -> None:
    """Casbin logs each request with its facts: our record is the only trace."""
    for name in ("casbin", *logging.root.manager.loggerDict):
        if name == "casbin" or name.startswith("casbin."):
            logger = logging.getLogger(name)
            logger.disabled = True
            logger.propagate = False
            logger.setLevel(logging.CRITICAL + 1)


def _near_misses(concerned: list[Line], question: Question) -> tuple[Missing, ...]:
    """Return the allows that lack least. An emergency access is never offered as a near miss."""
    facts, near = question.facts, []
    for line in concerned:
        if line.effect is Effect.DENY:
            continue
        lacking = (line.condition.required & ~facts) | (line.condition.forbidden & facts)
        if not lacking & Fact.EMERGENCY_ACCESS:
            near.append(Missing(line.id, lacking, not line.serves(question.purpose)))
    near.sort(key=lambda one: (int(one.facts).bit_count() + one.purpose, one.rule))
    return tuple(near[:NEAREST_RULES])


def _duties(rules: list[Line]) -> tuple[Obligation, ...]:
    """Return the duties that no other rule spares."""
    owed = frozenset.intersection(*(line.duties for line in rules))
    return tuple(sorted(owed))


def _member(words: frozenset[str], word: str) -> bool:
    return not words or word in words


@lru_cache(maxsize=4096)
def _split(words: str) -> frozenset[str]:
    return frozenset(words.split("|"))


_SHIPPED = Engine(load())
_in_use: list[Engine] = [_SHIPPED]
_kept: OrderedDict[str, Engine] = OrderedDict()
_keeping = Lock()
