"""What the gate is told of one seat and one situation: facts, never texts.

`service.sharing` gathers them in one statement; `policies` decides on them. The facts that
hold for the whole situation are kept once, those that differ by section are derived from the
agreement's cells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from policies.vocabulary import (
    INFORMATION_CATEGORY,
    Column,
    Fact,
    OrganisationKind,
    Section,
)

_BY_VALUE: Mapping[str, Fact] = {
    "yes": Fact.AGREEMENT,
    "extract_only": Fact.EXTRACT_AGREED | Fact.EXTRACT_ONLY,
    "no": Fact.OPPOSED,
}
_OF_EVERY_GUEST = frozenset({Section.SITUATION, Section.SYNTHESIS})
"""What any live grant opens to a guest, whatever the sections that it names (settled.md 4)."""

_OWN_BY_REFERRAL = frozenset({Section.REFERRAL, Section.SITUATION, Section.CONSENT_STATUS})
_OF_A_MISSION = frozenset(
    {
        Section.SITUATION,
        Section.IDENTITY_CONTACT,
        Section.HOUSING,
        Section.SAFETY_RISK,
        Section.LEGAL_PROTECTION,
        Section.ANIMALS,
        Section.WISHES_VOICE,
        Section.ASSESSMENTS_ENVIRONMENT,
        Section.MEETING_MINUTES,
        Section.ATTACHMENTS,
        Section.CONSENT_STATUS,
    }
)
"""What a hygiene or housing procedure is about (cells `v` of the matrix); it lifts nothing else."""

_CARE_SECTIONS = frozenset(
    {Section.SOMATIC_HEALTH, Section.MENTAL_HEALTH, Section.ASSESSMENTS_CLINICAL}
)


class Change(NamedTuple):
    """A fact that begins or ends by itself: when, and the kind of row that says it."""

    at: datetime
    kind: str
    begins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationFacts:
    """What holds between one seat and one situation at one instant, as known at another."""

    situation_id: UUID
    employment_id: UUID
    exists: bool
    column: Column
    organisation_kind: OrganisationKind
    common: Fact
    cells: Mapping[str, str] = field(default_factory=dict)
    """Information category → value, for this seat's recipient group."""
    health_cells: Mapping[str, str] = field(default_factory=dict)
    """The same for G1: what two health professionals may exchange (settled.md 4, `t`)."""
    outside_health: frozenset[str] = frozenset()
    """Sections whose authors are all outside R.1110-2 1°: no exchange between two of them."""
    linked_sections: frozenset[str] = frozenset()
    """Sections with an author of this seat's care team (L.1110-12)."""
    listed_sections: frozenset[str] = frozenset()
    """Sections where an entry lists this seat's recipient group (domain.md 3.4)."""
    guest_sections: frozenset[str] = frozenset()
    """Sections named by a live guest grant of this seat."""
    emergency_sections: frozenset[str] = frozenset()
    """Sections named by a live emergency access of this seat."""
    policy: str = ""
    """Digest of the version of the rules in force then; "" for those the service ships."""
    policy_number: int = 0
    """Number of that version in its CLSM; 0 for the rules that the service ships."""
    state: str = ""
    mode: str = ""
    cell_id: UUID | None = None
    emergency_until: datetime | None = None
    """When the last live emergency access of this seat ends; None without one."""
    changes: tuple[Change, ...] = ()
    """Every fact that ends by itself and, where what is to come was asked for, begins; in order."""
    assigned_until: datetime | None = None
    """When the last window of an action assigned to this seat ends, while one runs."""
    shared: object = field(default=None, compare=False, repr=False)
    """What was read for every seat alike: `service.sharing` reuses it within the same act."""

    @property
    def holds_until(self) -> datetime | None:
        """Return the next instant at which one of these facts changes by itself."""
        return self.changes[0].at if self.changes else None

    @property
    def standpoint(self) -> "Standpoint":
        """Return all of this that a decision may depend on, and nothing that names anyone."""
        return Standpoint(
            self.column,
            self.organisation_kind,
            self.common,
            tuple(self.cells.items()),
            tuple(self.health_cells.items()),
            self.outside_health,
            self.linked_sections,
            self.listed_sections,
            self.guest_sections,
            self.emergency_sections,
        )

    def of(self, section: Section, *, own: bool = False) -> Fact:
        """Return the facts of one section; `own` says that a row of it is this seat's."""
        return facts_of_section(self.standpoint, section, own=own)


class Standpoint(NamedTuple):
    """What decisions depend on: two seats of the same standpoint are answered alike.

    Decisions and section facts are pure functions of it, so they are kept by it; who the seat
    is and what it stands before are read anew at every act.
    """

    column: Column
    organisation_kind: OrganisationKind
    common: Fact
    cells: tuple[tuple[str, str], ...]
    health_cells: tuple[tuple[str, str], ...]
    outside_health: frozenset[str]
    linked_sections: frozenset[str]
    listed_sections: frozenset[str]
    guest_sections: frozenset[str]
    emergency_sections: frozenset[str]


@lru_cache(maxsize=65_536)
def facts_of_section(standpoint: Standpoint, section: Section, *, own: bool = False) -> Fact:
    """Return the facts of one section, from a standpoint."""
    facts = standpoint.common
    if own or section is Section.ACCESS_REGISTER:
        facts |= Fact.OWN
    elif section not in _OWN_BY_REFERRAL:
        facts &= ~Fact.OWN
    if section not in _OF_A_MISSION:
        facts &= ~Fact.MISSION
    if section not in _OF_EVERY_GUEST and section not in standpoint.guest_sections:
        facts &= ~Fact.INVITED
    if section is not Section.SITUATION and section not in standpoint.emergency_sections:
        facts &= ~Fact.EMERGENCY_ACCESS
    category = INFORMATION_CATEGORY.get(section)
    if category is not None:
        facts |= _BY_VALUE.get(dict(standpoint.cells).get(category, ""), Fact(0))
        if _exchanges(standpoint, section, category):
            facts |= Fact.HEALTH_EXCHANGE
    if section in standpoint.linked_sections:
        facts |= Fact.CARE_TEAM
    if section in standpoint.listed_sections:
        facts |= Fact.LISTED
    return facts


def _exchanges(standpoint: Standpoint, section: Section, category: str) -> bool:
    """Two health professionals, and the person's yes for G1 (settled.md 4, `t`)."""
    return (
        section in _CARE_SECTIONS
        and section not in standpoint.outside_health
        and dict(standpoint.health_cells).get(category) == "yes"
    )
