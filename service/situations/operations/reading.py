"""Reading a situation: its page, one section, its history, its timeline. Each is a recorded act.

Facts, then the gate's pure decision, then rows of the allowed levels, then the record, then the
boxes: what a level does not open is never brought, and nothing is opened before it is recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, select

from audit.event import Act
from policies.vocabulary import INFORMATION_CATEGORY, Action, Column, Fact, Level, Section
from service.access import emergency, gate
from service.access.facts import SituationFacts
from service.access.gate import Reading
from service.database import FOREVER
from service.errors import NotFound
from service.partners import operations as partners
from service.partners.operations import SeatName
from service.sharing import operations as sharing
from service.sharing.schemas import SeatAccess
from service.situations.models import IdentityCard, Milestone, Situation
from service.situations.operations.course import STEERS
from service.situations.operations.identity import LABEL, card_context
from service.situations.operations.rows import (
    EXTRACTS,
    Opener,
    Row,
    Scope,
    fetch,
    fetch_versions,
    hints,
    load_keys,
    scope_of,
    settled,
    shows,
)
from service.situations.rules import (
    ADHERENCE_LABELS,
    ELSEWHERE,
    HEALTH,
    MAY_BELONG,
    MAY_NARROW,
    MODE_LABELS,
    SECTION_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    VALUE_LABELS,
    WRITTEN_HERE,
    Adherence,
    MilestoneKind,
    State,
    Urgency,
    review_by,
)
from service.situations.schemas import (
    Card,
    EntryView,
    FormView,
    Header,
    Moment,
    SectionHistory,
    SectionPage,
    SectionView,
    SituationView,
    Version,
)
from service.unit import Unit

INLINE = frozenset(Section) - HEALTH - ELSEWHERE
INSIDE = Fact.CIRCLE | Fact.MISSION | Fact.INFORMING | Fact.INVITED | Fact.EMERGENCY_ACCESS
"""What makes a seat one of those who work on the situation. Whoever only referred it is told its
state and nothing else (settled.md 8); whoever only has an action to do, the extracts that it needs
besides (domain.md 3.1, X): neither alias, nor urgency, nor who else is there."""

_IN_PART = frozenset({Level.READ_EXTRACT, Level.READ_ASSIGNED})
ASK = "la coordination de la cellule"
UNNAMED = "le cercle de la situation, selon la profession de chacun"
"""Who reads, for whoever only has an action to do: which professions are there says too much."""


async def open_situation(unit: Unit, situation_id: UUID) -> SituationView:
    """Return the page of a situation: header, then each section at the level of this seat.

    Sections of health are never on it. Raises NotFound alike for a situation that does not
    exist and for one that this seat must not know of.
    """
    facts = await _known(unit, situation_id, Act.SITUATION_OPENED)
    scope = scope_of(facts, INLINE)
    rows = await fetch(unit, situation_id, scope, deeper=False)
    opened = await _open(unit, scope, rows, Act.SITUATION_OPENED, situation_id)
    sections = [
        opened.section(section)
        for section in Section
        if section not in {Section.SITUATION, Section.ACCESS_REGISTER} and opened.is_shown(section)
    ]
    return SituationView(
        header=opened.header,
        sections=tuple(sections),
        ask=opened.ask,
        steers=gate.allows(facts, Section.SITUATION, STEERS),
        grants=gate.allows(facts, Section.SITUATION, Action.GRANT),
        may_open_emergency=any(emergency.may_open(facts, one).allowed for one in Section),
        guest=await sharing.own_pass(unit, facts),
    )


async def read_section(unit: Unit, situation_id: UUID, section: Section) -> SectionPage:
    """Return one section at the level of this seat, its own entries always.

    Raises Refused when the circle may know of the situation and not of the section, NotFound
    to everyone else, before anything is fetched.
    """
    facts = await _known(unit, situation_id, Act.SECTION_READ)
    scope = scope_of(facts, {section})
    await _require_some(unit, scope, section, Act.SECTION_READ)
    rows = await fetch(unit, situation_id, scope, deeper=True)
    rows = [row for row in rows if row.section == section]
    opened = await _open(unit, scope, rows, Act.SECTION_READ, situation_id)
    return SectionPage(header=opened.header, section=opened.section(section))


async def history(unit: Unit, situation_id: UUID, section: Section) -> SectionHistory:
    """Return every version of what this seat may read in a section, newest first.

    Whoever reads the section in full sees all versions; an author, at least their own.
    Raises as `read_section`.
    """
    facts = await _known(unit, situation_id, Act.SECTION_HISTORY_READ)
    scope = scope_of(facts, {section})
    if scope.level(section) is not Level.READ and section not in scope.own:
        await _refuse(unit, facts, section, Act.SECTION_HISTORY_READ)
    rows = await fetch_versions(unit, situation_id, scope, section)
    opened = await _open(unit, scope, rows, Act.SECTION_HISTORY_READ, situation_id)
    versions = [
        Version(
            entry=view,
            sentence=_sentence(view),
            current=row.superseded_at == FOREVER and view.corrected_by is None,
        )
        for row in opened.rows
        for view in (opened.opener.entry(row),)
    ]
    return SectionHistory(header=opened.header, section=section, versions=tuple(versions))


async def timeline(unit: Unit, situation_id: UUID) -> tuple[Header, tuple[Moment, ...]]:
    """Return the dated changes of state, urgency, adherence and mode, newest first.

    Whoever only referred the situation is told its states. Raises Refused to a guest, NotFound.
    """
    facts = await _known(unit, situation_id, Act.SITUATION_OPENED)
    if sharing.is_only_a_guest(facts):
        await _refuse(unit, facts, Section.SITUATION, Act.SITUATION_OPENED, Action.GRANT)
    opened = await _open(unit, scope_of(facts, ()), (), Act.SITUATION_OPENED, situation_id)
    statement = (
        select(
            Milestone.kind,
            Milestone.before,
            Milestone.after,
            Milestone.at,
            Milestone.employment_id,
        )
        .where(Milestone.clsm_id == unit.clsm_id, Milestone.situation_id == situation_id)
        .order_by(Milestone.at.desc(), Milestone.milestone_id.desc())
    )
    if not facts.common & INSIDE:
        statement = statement.where(Milestone.kind == MilestoneKind.STATE)
    rows = (await unit.transaction.execute(statement)).all()
    names = await partners.names_of(unit, {row.employment_id for row in rows})
    return opened.header, tuple(
        Moment(
            at=row.at,
            kind=row.kind,
            before=row.before,
            after=row.after,
            sentence=_change(row, names[row.employment_id]),
        )
        for row in rows
    )


async def prepare_writing(unit: Unit, situation_id: UUID, section: Section) -> FormView:
    """Return what a form of this section shows around itself; opens no content.

    Raises as `read_section`, Refused also to those who read the section and do not write in it.
    """
    facts = await _known(unit, situation_id, Act.SECTION_READ)
    if section not in WRITTEN_HERE:
        await _refuse(unit, facts, section, Act.SECTION_READ, Action.VALIDATE)
    await gate.permit(unit, facts, Action.CONTRIBUTE, section, act=Act.SECTION_READ)
    row = await _row(unit, situation_id)
    around = await sharing.access_map(unit, situation_id, facts)
    readers, extract_readers = _professions(facts, around, section)
    belongs = [
        str(other)
        for other in WRITTEN_HERE
        if section in MAY_BELONG
        and other is not section
        and gate.allows(facts, other, Action.CONTRIBUTE)
    ]
    return FormView(
        header=_header(unit, row, facts, around, None),
        section=section,
        readers=readers,
        extract_readers=extract_readers,
        belongs=tuple(sorted(belongs)),
        may_narrow=section in MAY_NARROW,
    )


async def prepare_steering(unit: Unit, situation_id: UUID) -> tuple[Header, bool]:
    """Return what the forms of a situation's course show; opens no content.

    The second part says whether state and mode are this seat's to change: urgency and
    adherence are also the lead's. Raises Refused or NotFound.
    """
    facts = await _known(unit, situation_id, Act.SITUATION_OPENED)
    await gate.permit(
        unit, facts, STEERS, Section.SITUATION, act=Act.SITUATION_OPENED, obj={"k": "situation"}
    )
    row = await _row(unit, situation_id)
    return (
        _header(unit, row, facts, (), None),
        gate.allows(facts, Section.SITUATION, Action.GRANT),
    )


@dataclass(frozen=True, kw_only=True)
class _Opened:
    """One reading, decided and recorded: what it shows is asked of it section by section."""

    scope: Scope
    header: Header
    rows: Sequence[Row]
    """Rows whose text this seat reads."""
    hinted: Sequence[Row]
    """Rows of which it knows the day and the author."""
    opener: Opener
    around: tuple[SeatAccess, ...]
    ask: str

    def is_shown(self, section: Section) -> bool:
        """Return whether the page has a place for it: by rights alone, whatever was written."""
        return (
            self.scope.level(section) is not Level.NONE
            or section in self.scope.own
            or section in self.opener.may_write
        )

    def section(self, section: Section) -> SectionView:
        """Return one section; its boxes are opened here and nowhere else."""
        code, level = str(section), self.scope.level(section)
        mine = self.by_section.get(code, ())
        known = self.hints_by_section.get(code, ())
        entries = [self.opener.entry(row) for row in mine if row.kind != "extract"]
        extracts = [self.opener.extract(row) for row in mine if row.kind == "extract"]
        may_write = section in self.opener.may_write
        readers, extract_readers = _professions(self.scope.facts, self.around, section)
        return SectionView(
            section=section,
            level=level,
            inline=section in self.scope.inline,
            entries=tuple(sorted(entries, key=_when, reverse=True)),
            extracts=tuple(sorted(extracts, key=lambda one: one.written_at, reverse=True)),
            last_written=max((row.written_at for row in (*mine, *known)), default=None),
            ask=tuple(sorted({self._whom(row) for row in known})),
            may_write=may_write,
            may_write_extract=may_write and any(entry.own for entry in entries),
            may_read_history=level is Level.READ or section in self.scope.own,
            may_exchange=gate.allows(self.scope.facts, section, Action.EXCHANGE),
            agreement=self._agreement(section),
            readers=readers,
            extract_readers=extract_readers,
        )

    @cached_property
    def by_section(self) -> Mapping[str, Sequence[Row]]:
        """Return the rows whose text this seat reads, by section."""
        return _grouped(self.rows)

    @cached_property
    def hints_by_section(self) -> Mapping[str, Sequence[Row]]:
        """Return the rows of which it knows the day and the author, by section."""
        return _grouped(self.hinted)

    def _whom(self, row: Row) -> str:
        name = self.opener.names[row.employment_id]
        return f"{name.title}, {name.organisation}"

    def _agreement(self, section: Section) -> str:
        """Say what the person answered for this seat's group, to those who read the grid."""
        facts = self.scope.facts
        category = INFORMATION_CATEGORY.get(section)
        if category is None or not gate.allows(facts, Section.CONSENT_STATUS, Action.SEE_STATUS):
            return ""
        return VALUE_LABELS[facts.cells.get(category, "")]


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.section, []).append(row)
    return found


