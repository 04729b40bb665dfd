"""What is fetched of sections, at which level: decided before, opened after, never more.

One statement brings the entries and extracts that the levels allow, still sealed; of a section
that this seat only knows to exist it brings days and authors, never a box.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    LargeBinary,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from policies.vocabulary import RECIPIENT_GROUP, Action, Level, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.access.gate import Reading
from service.database import FOREVER, Instant
from service.encryption.sealed import SealedColumn
from service.situations.models import FunctionalExtract, SectionEntry
from service.situations.operations.entries import entry_context, extract_context, groups_of
from service.situations.rules import ELSEWHERE, HEALTH, may_edit
from service.situations.schemas import EntryContent, EntryView, ExtractView
from service.unit import Unit

Row = Any
EXTRACTS = frozenset({Level.READ, Level.READ_EXTRACT, Level.READ_ASSIGNED})
_CONTENT = frozenset(Section) - ELSEWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What this seat may be shown of some sections, as decided before anything is fetched."""

    facts: SituationFacts
    levels: Mapping[Section, Level]
    own: frozenset[Section]
    """Sections of which it reads its own entries at least."""
    inline: frozenset[Section]
    """Sections whose text is asked for now; of the others, days and authors only."""

    def level(self, section: Section) -> Level:
        """Return the level that this seat has on a section."""
        return self.levels[section]

    @property
    def group(self) -> str:
        """Return the recipient group of this seat, "" for none."""
        return RECIPIENT_GROUP.get(self.facts.column, "")


def scope_of(facts: SituationFacts, inline: Collection[Section]) -> Scope:
    """Return what may be shown, the person's own words included if an entry lists this group.

    Whether one does is known once rows are fetched: see `settled`.
    """
    listed = replace(facts, listed_sections=frozenset({str(Section.WISHES_VOICE)}))
    levels = _levels(facts)
    if levels[Section.WISHES_VOICE] is not Level.READ:
        wider = _levels(listed)
        if wider[Section.WISHES_VOICE] is Level.READ:
            facts, levels = listed, wider
    return Scope(
        facts=facts,
        levels=levels,
        own=frozenset(
            section for section in _CONTENT if gate.allows(facts, section, Action.READ_OWN)
        ),
        inline=frozenset(inline),
    )


def settled(scope: Scope, rows: Sequence[Row]) -> Scope:
    """Take back what only a list of groups would open, when no entry lists this group."""
    if not scope.facts.listed_sections or any(
        row.section in scope.facts.listed_sections and scope.group in groups_of(row.groups)
        for row in rows
    ):
        return scope
    facts = replace(scope.facts, listed_sections=frozenset())
    return replace(scope, facts=facts, levels=_levels(facts))


def _levels(facts: SituationFacts) -> dict[Section, Level]:
    return {section: decision.level for section, decision in gate.levels(facts).items()}


def shows(scope: Scope, row: Row) -> bool:
    """Return whether an entry's text is for this seat: by section, by belonging, by its list."""
    section = Section(row.section)
    related = {section, Section(row.belongs_to or section)}
    if row.employment_id == scope.facts.employment_id and related <= scope.own:
        return True
    if any(scope.level(one) is not Level.READ for one in related):
        return False
    groups = groups_of(row.groups)
    if row.section in scope.facts.listed_sections:
        return scope.group in groups
    return not groups or scope.group in groups


def hints(scope: Scope, row: Row) -> bool:
    """Return whether the day and the author of an entry may be known at this seat's levels."""
    section = Section(row.section)
    if scope.level(section) is Level.NONE:
        return False
    if row.belongs_to and scope.level(Section(row.belongs_to)) is Level.NONE:
        return False
    groups = groups_of(row.groups)
    return not groups or scope.group in groups


def _branch(
    kind: str, model: type[SectionEntry] | type[FunctionalExtract], *, sealed: bool
) -> Select[Any]:
    entry = model is SectionEntry
    columns = model.__table__.c
    empty = literal("", String)
    return select(
        literal(kind, String).label("kind"),
        columns.section,
        (columns.entry_id if entry else columns.extract_id).label("key"),
        (columns.entry_version if entry else columns.extract_version).label("version"),
        columns.employment_id,
        columns.written_at,
        (columns.first_written_at if entry else columns.written_at).label("first_written_at"),
        (columns.belongs_to if entry else empty).label("belongs_to"),
        (columns.groups if entry else empty).label("groups"),
        (columns.corrects if entry else cast(null(), Uuid)).label("corrects"),
        (columns.content if sealed else type_coerce(cast(null(), LargeBinary), SealedColumn)).label(
            "content"
        ),
    ).where(
        columns.clsm_id == bindparam("clsm_id"),
        columns.situation_id == bindparam("situation_id"),
        columns.superseded_at == bindparam("forever", type_=Instant),
        columns.section.in_(bindparam(f"in_{kind}", expanding=True)),
    )


