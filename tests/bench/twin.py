"""The same application with rights, sealing and record switched off.

What the rights answer is computed once, at the first request, by the real code, and given back
from memory from then on: no statement of facts, no decision. Boxes hold the text itself, so
opening one is reading JSON. Nothing is recorded. Everything else is the application's own:
routes, session, transaction, statements of content, views, template.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from audit.event import Act
from policies.vocabulary import Section
from service import app as application
from service.access import gate, record
from service.access.facts import SituationFacts
from service.access.gate import Reading
from service.encryption import formats
from service.encryption.context import BoxContext
from service.encryption.sealed import Sealed
from service.settings import Settings
from service.sharing import operations as sharing
from service.sharing.operations import seating
from service.unit import Unit, Workplace

T = TypeVar("T")


class ClearKeyring:
    """A keyring of boxes that are not sealed."""

    async def load(self, clsm_id: UUID, pairs: Iterable[tuple[UUID, str]]) -> None:
        """Need no key."""

    async def prepare(self, *_: Any) -> list[Any]:
        """Make no key."""
        return []

    async def ready_openings(self, clsm_id: UUID | None, at: datetime) -> list[Any]:
        """Make no key."""
        return []

    def open(self, sealed: Sealed, context: BoxContext, permit: Any, type: type[T]) -> T:  # noqa: A002
        """Read the text that lies in the box."""
        return formats.from_json(bytes(sealed), type)


class NoRecorder:
    """A recorder that writes nothing."""

    async def settle(self, unit: Unit) -> None:
        """Append nothing."""

    async def abandon(self, unit: Unit) -> None:
        """Append nothing."""


def remembered(compute: Callable[..., Any], key: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes once for each key, then answers from memory."""
    known: dict[Any, Any] = {}

    def answer(*arguments: Any, **options: Any) -> Any:
        place = key(*arguments, **options)
        if place not in known:
            known[place] = compute(*arguments, **options)
        return known[place]

    return answer


def remembered_async(compute: Callable[..., Any], key: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same for a coroutine."""
    known: dict[Any, Any] = {}

    async def answer(*arguments: Any, **options: Any) -> Any:
        place = key(*arguments, **options)
        if place not in known:
            known[place] = await compute(*arguments, **options)
        return known[place]

    return answer


def switch_off() -> None:
    """Replace, in this process, what decides and what records."""
    facts_about, access_map = sharing.facts_about, sharing.access_map

    async def around(unit: Unit, situation_id: UUID, read: Any = None) -> Any:
        """Name those around, as any page would; what each may read comes from memory."""
        now = unit.now()
        asked = {"clsm_id": unit.clsm_id, "situation_id": situation_id, "at": now, "known_at": now}
        (await unit.transaction.execute(seating._seats_around(), asked)).all()
        return await answers(unit, situation_id, read)

    answers = remembered_async(access_map, lambda _, situation_id, *__: situation_id)
    sharing.access_map = around
    sharing.facts_about = remembered_async(
        facts_about, lambda unit, situation_id: (situation_id, unit.actor.employment_id)
    )
    levels = remembered(gate.levels, lambda facts, *_: _who(facts))
    gate.levels = levels
    gate.level_of = remembered(gate.level_of, lambda facts, section: (_who(facts), section))
    gate.sees = remembered(gate.sees, _who)
    gate.allows = remembered(
        gate.allows, lambda facts, section, action: (_who(facts), section, action)
    )
    gate.open_sections = _open_sections
    record.note = _note  # type: ignore[assignment]


def _who(facts: SituationFacts) -> tuple[UUID, UUID, bool]:
    return facts.situation_id, facts.employment_id, bool(facts.listed_sections)


async def _open_sections(
    unit: Unit, facts: SituationFacts, sections: Iterable[Section], *, act: Act, **_: Any
) -> Reading:
    return Reading(gate.levels(facts), None)  # type: ignore[arg-type]


async def _note(*_: Any, **__: Any) -> None:
    """Record nothing."""


@asynccontextmanager
async def _unguarded(settings: Settings, clock: Any = None) -> AsyncIterator[Workplace]:
    async with _open_workplace(settings, clock) as workplace:
        workplace.keyring = ClearKeyring()  # type: ignore[assignment]
        workplace.recorder = NoRecorder()
        yield workplace


_open_workplace = application.open_workplace


def create_twin(settings: Settings) -> Any:
    """Build the application without its walls."""
    switch_off()
    application.open_workplace = _unguarded  # type: ignore[assignment]
    return application.create_app(settings)
