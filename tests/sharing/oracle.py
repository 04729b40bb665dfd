"""What must hold whatever happened: plain sentences on plain rows, without Casbin or its lines.

Each is « when this, then that », and counts how often its « when » was met: one that was never
met proved nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from policies.vocabulary import (
    INFORMATION_CATEGORY,
    LEVELS_FROM_THE_TOP,
    Column,
    Level,
    ProfessionalCategory,
    Section,
)
from service.sharing.rules import group_of
from service.sharing.schemas import SeatInfo
from tests.sharing.rows import Live

TIES = {
    "circle_membership": "circle",
    "informing_designation": "informing",
    "referrer": "own",
    "mission": "mission",
    "guest_grant": "guest",
    "emergency_access": "emergency",
    "assignment": "assigned",
}
BEFORE = {"submitted", "received", "in_qualification", "returned_for_completion"}
OVER = {"closed", "archived", "eliminated", "refused", "oriented_elsewhere", "merged"} | {
    "redirected_emergency"
}
CLINICAL = {Section.SOMATIC_HEALTH, Section.MENTAL_HEALTH, Section.ASSESSMENTS_CLINICAL}
VITAL = {
    Section.IDENTITY_CONTACT,
    Section.HOUSING,
    Section.SAFETY_RISK,
    Section.ANIMALS,
    Section.SOMATIC_HEALTH,
    Section.MENTAL_HEALTH,
}
OFFICIAL = {Section.CONSENT_STATUS, Section.REFERRAL, Section.ACCESS_REGISTER}
"""Sections of codes, of one's own original and of one's own acts: rights of their own."""

GOVERNANCE = {"auditor", "dpo", "copil_reader", "administrator", "organisation_administrator"}
OVERSEEING = {Column.AUD, Column.DPO}
_RANK = {level: rank for rank, level in enumerate(reversed(LEVELS_FROM_THE_TOP), start=1)}
_RANK[Level.NONE] = 0


@dataclass(frozen=True)
class Case:
    """One seat before one situation at one instant: what the rows say, and what was decided."""

    column: Column
    health: bool
    pledged: bool
    seated: bool
    """The seat is held at this instant."""
    governs: bool
    coordinates: bool
    cofacilitates: bool
    ties: frozenset[str]
    state: str
    mode: str
    informed: bool
    frozen: bool
    conflict: bool
    answers: Mapping[str, str]
    """Information category → answer, for this seat's group."""
    to_health: Mapping[str, str]
    """The same for health professionals."""
    linked: frozenset[str]
    guest_of: frozenset[str]
    emergency_on: frozenset[str]
    strong: bool
    sees: bool
    levels: Mapping[Section, Level]

    def opened(self, *, above: Level = Level.SEE) -> set[Section]:
        """Return the sections that open to more than a level."""
        return {one for one, level in self.levels.items() if _RANK[level] > _RANK[above]}

    def answer(self, section: Section) -> str:
        """Return what the person says about a section to this seat's group."""
        return self.answers.get(INFORMATION_CATEGORY.get(section, ""), "not_asked")

    def agreed(self, section: Section) -> bool:
        """Return whether the section's full text may be read here by agreement or care team."""
        shared = self.to_health.get(INFORMATION_CATEGORY.get(section, "")) == "yes"
        return (
            self.answer(section) == "yes" or str(section) in self.linked or (self.health and shared)
        )

    @property
    def over(self) -> bool:
        """Return whether the situation is no longer followed."""
        return self.state in OVER

    @property
    def archived(self) -> bool:
        """Return whether it is nobody's."""
        return self.state in {"archived", "eliminated"}

    @property
    def anonymised(self) -> bool:
        """Return whether it may only be spoken of without a name."""
        return self.mode == "ANONYMISED" and self.state not in BEFORE


class Law(NamedTuple):
    """« When this holds, that must »."""

    when: Callable[[Case], object]
    then: Callable[[Case], object]