@cache
def _statement() -> CompoundSelect[Any]:
    entry = SectionEntry.__table__.c
    return union_all(
        _branch("full", SectionEntry, sealed=True).where(
            or_(
                entry.belongs_to == "",
                entry.belongs_to.in_(bindparam("in_deeper", expanding=True)),
            )
        ),
        _branch("own", SectionEntry, sealed=True).where(
            entry.employment_id == bindparam("employment_id")
        ),
        _branch("known", SectionEntry, sealed=False),
        _branch("extract", FunctionalExtract, sealed=True),
    )


async def fetch(unit: Unit, situation_id: UUID, scope: Scope, *, deeper: bool) -> list[Row]:
    """Return the current rows that this scope may need; one statement.

    `deeper` also brings the rows that belong to a section of health: never on a page that
    shows several sections.
    """
    inline = scope.inline & _CONTENT
    full = {section for section in inline if scope.level(section) is Level.READ}
    known = {section for section in _CONTENT if scope.level(section) is not Level.NONE} - full
    below = _CONTENT if deeper else _CONTENT - HEALTH
    rows = await unit.transaction.execute(
        _statement(),
        {
            "clsm_id": unit.clsm_id,
            "situation_id": situation_id,
            "forever": FOREVER,
            "employment_id": unit.actor.employment_id,
            "in_full": _codes(full),
            "in_own": _codes((inline & scope.own) - full),
            "in_known": _codes(known),
            "in_extract": _codes(section for section in inline if scope.level(section) in EXTRACTS),
            "in_deeper": _codes(section for section in below if scope.level(section) is Level.READ),
        },
    )
    return [row for row in rows if deeper or row.belongs_to not in HEALTH or row.kind == "known"]


def _codes(sections: Iterable[Section]) -> list[str]:
    return sorted(str(section) for section in sections)


@cache
def _versions() -> Select[Any]:
    entry = SectionEntry.__table__.c
    return (
        select(
            literal("version", String).label("kind"),
            entry.section,
            entry.entry_id.label("key"),
            entry.entry_version.label("version"),
            entry.employment_id,
            entry.written_at,
            entry.first_written_at,
            entry.belongs_to,
            entry.groups,
            entry.corrects,
            entry.content,
            entry.superseded_at,
        )
        .where(
            entry.clsm_id == bindparam("clsm_id"),
            entry.situation_id == bindparam("situation_id"),
            entry.section == bindparam("section"),
        )
        .order_by(entry.written_at.desc(), entry.entry_id.desc(), entry.entry_version.desc())
    )


async def fetch_versions(
    unit: Unit, situation_id: UUID, scope: Scope, section: Section
) -> list[Row]:
    """Return every version of the entries of one section that this seat may read, newest first."""
    rows = await unit.transaction.execute(
        _versions(),
        {"clsm_id": unit.clsm_id, "situation_id": situation_id, "section": str(section)},
    )
    return [row for row in rows if shows(scope, row)]


async def load_keys(unit: Unit, situation_id: UUID, rows: Iterable[Row]) -> None:
    """Bring to memory the keys of these rows' boxes, in one statement at most."""
    boxes = {
        f"{row.section}/extract" if row.kind == "extract" else row.belongs_to or row.section
        for row in rows
        if row.content is not None
    }
    await unit.keyring.load(unit.clsm_id, [(situation_id, box) for box in boxes])


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Turns the rows of one reading into views, each box opened under its permit."""

    unit: Unit
    situation_id: UUID
    reading: Reading
    names: Mapping[UUID, Any]
    may_write: frozenset[Section]
    corrected: Mapping[UUID, UUID]
    """Entry → the correction that came after it."""

    def entry(self, row: Row) -> EntryView:
        """Open one entry."""
        section = Section(row.section)
        context = entry_context(
            self.unit.clsm_id,
            self.situation_id,
            section=row.section,
            belongs_to=row.belongs_to,
            entry_id=row.key,
            version=row.version,
        )
        content = self.unit.keyring.open(row.content, context, self.reading.permit, EntryContent)
        name = self.names[row.employment_id]
        own = row.employment_id == self.unit.actor.employment_id
        mine = own and section in self.may_write and row.key not in self.corrected
        young = may_edit(row.first_written_at, self.unit.now())
        return EntryView(
            entry_id=row.key,
            section=section,
            version=row.version,
            content=content,
            author=name.name,
            title=name.title,
            organisation=name.organisation,
            own=own,
            written_at=row.written_at,
            first_written_at=row.first_written_at,
            belongs_to=row.belongs_to,
            groups=groups_of(row.groups),
            corrects=row.corrects,
            corrected_by=self.corrected.get(row.key),
            may_edit=mine and young,
            may_correct=mine and not young,
        )

    def extract(self, row: Row) -> ExtractView:
        """Open one extract."""
        context = extract_context(
            self.unit.clsm_id, self.situation_id, row.section, row.key, row.version
        )
        name = self.names[row.employment_id]
        return ExtractView(
            extract_id=row.key,
            version=row.version,
            text=self.unit.keyring.open(row.content, context, self.reading.permit, str),
            author=name.name,
            title=name.title,
            organisation=name.organisation,
            own=row.employment_id == self.unit.actor.employment_id,
            written_at=row.written_at,
        )
