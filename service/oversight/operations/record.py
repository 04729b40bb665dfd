"""The record, read: by those whose office is to watch, and by each person for their own acts.

Entries only, never their openings: who acted is an organisation, a function and a pseudonym.
Reading the record is an act like any other, and is in it.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from audit import reading
from audit.event import Event, Outcome
from audit.reading import RecordedEntry
from policies.vocabulary import Column, Fact, Office, Section
from service.access import gate
from service.encryption.permit import Permit
from service.errors import Invalid
from service.oversight.rules import (
    ACTS,
    OUTCOMES,
    PAGE_SIZE,
    PURPOSES,
    ROLES,
    Asked,
    read_question,
    said_levels,
    said_sections,
)
from service.oversight.schemas import OrganisationChoice, RecordLine, RecordPage, SituationWord
from service.partners.operations import offices_of, seat_rows
from service.partners.operations.pledges import pledge_until
from service.rulebook import operations as rulebook
from service.sharing.operations import facts_about_many
from service.situations.operations.names import (
    SituationName,
    situation_called,
    situation_names,
)
from service.situations.schemas import SECTION_LABELS
from service.unit import Unit

NAMED_ON_A_LINE = 5
"""Situations named on one line of the page; a list may concern a hundred."""

BEFORE_THE_FILE = timedelta(days=30)
"""A draft lives thirty days before its situation is opened (settled.md 8)."""

Namer = Callable[[Unit, Collection[UUID]], Awaitable[Mapping[UUID, SituationName]]]


async def read_record(unit: Unit, typed: Mapping[str, str]) -> RecordPage:
    """Return one page of the record of this CLSM to its auditor or its DPO.

    The reading is recorded with the names of the filters, never their values, and with the
    situation when one is asked. Raises Refused, recorded; Invalid for a wrong filter.
    """
    asked, errors = read_question(typed)
    column = await _office_column(unit)
    named = await _situation(unit, asked.reference)
    policy = await rulebook.in_force(unit)
    permit = await gate.permit_register(
        unit,
        column,
        await _facts(unit),
        policy=policy,
        situations=(named.situation_id,) if named else (),
        obj={"k": "record", "f": asked.named},
    )
    if asked.reference and named is None:
        errors["reference"] = "Aucune situation de ce territoire n'a cette référence."
    if errors:
        raise Invalid(errors)
    return await _page(
        unit,
        permit,
        asked,
        subjects=await _pseudonyms_of(unit, named, asked) if named else None,
        actors=[asked.actor] if asked.actor else None,
        namer=_names,
    )


async def read_own_acts(unit: Unit, typed: Mapping[str, str]) -> RecordPage:
    """Return what the record says that this very seat did, newest first.

    A situation that this seat may no longer know is counted, not named. Raises Invalid.
    """
    permit = await gate.permit_own_acts(unit)
    asked, errors = read_question(
        {name: value for name, value in typed.items() if name not in {"actor", "org", "reference"}}
    )
    if errors:
        raise Invalid(errors)
    seat = unit.actor
    years = asked.years(seat.started_at, unit.now())
    own = [
        (await unit.keyring.pseudonyms(unit.clsm_id, [seat.employment_id], year))[
            seat.employment_id
        ]
        for year in years
    ]
    return await _page(unit, permit, asked, subjects=None, actors=own, namer=_still_known)


async def organisations(unit: Unit) -> list[OrganisationChoice]:
    """Return the organisations of this CLSM, by name, for the page's filter."""
    found = {row.organisation_key: row.organisation for row in await seat_rows(unit)}
    return sorted(
        (OrganisationChoice(key=key, name=name) for key, name in found.items()),
        key=lambda choice: choice.name,
    )


async def _office_column(unit: Unit) -> Column:
    held = await offices_of(unit)
    for office, column in ((Office.AUDITOR, Column.AUD), (Office.DPO, Column.DPO)):
        if office in held:
            return column
    return Column.NONE


async def _facts(unit: Unit) -> Fact:
    pledge = await pledge_until(unit)
    return Fact.TERRITORY | (Fact.PLEDGE if pledge is not None else Fact(0))


