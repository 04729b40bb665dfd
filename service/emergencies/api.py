"""Emergency access for programs: the same operations as the pages, in JSON."""

from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from policies.vocabulary import Level, Section
from service.emergencies import operations
from service.emergencies.rules import NOT_OPENED, Standing
from service.emergencies.schemas import Answer, NewEmergency, NewEmergencyByReference, NewReview
from service.errors import Invalid
from service.unit import Unit
from service.web.problems import PROBLEMS, refusal

T = TypeVar("T")


class OfferOut(msgspec.Struct, frozen=True, kw_only=True):
    """What this seat may open: section and level; whether the next access needs someone else."""

    levels: tuple[tuple[Section, Level], ...]
    opened_lately: int
    second_person: bool
    open_until: datetime | None


class OpenedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a demand; without `until` nothing is open: a second person is asked."""

    access_id: UUID
    situation_id: UUID
    until: datetime | None


class LineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One access; names, reference and situation are empty where this seat may not know them."""

    access_id: UUID
    situation_id: UUID | None
    reference: str
    alias: str
    who: str
    sections: tuple[Section, ...]
    reason_code: str
    basis: str
    hours: int
    standing: Standing
    own: bool
    asked_at: datetime
    opened_at: datetime | None
    ends_at: datetime | None
    review_by: datetime | None
    second_person: bool


class ReviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """A review, as far as this seat may read it."""

    outcome: str
    reviewed_at: datetime
    by: str
    told_on: date | None
    told_by: str
    means: str
    remarks: str
    not_told: str
    late: bool


class AccessOut(msgspec.Struct, frozen=True, kw_only=True):
    """One access with its reason, and what this seat may do with it."""

    line: LineOut
    reason: str
    answered_by: str
    answered_at: datetime | None
    review: ReviewOut | None
    may_answer: bool
    may_close: bool
    may_review: bool


class OpeningApi(Controller):
    """An emergency access on a situation that the seat knows."""

    path = "/api/v1/situations/{situation_id:uuid}/emergency"
    tags = ("emergency",)

    @get("/", name="api_emergency_offer", responses=PROBLEMS)
    async def show_offer(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> OfferOut:
        """Return what this seat may open, before it asks."""
        return _out(await operations.offer(unit, situation_id), OfferOut)

    @post("/", name="api_open_emergency", responses=PROBLEMS)
    async def open(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewEmergency],
    ) -> OpenedOut:
        """Open sections for some hours; the third in thirty days waits for a second person."""
        return _out(await operations.open_emergency(unit, situation_id, data), OpenedOut)

    @delete("/", name="api_close_emergency", responses=PROBLEMS)
    async def close(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> None:
        """Close one's own live accesses to this situation."""
        await operations.close_own(unit, situation_id)


class EmergencyApi(Controller):
    """Emergency accesses that the seat may know of."""

    path = "/api/v1/emergencies"
    tags = ("emergency",)

    @get("/", name="api_emergencies", responses=PROBLEMS)
    async def show_list(self, unit: NamedDependency[Unit]) -> list[LineOut]:
        """Return the accesses, those that wait for a review first."""
        return [_out(line, LineOut) for line in await operations.list_emergencies(unit)]

    @post("/", name="api_open_by_reference", responses=PROBLEMS)
    async def open_by_reference(
        self,
        request: Request[Any, Any, State],
        unit: NamedDependency[Unit],
        data: JSONBody[NewEmergencyByReference],
    ) -> Response[OpenedOut]:
        """Open, by a seat on call, a situation known by its reference only.

        A reference that opens nothing is a 422 on `reference`, whatever the cause, and counts.
        """
        opened = await operations.open_by_reference(unit, data)
        if opened is None:
            return refusal(request.scope["path"], Invalid({"reference": NOT_OPENED}))
        return Response(_out(opened, OpenedOut))

    @get("/{access_id:uuid}", name="api_emergency", responses=PROBLEMS)
    async def show_access(
        self, unit: NamedDependency[Unit], access_id: FromPath[UUID]
    ) -> AccessOut:
        """Return one access."""
        return _out(await operations.read_emergency(unit, access_id), AccessOut)

    @post("/{access_id:uuid}/answer", name="api_answer_emergency", status_code=204,
          responses=PROBLEMS)  # fmt: skip
    async def answer(
        self, unit: NamedDependency[Unit], access_id: FromPath[UUID], data: JSONBody[Answer]
    ) -> None:
        """Grant or decline, as the second person."""
        await operations.answer(unit, access_id, granted=data.granted)

    @post("/{access_id:uuid}/close", name="api_close_someones_emergency", status_code=204,
          responses=PROBLEMS)  # fmt: skip
    async def close(self, unit: NamedDependency[Unit], access_id: FromPath[UUID]) -> None:
        """Close someone's access early, as coordinator or DPO."""
        await operations.close(unit, access_id)

    @post("/{access_id:uuid}/review", name="api_review_emergency", status_code=204,
          responses=PROBLEMS)  # fmt: skip
    async def review(
        self, unit: NamedDependency[Unit], access_id: FromPath[UUID], data: JSONBody[NewReview]
    ) -> None:
        """Write the review."""
        await operations.review(unit, access_id, data)


ROUTES: Final = (OpeningApi, EmergencyApi)


def _out(value: object, kind: type[T]) -> T:
    return msgspec.convert(value, kind, from_attributes=True)
