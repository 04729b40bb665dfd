"""What pages of disclosures about one situation are made with: its reference, no other name."""

from collections.abc import Awaitable, Mapping
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State

from service.errors import Conflict, Invalid
from service.unit import Unit
from service.web.frame import frame
from service.web.render import Page, page

WebRequest = Request[Any, Any, State]


def mistakes(wrong: Invalid | Conflict, field: str) -> dict[str, str]:
    """Return what was wrong by field; a conflict is said on `field`."""
    return {field: wrong.sentence} if isinstance(wrong, Conflict) else wrong.fields


async def situation_page(
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    template: str,
    *,
    errors: Mapping[str, str] | None = None,
    **values: Any,
) -> Page:
    """Return a page about one situation, called by its reference."""
    namer: Awaitable[Mapping[UUID, Any]] = request.app.state.name_situations(
        unit.transaction, unit.clsm_id, [situation_id]
    )
    named = (await namer).get(situation_id)
    return page(
        template,
        context=frame(request, nav="/situations"),
        status_code=422 if errors else 200,
        errors=errors or {},
        base=f"/situations/{situation_id}",
        reference=named.reference if named else "",
        now=unit.now(),
        **values,
    )
