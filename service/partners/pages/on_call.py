"""`/on-call`: who is on call, from when to when; set by whoever manages or coordinates."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.clock import paris
from service.errors import Conflict, Invalid
from service.partners import operations
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

Asked = Request[Any, Any, State]

ON_CALL: Final = announce("on-call-set", "L'astreinte est inscrite.")
ENDED: Final = announce("on-call-ended", "L'astreinte a pris fin.")

_HOUR: Final = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3])\s*[:hH]\s*(?P<minute>[0-5][0-9])?")
_FIELDS: Final = ("employment_id", "starts_at", "starts_hour", "ends_at", "ends_hour")


class OnCallPages(Controller):
    """Duties on call of the CLSM."""

    path = "/on-call"

    @get("/", name="on_call")
    async def show_duties(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show present and coming duties, and the form that adds one."""
        return await _duties_page(request, unit, {}, {})

    @post("/", name="set_on_call", status_code=303)
    async def set_duty(
        self, request: Asked, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Put someone on call."""
        try:
            seat = form.uuid("employment_id", required="Choisissez une personne.")
            starts_at, ends_at = _instant(form, "starts"), _instant(form, "ends")
            form.check()
            await operations.set_on_call(
                unit, seat or unit.clsm_id,
                starts_at=starts_at or unit.now(), ends_at=ends_at or unit.now(),
            )  # fmt: skip
        except (Invalid, Conflict) as wrong:
            unit.undo()
            errors = wrong.fields if isinstance(wrong, Invalid) else {"starts_at": wrong.sentence}
            return await _duties_page(request, unit, _typed(form), errors)
        return Redirect(f"/on-call?done={ON_CALL}", status_code=303)

    @post("/{duty_id:uuid}/end", name="end_on_call", status_code=303)
    async def end_duty(self, unit: NamedDependency[Unit], duty_id: FromPath[UUID]) -> Redirect:
        """End a duty now."""
        await operations.end_on_call(unit, duty_id)
        return Redirect(f"/on-call?done={ENDED}", status_code=303)


ROUTES = (OnCallPages,)


def _instant(form: Form, which: str) -> datetime | None:
    day = form.day(f"{which}_at", required="Indiquez le jour.")
    typed = form.line(f"{which}_hour", required="Indiquez l'heure, par exemple 20:00.")
    hour = _HOUR.fullmatch(typed)
    if typed and hour is None:
        form.errors[f"{which}_hour"] = "Écrivez l'heure ainsi : 20:00."
    if day is None or hour is None:
        return None
    return paris(day, int(hour["hour"]), int(hour["minute"] or 0))


def _typed(form: Form) -> dict[str, Any]:
    raw = form.raw()
    days = {
        name: {part: raw.get(f"{name}-{part}", "") for part in ("day", "month", "year")}
        for name in ("starts_at", "ends_at")
    }
    return raw | days


async def _duties_page(
    request: Asked, unit: Unit, typed: Mapping[str, Any], errors: Mapping[str, str]
) -> Page:
    return page(
        "partners/on_call.html",
        context=frame(request, nav="/directory"),
        status_code=422 if errors else 200,
        errors=errors,
        view=await operations.read_on_call(unit),
        typed=dict.fromkeys(_FIELDS, "") | dict(typed),
    )
