"""Rights explained for programs: why, who, when, and the whole map, in JSON."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from policies.vocabulary import Section
from service.errors import NotFound
from service.sharing import operations
from service.sharing.rules.viewpoint import Viewpoint, told_by, viewpoint
from service.sharing.schemas.explaining import (
    AccessLineOut,
    AccessMapOut,
    AccessOut,
    AccessView,
    MapSeat,
    MapSeatOut,
    MapSectionOut,
)
from service.unit import Unit
from service.web.problems import PROBLEMS


class AccessApi(Controller):
    """Who may read what of a situation, and why: now, or at another instant."""

    path = "/api/v1/situations/{situation_id:uuid}"
    tags = ("access",)

    @get("/access", name="api_access_map", responses=PROBLEMS)
    async def show_map(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        at: FromQuery[datetime | None] = None,
        known_at: FromQuery[datetime | None] = None,
    ) -> AccessMapOut:
        """Return the accesses of a situation: one's own, and others' as far as one may hear.

        `at` is the instant asked about (now by default, a year ahead at most), `known_at` what is
        taken as known (by default what was known at `at`).
        """
        view = await operations.read_map(unit, situation_id, _when(unit, at, known_at))
        return AccessMapOut(
            at=view.asked.at,
            known_at=view.asked.known_at,
            policy=view.asked.policy,
            policy_number=view.asked.policy_number,
            own=_seat(view.own) if view.own else None,
            seats=tuple(_seat(one) for one in view.seats),
            sections=tuple(
                msgspec.convert(one, MapSectionOut, from_attributes=True) for one in view.sections
            ),
            full=view.full,
        )

    @get("/sections/{section:str}/access", name="api_section_access", responses=PROBLEMS)
    async def show_access(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        at: FromQuery[datetime | None] = None,
        known_at: FromQuery[datetime | None] = None,
    ) -> AccessOut:
        """Return who may read one section and why; for one's own seat, why not, and until when.

        `at` and `known_at` are those of the map.
        """
        if section not in set(Section) or section == Section.SITUATION:
            raise NotFound
        return _access(
            await operations.read_access(
                unit, situation_id, Section(section), _when(unit, at, known_at)
            )
        )


ROUTES: Final = (AccessApi,)


def _when(unit: Unit, at: datetime | None, known_at: datetime | None) -> Viewpoint | None:
    if at is None and known_at is None:
        return None
    return viewpoint(unit.now(), told_by(at, "at"), told_by(known_at, "known_at"))


def _access(view: AccessView) -> AccessOut:
    return AccessOut(
        section=view.section,
        at=view.asked.at,
        known_at=view.asked.known_at,
        policy=view.asked.policy,
        policy_number=view.asked.policy_number,
        level=view.level,
        grounds=view.grounds,
        reasons=view.reasons,
        holds_until=view.holds_until,
        ends=view.ends,
        lines=tuple(
            msgspec.convert(line, AccessLineOut, from_attributes=True) for line in view.lines
        ),
        full=view.full,
        told=view.told,
        ask=view.ask,
    )


def _seat(one: MapSeat) -> MapSeatOut:
    return msgspec.convert(one, MapSeatOut, from_attributes=True)
