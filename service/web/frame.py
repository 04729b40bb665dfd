"""The frame of a seat's pages: who is signed in, where this seat may go, what was just done.

The menu only says what exists for this kind of seat; each page decides for itself.
"""

from typing import Any, Final

from litestar import Request
from litestar.datastructures import State

from service.unit import Actor, Emergency, Unit
from service.web.provide import Found, csrf_of, door_of
from service.web.render import Flash, NavItem, PageContext, Seat

_FLASHES: Final = "flash"
_SENTENCES: Final[dict[str, str]] = {}
GOVERNANCE: Final = frozenset({"auditor", "dpo", "copil_reader", "administrator"})
SENSITIVE_IDLE_SECONDS: Final = 900
"""Fifteen minutes on a page with D4 or D5 content (settled.md 10)."""


def announce(code: str, sentence: str) -> str:
    """Register the sentence shown after an act, by a code that may travel in a URL."""
    _SENTENCES[code] = sentence
    return code


def frame(
    request: Request[Any, Any, State], *, sensitive: bool = False, nav: str = ""
) -> PageContext:
    """Return the frame of this request's page.

    `sensitive` shortens the idle limit of pages with D4 or D5 content; `nav` is the menu
    entry that the page belongs to when its address does not begin with it.
    """
    door = door_of(request)
    found: Found | None = request.state.get("found")
    actor = found.actor if found else None
    idle = SENSITIVE_IDLE_SECONDS if sensitive else 1200
    return PageContext(
        now=door.workplace.clock.now(),
        seat=_seat(actor) if actor else None,
        nav=menu(actor, nav or request.scope["path"]) if actor else (),
        csrf_token=csrf_of(request.state.get("session_token") or ""),
        flash=_flash(request),
        demo=door.workplace.settings.demo,
        sign_out_after_seconds=idle,
        emergency=lambda: _emergency(request),
    )


def _emergency(request: Request[Any, Any, State]) -> Emergency | None:
    """Return what the gate said must be shown on this page: asked once the handler is done."""
    unit: Unit | None = request.state.get("unit")
    return unit.emergency if unit is not None else None


def _seat(actor: Actor) -> Seat:
    return Seat(person=actor.name, label=actor.title, organisation=actor.organisation_name)


def _flash(request: Request[Any, Any, State]) -> tuple[Flash, ...]:
    code = request.query_params.get("done", "")
    return (Flash(_SENTENCES[code]),) if code in _SENTENCES else ()


def menu(actor: Actor, path: str) -> tuple[NavItem, ...]:
    """Return the menu of a seat, the entry of `path` marked."""
    entries: list[tuple[str, str]] = [("/", "Accueil")]
    governs = actor.offices & GOVERNANCE
    if not governs:
        entries.append(("/situations", "Situations"))
        entries.append(("/referrals", "Saisines"))
    if "coordinator" in actor.offices:
        entries.append(("/queue", "À qualifier"))
    if actor.offices & {"coordinator", "auditor", "dpo"}:
        entries.append(("/emergencies", "Accès d’urgence"))
    if actor.offices & {"auditor", "dpo"}:
        entries.append(("/record", "Registre"))
    else:
        entries.append(("/record/mine", "Mes accès"))
    if not governs or "administrator" in actor.offices:
        entries.append(("/directory", "Annuaire"))
    entries.append(("/account", "Mon compte"))
    return tuple(
        NavItem(href, text, current=path == href or (href != "/" and path.startswith(href)))
        for href, text in entries
    )