async def _pseudonyms_of(unit: Unit, named: SituationName, asked: Asked) -> list[bytes]:
    first = named.opened_at - BEFORE_THE_FILE
    return [
        (await unit.keyring.pseudonyms(unit.clsm_id, [named.situation_id], year))[
            named.situation_id
        ]
        for year in asked.years(first, unit.now())
    ]


async def _page(  # noqa: PLR0913 — what is asked, by whom, and how its situations are named
    unit: Unit,
    permit: Permit,
    asked: Asked,
    *,
    subjects: Collection[bytes] | None,
    actors: Collection[bytes] | None,
    namer: Namer,
) -> RecordPage:
    found = await reading.entries(
        unit.transaction,
        tenant=str(unit.clsm_id),
        subjects=subjects,
        actors=actors,
        act=asked.act,
        out=asked.out,
        org=asked.org or None,
        section=asked.section,
        since=asked.from_instant,
        until=asked.to_instant,
        before=asked.before,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    who = await unit.keyring.subjects(unit.clsm_id, _pseudonyms(shown), permit)
    names = await namer(unit, set(who.values()))
    words = {row.key: row.name for row in await organisations(unit)}
    size, root = await reading.size_and_root(unit.transaction)
    return RecordPage(
        lines=tuple(_line(entry, who, names, words) for entry in shown),
        older=shown[-1].index if len(found) > PAGE_SIZE else None,
        size=size,
        root=root.hex(),
        policy=await rulebook.in_force(unit) or gate.shipped_policy(),
    )


async def _still_known(unit: Unit, situation_ids: Collection[UUID]) -> dict[UUID, SituationName]:
    facts = await facts_about_many(unit, sorted(situation_ids))
    known = [situation_id for situation_id, about in facts.items() if gate.sees(about).allowed]
    return await _names(unit, known)


async def _names(unit: Unit, situation_ids: Collection[UUID]) -> dict[UUID, SituationName]:
    return await situation_names(unit.transaction, unit.clsm_id, situation_ids)


async def _situation(unit: Unit, reference: str) -> SituationName | None:
    if not reference:
        return None
    return await situation_called(unit.transaction, unit.clsm_id, reference)


def _pseudonyms(shown: Iterable[RecordedEntry]) -> set[bytes]:
    return {subject for entry in shown for subject in entry.event.subjects[:NAMED_ON_A_LINE]}


def _line(
    entry: RecordedEntry,
    who: Mapping[bytes, UUID],
    names: Mapping[UUID, SituationName],
    organisations_in_words: Mapping[str, str],
) -> RecordLine:
    event = entry.event
    return RecordLine(
        index=entry.index,
        at=entry.at,
        act=event.act,
        said=ACTS[event.act],
        outcome=event.out,
        outcome_said=OUTCOMES[Outcome(event.out)],
        organisation=organisations_in_words.get(event.org or "", event.org or ""),
        role=ROLES.get(event.role or "", ""),
        purpose=PURPOSES.get(event.purpose or "", ""),
        actor=event.actor.hex() if event.actor else "",
        sections=_sections(event),
        situations=tuple(
            _words(names, who, subject) for subject in event.subjects[:NAMED_ON_A_LINE]
        ),
        situations_count=len(event.subjects),
        decision=event.decision.hex() if event.decision else "",
        emergency=event.emergency,
    )


def _words(
    names: Mapping[UUID, SituationName], who: Mapping[bytes, UUID], subject: bytes
) -> SituationWord:
    name = names.get(who[subject]) if subject in who else None
    if name is None:
        return SituationWord(situation_id=None, reference="", alias="")
    return SituationWord(situation_id=name.situation_id, reference=name.reference, alias=name.alias)


def _sections(event: Event) -> tuple[str, ...]:
    levels = said_levels(event)
    labels: list[str] = []
    for code in said_sections(event):
        if code not in set(Section):
            continue
        level = levels.get(code)
        label = SECTION_LABELS[Section(code)]
        labels.append(f"{label} ({level})" if level else label)
    return tuple(labels)
