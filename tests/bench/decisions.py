"""One page's worth of decisions: ours, warm, against the same asked to Casbin raw.

Raw is one Enforcer that holds every line, with the same model and the same functions; ours keeps
its enforcers by column and action, and remembers whole questions.
"""

import time
from collections.abc import Callable
from statistics import median

from policies.decision import Question, _enforcer, decide, engine
from policies.vocabulary import Action, Column, Fact, OrganisationKind, Purpose, Section

LEVELS = (
    Action.SEE,
    Action.READ_ASSIGNED,
    Action.READ_EXTRACT,
    Action.READ,
    Action.CONTRIBUTE,
    Action.ATTACH,
)
SECTIONS = tuple(
    section for section in Section if section not in {Section.SITUATION, Section.ACCESS_REGISTER}
)
"""The twenty that a page asks."""

FACTS = (
    Fact.TERRITORY
    | Fact.PLEDGE
    | Fact.STRONG_AUTH
    | Fact.CIRCLE
    | Fact.INFORMED
    | Fact.NAMED
    | Fact.AGREEMENT
    | Fact.PROFESSIONAL_SECRECY
)
WARM_ROUNDS, RAW_ROUNDS = 200, 5


def page() -> list[Question]:
    """Return what one page asks: twenty sections, six levels."""
    asked = [
        Question(Column.SOC, OrganisationKind.CCAS, section, action, Purpose.COORDINATION, FACTS)
        for section in SECTIONS[:20]
        for action in LEVELS
    ]
    assert len(asked) == 120
    return asked


def measure() -> tuple[float, float]:
    """Return the CPU µs of a page of decisions: ours, warm, and raw. They answer alike."""
    asked = page()
    policy = engine().policy
    whole = _enforcer(policy.model, policy.lines)

    def ours() -> list[bool]:
        return [decide(question).allowed for question in asked]

    def raw() -> list[bool]:
        return [
            whole.enforce(
                question.column.value,
                question.organisation_kind.value,
                question.section.value,
                question.action.value,
                question.purpose.value,
                int(question.facts),
            )
            is True
            for question in asked
        ]

    if ours() != raw():
        raise SystemExit("Casbin raw and the service decide differently")
    return _median_us(ours, WARM_ROUNDS), _median_us(raw, RAW_ROUNDS)


def _median_us(run: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        started = time.process_time_ns()
        run()
        spent.append((time.process_time_ns() - started) / 1000)
    return median(spent)
