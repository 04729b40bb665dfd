"""What ties a seat to one emergency access: their own, to oversee, to audit, to grant, nothing.

Decided by the rules, on the seat's own facts about the situation: whoever coordinates the cell
(`grant`), the DPO and the auditor (`read_register`), who could open the same.
"""

from dataclasses import dataclass
from enum import StrEnum

from policies.vocabulary import Action, Column, Section
from service.access import emergency, gate
from service.access.facts import SituationFacts
from service.emergencies.operations import paper
from service.emergencies.rules import Standing
from service.unit import Unit


class Tie(StrEnum):
    """From the strongest to none."""

    OWN = "own"
    COORDINATOR = "coordinator"
    DPO = "dpo"
    AUDITOR = "auditor"
    SECOND = "second"
    NONE = "none"


OVERSEES = frozenset({Tie.COORDINATOR, Tie.DPO})
READS_TEXTS = frozenset({Tie.OWN, Tie.COORDINATOR, Tie.DPO, Tie.AUDITOR, Tie.SECOND})
READS_REVIEWS = frozenset({Tie.OWN, Tie.COORDINATOR, Tie.DPO})


@dataclass(frozen=True, slots=True)
class Related:
    """One access and the seat that looks at it."""

    row: paper.Row
    facts: SituationFacts
    tie: Tie


def tie(unit: Unit, row: paper.Row, facts: SituationFacts, standing: Standing) -> Tie:
    """Return what ties the actor to an access; pure."""
    if row.employment_id == unit.actor.employment_id:
        return Tie.OWN
    if facts.column is Column.COORD and gate.allows(facts, Section.SITUATION, Action.GRANT):
        return Tie.COORDINATOR
    if gate.allows(facts, Section.ACCESS_REGISTER, Action.READ_REGISTER):
        if facts.column is Column.DPO:
            return Tie.DPO
        if facts.column is Column.AUD:
            return Tie.AUDITOR
    opens = all(emergency.may_open(facts, one).allowed for one in paper.sections_of(row))
    return Tie.SECOND if standing is Standing.ASKED and opens else Tie.NONE