def _professions(
    facts: SituationFacts, around: Sequence[SeatAccess], section: Section
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the professions that read a section in full, and those that read a part only."""
    if not facts.common & INSIDE:
        return (UNNAMED,), ()
    full, part = set(), set()
    for one in around:
        level = one.level(section)
        if level is Level.READ:
            full.add(one.profession)
        elif level in _IN_PART:
            part.add(one.profession)
    return tuple(sorted(full)), tuple(sorted(part - full))


async def _known(unit: Unit, situation_id: UUID, act: Act) -> SituationFacts:
    """Return the facts about a situation that this seat may know of; raises NotFound."""
    facts = await sharing.facts_about(unit, situation_id)
    if not gate.sees(facts).allowed:
        await _refuse(unit, facts, Section.SITUATION, act, Action.SEE)
    return facts


async def _require_some(unit: Unit, scope: Scope, section: Section, act: Act) -> None:
    writes = section in WRITTEN_HERE and gate.allows(scope.facts, section, Action.CONTRIBUTE)
    if scope.level(section) is Level.NONE and section not in scope.own and not writes:
        await _refuse(unit, scope.facts, section, act)


async def _refuse(
    unit: Unit,
    facts: SituationFacts,
    section: Section,
    act: Act,
    action: Action = Action.READ,
) -> None:
    """Refuse through the gate, which records it and chooses between Refused and NotFound."""
    await gate.permit(unit, facts, action, section, act=act)
    raise NotFound


async def _open(
    unit: Unit, scope: Scope, rows: Sequence[Row], act: Act, situation_id: UUID
) -> _Opened:
    """Record one reading and make ready everything that it opens."""
    scope = settled(scope, rows)
    shown = [row for row in _once(rows) if _is_text(scope, row)]
    hinted = [row for row in rows if row.kind == "known" and hints(scope, row)]
    facts = scope.facts
    inside = bool(facts.common & INSIDE)
    named = inside and scope.level(Section.IDENTITY_CONTACT) is Level.READ
    reading = await gate.open_sections(
        unit,
        facts,
        sorted(_asked(scope, shown)),
        act=act,
        extra=(LABEL,) if named else (),
        own=sorted(_own_only(scope, shown)),
    )
    row = await _row(unit, situation_id)
    around = await sharing.access_map(unit, situation_id, facts) if inside else ()
    await load_keys(unit, situation_id, shown)
    card = await _card(unit, situation_id, row, reading) if named else None
    return _Opened(
        scope=scope,
        header=_header(unit, row, facts, around, card),
        rows=shown,
        hinted=hinted,
        opener=Opener(
            unit=unit,
            situation_id=situation_id,
            reading=reading,
            names=await _names(unit, around, (*shown, *hinted)),
            may_write=frozenset(
                section
                for section in WRITTEN_HERE
                if gate.allows(facts, section, Action.CONTRIBUTE)
            ),
            corrected={
                one.corrects: one.key for one in shown if one.kind != "extract" and one.corrects
            },
        ),
        around=around,
        ask=_coordinator(around),
    )


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return the rows with a box, each once."""
    found = {(row.kind == "extract", row.key, row.version): row for row in rows if row.content}
    return list(found.values())


def _is_text(scope: Scope, row: Row) -> bool:
    if row.kind == "extract":
        return scope.level(Section(row.section)) in EXTRACTS
    return shows(scope, row)


def _asked(scope: Scope, shown: Sequence[Row]) -> set[Section]:
    """Return the sections that this reading opens, those that a row belongs to included."""
    asked = {section for section in scope.inline if scope.level(section) in EXTRACTS}
    asked |= {Section(row.belongs_to) for row in shown if row.belongs_to}
    return asked


def _own_only(scope: Scope, shown: Sequence[Row]) -> set[Section]:
    """Return the sections opened for this seat's own entries alone."""
    boxes = {Section(row.belongs_to or row.section) for row in shown if row.kind != "extract"}
    return {section for section in boxes if scope.level(section) is not Level.READ}


async def _row(unit: Unit, situation_id: UUID) -> Row:
    row = (
        await unit.transaction.execute(
            _situation(), {"clsm_id": unit.clsm_id, "situation_id": situation_id}
        )
    ).first()
    if row is None:
        raise NotFound
    return row


@cache
def _situation() -> Select[*tuple[Any, ...]]:
    since = (
        select(func.max(Milestone.at))
        .where(
            Milestone.clsm_id == Situation.clsm_id,
            Milestone.situation_id == Situation.situation_id,
            Milestone.kind == MilestoneKind.ADHERENCE,
        )
        .correlate(Situation)
        .scalar_subquery()
    )
    statement: Select[*tuple[Any, ...]] = (
        select(
            Situation.situation_id,
            Situation.reference,
            Situation.alias,
            Situation.state,
            Situation.urgency,
            Situation.adherence,
            Situation.episode,
            Situation.opened_at,
            Situation.changed_at,
            Situation.version,
            since.label("adherence_since"),
            IdentityCard.version.label("card_version"),
            IdentityCard.content.label("card"),
        )
        .join_from(
            Situation,
            IdentityCard,
            and_(
                IdentityCard.clsm_id == Situation.clsm_id,
                IdentityCard.situation_id == Situation.situation_id,
            ),
            isouter=True,
        )
        .where(
            Situation.clsm_id == bindparam("clsm_id"),
            Situation.situation_id == bindparam("situation_id"),
        )
    )
    return statement


async def _card(unit: Unit, situation_id: UUID, row: Row, reading: Reading) -> Card | None:
    if row.card is None:
        return None
    await unit.keyring.load(unit.clsm_id, [(situation_id, LABEL)])
    context = card_context(unit.clsm_id, situation_id, row.card_version)
    return unit.keyring.open(row.card, context, reading.permit, Card)


def _header(
    unit: Unit,
    row: Row,
    facts: SituationFacts,
    around: Sequence[SeatAccess],
    card: Card | None,
) -> Header:
    inside = bool(facts.common & INSIDE)
    # A guest is told the neutral name, and nothing of the course: that is the circle's.
    follows = inside and not sharing.is_only_a_guest(facts)
    due = review_by(row.state, row.urgency, row.changed_at) if follows else None
    leads = [one.name.in_full for one in around if one.facts.common & Fact.LEAD]
    return Header(
        situation_id=row.situation_id,
        reference=row.reference,
        alias=row.alias if inside else "",
        state=row.state,
        urgency=row.urgency if follows else "",
        adherence=row.adherence if follows else "",
        adherence_since=row.adherence_since if follows else None,
        mode=facts.mode if follows else "",
        episode=row.episode,
        opened_at=row.opened_at,
        review_by=due,
        late=due is not None and due < unit.now(),
        version=row.version,
        lead=leads[0] if leads and follows else "",
        card=card,
        assigned_until=facts.assigned_until,
    )


def _coordinator(around: Sequence[SeatAccess]) -> str:
    names = [one.name.in_full for one in around if one.facts.column is Column.COORD]
    return names[0] if names else ASK


async def _names(
    unit: Unit, around: Sequence[SeatAccess], rows: Iterable[Row]
) -> Mapping[UUID, SeatName]:
    """Return how authors are called; those still around the situation are known already."""
    names = {one.employment_id: one.name for one in around}
    missing = {row.employment_id for row in rows} - set(names)
    return names | await partners.names_of(unit, missing) if missing else names


def _when(entry: EntryView) -> tuple[datetime, UUID]:
    return entry.first_written_at, entry.entry_id


def _sentence(view: EntryView) -> str:
    """Return « Odette Marsan, inspectrice (SCHS), a ajouté une observation dans Logement. »."""
    done = "ajouté"
    if view.version > 1:
        done = "modifié"
    elif view.corrects:
        done = "corrigé"
    what = "une observation" if view.content.observed_on or view.content.seen else "un texte"
    where = SECTION_LABELS[view.section]
    return f"{view.author}, {view.title} ({view.organisation}), a {done} {what} dans {where}."


def _change(row: Row, name: SeatName) -> str:
    """Return a milestone as a sentence without its date."""
    by = f"{name.name}, {name.title}, {name.organisation}"
    match MilestoneKind(row.kind):
        case MilestoneKind.STATE:
            if not row.before:
                return f"{by}, a signalé la situation."
            return f"la situation est désormais « {STATE_LABELS[State(row.after)]} » ({by})."
        case MilestoneKind.URGENCY:
            said = "est estimée à" if not row.before else "passe à"
            return f"l'urgence {said} « {URGENCY_LABELS[Urgency(row.after)]} » ({by})."
        case MilestoneKind.ADHERENCE:
            return f"la personne : « {ADHERENCE_LABELS[Adherence(row.after)]} » ({by})."
        case MilestoneKind.MODE:
            return f"la situation est désormais {MODE_LABELS[row.after]} ({by})."