LAWS: Mapping[str, Law] = {
    "no pledge, nothing": Law(lambda c: not c.pledged, lambda c: not c.sees and not c.opened()),
    "no seat, nothing": Law(lambda c: not c.seated, lambda c: not c.sees and not c.opened()),
    "no tie, not even its existence": Law(
        lambda c: not c.ties and not c.coordinates and not c.cofacilitates,
        lambda c: not c.sees and not c.opened(above=Level.NONE) - OFFICIAL,
    ),
    "a tie and a pledge, its existence": Law(
        lambda c: (
            c.pledged
            and c.seated
            and not c.governs
            and not c.archived
            and c.column is not Column.NONE
            and (c.ties or c.coordinates)
        ),
        lambda c: c.sees,
    ),
    "hidden, nothing read but registers": Law(
        lambda c: not c.sees, lambda c: not c.opened() - OFFICIAL
    ),
    "an office of control reads no content": Law(
        lambda c: c.governs and c.column in OVERSEEING | {Column.STAT, Column.ADM, Column.ORGADM},
        lambda c: not c.sees and not c.opened() - OFFICIAL,
    ),
    "an elected official, nothing": Law(
        lambda c: c.column is Column.NONE, lambda c: not c.sees and not c.opened()
    ),
    "archived, nobody": Law(
        lambda c: c.archived,
        lambda c: not c.sees and not c.opened() - OFFICIAL,
    ),
    "frozen, one's own original only": Law(
        lambda c: c.frozen and c.column not in OVERSEEING,
        lambda c: not c.opened(above=Level.NONE) - OFFICIAL,
    ),
    "a conflict closes every section": Law(
        lambda c: c.conflict, lambda c: not c.opened(above=Level.NONE)
    ),
    "no is not read, but in an emergency or a mission": Law(
        lambda c: "no" in c.answers.values(),
        lambda c: (
            not {
                section
                for section in c.opened()
                if c.answer(section) == "no"
                and str(section) not in c.emergency_on
                and "mission" not in c.ties
            }
        ),
    ),
    "consequences only, never the full text": Law(
        lambda c: "extract_only" in c.answers.values(),
        lambda c: (
            not {
                section
                for section in c.opened(above=Level.READ_EXTRACT)
                if c.answer(section) == "extract_only"
                and str(section) not in c.emergency_on
                and "mission" not in c.ties
            }
        ),
    ),
    "anonymised, the synthesis and no name": Law(
        lambda c: c.anonymised and c.column is not Column.COORD,
        lambda c: (
            not {
                section
                for section in c.opened() - OFFICIAL - {Section.SYNTHESIS, Section.CONSENT_TEXT}
                if "mission" not in c.ties
                and str(section) not in c.emergency_on
                and not (section is Section.IDENTITY_CONTACT and "informing" in c.ties)
            }
        ),
    ),
    "informing alone, the synthesis and the extract of the identity": Law(
        lambda c: c.anonymised and c.ties == {"informing"},
        lambda c: (
            c.opened() <= {Section.SYNTHESIS, Section.IDENTITY_CONTACT}
            and c.levels[Section.IDENTITY_CONTACT] in {Level.NONE, Level.READ_ASSIGNED}
        ),
    ),
    "outside health, health is read by agreement, care team or emergency": Law(
        lambda c: not c.health and c.opened() & CLINICAL,
        lambda c: all(
            c.answer(section) in {"yes", "extract_only"}
            or str(section) in c.linked
            or str(section) in c.emergency_on
            or c.levels[section] is Level.READ_ASSIGNED
            for section in c.opened() & CLINICAL
        ),
    ),
    "health is read in full by agreement, care team or emergency": Law(
        lambda c: c.opened(above=Level.READ_EXTRACT) & CLINICAL and not c.cofacilitates,
        lambda c: all(
            c.agreed(section) or (c.health and str(section) in c.emergency_on)
            for section in c.opened(above=Level.READ_EXTRACT) & CLINICAL
        ),
    ),
    "health needs two factors": Law(
        lambda c: not c.strong,
        lambda c: (
            not {
                section
                for section in c.opened() & CLINICAL
                if c.levels[section] in {Level.READ, Level.READ_EXTRACT}
            }
        ),
    ),
    "not informed, nothing across professions": Law(
        lambda c: (
            not c.informed
            and c.column not in {Column.COORD, *OVERSEEING}
            and not c.ties & {"mission", "assigned", "emergency"}
            and not c.cofacilitates
        ),
        lambda c: (
            c.opened() - OFFICIAL
            <= {Section.SYNTHESIS, Section.IDENTITY_CONTACT, Section.CONSENT_TEXT}
        ),
    ),
    "closed, the coordinator and one's own": Law(
        lambda c: c.over and c.column is not Column.COORD and c.column not in OVERSEEING,
        lambda c: (
            not {
                section
                for section in c.opened() - {Section.REFERRAL, Section.ACCESS_REGISTER}
                if str(section) not in c.emergency_on
            }
        ),
    ),
    "an emergency alone, the vital sections": Law(
        lambda c: c.ties == {"emergency"} and not c.coordinates,
        lambda c: c.opened() - OFFICIAL <= VITAL,
    ),
    "a guest alone, the named sections": Law(
        lambda c: c.ties == {"guest"} and not c.coordinates,
        lambda c: {str(one) for one in c.opened() - OFFICIAL} <= c.guest_of | {"synthesis"},
    ),
    "an action alone, what was attached to it": Law(
        lambda c: c.ties == {"assigned"} and not c.coordinates,
        lambda c: not c.opened(above=Level.READ_ASSIGNED) - OFFICIAL,
    ),
}


class Oracle:
    """The laws over a walk, and how often each was met."""

    def __init__(self) -> None:
        """Begin with none met."""
        self.met = dict.fromkeys(LAWS, 0)

    def judge(self, case: Case) -> list[str]:
        """Return the laws that this case breaks."""
        broken = []
        for name, law in LAWS.items():
            if law.when(case):
                self.met[name] += 1
                if not law.then(case):
                    broken.append(name)
        return broken


def case_of(
    live: Live,
    at: datetime,
    situation_id: UUID,
    seat: SeatInfo,
    *,
    column: Column,
    sees: bool,
    levels: Mapping[Section, Level],
) -> Case:
    """Put beside what was decided what the rows say, read one table after the other."""
    mine = seat.employment_id

    def named(table: str) -> frozenset[str]:
        rows = live.of(table, situation_id, mine)
        return frozenset(name for row in rows for name in row.sections.split(","))

    def answers(group: str) -> dict[str, str]:
        rows = live.of("agreement_cell", situation_id)
        return {row.category: row.value for row in rows if row.recipients == group}

    (standing,) = live.of("standing", situation_id)
    here = {
        row.kind for row in live.of("office", seat=mine) if row.cell_id in {None, standing.cell_id}
    }
    ties = {name for table, name in TIES.items() if live.of(table, situation_id, mine)}
    if all(row.suspended for row in live.of("circle_membership", situation_id, mine)):
        ties -= {"circle"}
    linked = {row.with_employment_id for row in live.of("care_team_link", situation_id, mine)}
    authors = live.of("section_author", situation_id)
    informed = live.of("information_event", situation_id)
    group = group_of(column)
    return Case(
        column=column,
        health=seat.category is ProfessionalCategory.HEALTH,
        pledged=bool(live.of("pledge", seat=mine)),
        seated=seat.started_at <= at and (seat.ended_at is None or at < seat.ended_at),
        governs=bool(here & GOVERNANCE) and "coordinator" not in here,
        coordinates="coordinator" in here,
        cofacilitates="health_cofacilitator" in here and standing.state in BEFORE,
        ties=frozenset(ties),
        state=standing.state,
        mode=standing.mode,
        informed=any(group in row.groups.split(",") for row in informed),
        frozen=bool(live.of("situation_freeze", situation_id)),
        conflict=bool(live.of("conflict_of_interest", situation_id, mine)),
        answers=answers(group) if group else {},
        to_health=answers("G1"),
        linked=frozenset(row.section for row in authors if row.employment_id in linked),
        guest_of=named("guest_grant"),
        emergency_on=named("emergency_access"),
        strong=seat.strong_auth,
        sees=sees,
        levels=levels,
    )
