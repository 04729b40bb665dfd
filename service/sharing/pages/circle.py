"""Pages of the circle: who belongs, why, until when; what the coordinator does with it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from service.clock import paris
from service.errors import Conflict, Invalid, NotFound
from service.sharing import operations
from service.sharing.pages.framing import (
    ASK_SEAT,
    WebRequest,
    back_to,
    base,
    mistakes,
    situation_page,
)
from service.sharing.pages.guests import LABELS
from service.sharing.pages.requests import REASONS
from service.sharing.rules import (
    CIRCLE_MONTHS,
    MODE_LABELS,
    REASON_LABELS,
)
from service.sharing.rules.exceptions import EXCEPTION_LABELS
from service.sharing.rules.invitations import (
    ANSWER_WITHIN_DAYS,
    DECLINE_LABELS,
    INVITATION_LABELS,
    answer_by,
)
from service.sharing.schemas import CircleView, Member
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce
from service.web.render import Page

INVITED: Final = announce(
    "circle-invited", "L'invitation est envoyée. Rien ne s'ouvre avant qu'elle soit acceptée."
)
RESENT: Final = announce("circle-invited-again", "L'invitation est renvoyée.")
TAKEN_BACK: Final = announce("circle-invitation-withdrawn", "L'invitation est retirée.")
ASKED: Final = announce(
    "circle-renewal-asked", "Votre demande de prolongation est transmise à la coordination."
)
CHARGED: Final = announce(
    "informing-designated", "Ce professionnel est chargé d'informer la personne, pour trente jours."
)
RENEWED: Final = announce("circle-renewed", "La place est prolongée de six mois.")
LEFT: Final = announce("circle-left", "La place a pris fin : elle n'ouvre plus rien.")
LED: Final = announce("lead-designated", "Le pilote de la situation est désigné.")
CONFLICT: Final = announce(
    "conflict-declared", "Le conflit d'intérêts est déclaré : les rubriques sont fermées."
)
LIFTED: Final = announce("conflict-lifted", "Le conflit d'intérêts est levé.")
MANDATED: Final = announce("mandate-recorded", "L'étendue du mandat est enregistrée.")
MISSION: Final = announce("mission-opened", "La mission est ouverte.")
MISSION_OVER: Final = announce("mission-closed", "La mission a pris fin.")
LINKED: Final = announce("care-team-linked", "L'équipe de soins est enregistrée.")
ASK_REASON: Final = "Choisissez pourquoi ce poste est invité."


class Role(StrEnum):
    """What a seat is called for."""

    MEMBER = "member"
    INFORMING = "informing"
    MISSION = "mission"


class CirclePages(Controller):
    """`/situations/{id}/circle`: who belongs, and what the coordinator does with it."""

    path = "/situations/{situation_id:uuid}/circle"

    @get("/", name="circle")
    async def show_circle(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the circle."""
        return await _circle_page(request, unit, situation_id, {})

    @get("/new", name="new_place")
    async def show_new_place(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        organisation: FromQuery[UUID | None] = None,
    ) -> Page:
        """Show the seats of one organisation, to choose one."""
        return await _place_form(request, unit, situation_id, organisation, {}, {})

    @post("/new", name="invite_to_circle")
    async def invite(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Invite the chosen seat, or charge it with informing the person or with a mission."""
        organisation = form.uuid("organisation")
        seat = form.uuid("employment_id", required=ASK_SEAT)
        role = form.choice("role", set(Role), required="Choisissez ce qui est demandé à ce poste.")
        try:
            form.check()
            done = await _seat_for(unit, form, situation_id, seat or situation_id, Role(role))
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _place_form(
                request, unit, situation_id, organisation, form.raw(), mistakes(wrong)
            )
        return back_to(situation_id, "circle", done)

    @post("/renewal", name="ask_renewal")
    async def ask_renewal(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Redirect:
        """Ask for one's own place to be renewed."""
        await operations.ask_renewal(unit, situation_id)
        return back_to(situation_id, "circle", ASKED)

    @post("/invitations/{invitation_id:uuid}/withdrawal", name="withdraw_invitation")
    async def withdraw_invitation(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        invitation_id: FromPath[UUID],
    ) -> Redirect:
        """Take back an invitation that waits."""
        await operations.withdraw_invitation(unit, situation_id, invitation_id)
        return back_to(situation_id, "circle", TAKEN_BACK)

    @post("/invitations/{invitation_id:uuid}/resending", name="resend_invitation")
    async def resend_invitation(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        invitation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Send an invitation again, with a new deadline."""
        try:
            await operations.resend_invitation(unit, situation_id, invitation_id)
        except Invalid as wrong:
            unit.undo()
            return await _circle_page(request, unit, situation_id, wrong.fields)
        return back_to(situation_id, "circle", RESENT)

    @get("/conflict", name="own_conflict")
    async def ask_own_conflict(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Ask before closing every section to one's own seat."""
        view = await operations.read_circle(unit, situation_id)
        return await situation_page(
            request, unit, situation_id, "sharing/conflict.html",
            act=f"{base(situation_id)}/circle/{unit.actor.employment_id}/conflict",
            circle=view, whose=None,
        )  # fmt: skip

    @get("/{employment_id:uuid}/declaring", name="declare_conflict_of")
    async def ask_conflict(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> Page:
        """Ask the coordinator before closing every section to a member."""
        view = await operations.read_circle(unit, situation_id)
        if not view.may_grant:
            raise NotFound
        return await situation_page(
            request, unit, situation_id, "sharing/conflict.html",
            act=f"{base(situation_id)}/circle/{employment_id}/conflict",
            circle=view, whose=_member(view, employment_id),
        )  # fmt: skip

    @get("/leave", name="own_leave")
    async def ask_own_leave(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Ask before leaving the circle."""
        view = await operations.read_circle(unit, situation_id)
        mine = _member(view, unit.actor.employment_id)
        return await situation_page(request, unit, situation_id, "sharing/leave.html", member=mine)

    @get("/{employment_id:uuid}", name="place")
    async def show_place(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> Page:
        """Show what the coordinator may do with one place."""
        return await _seat_page(request, unit, situation_id, employment_id, {}, {})

    @post("/{employment_id:uuid}/{act:str}", name="change_place")
    async def change_place(  # noqa: PLR0913 — given one by one by the framework
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
        act: FromPath[str],
    ) -> Page | Redirect:
        """Do one act on one place."""
        known = _acts(unit, form, situation_id, employment_id)
        if act not in known:
            raise NotFound
        operation, done = known[act]
        try:
            await operation()
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _seat_page(
                request, unit, situation_id, employment_id, form.raw(), mistakes(wrong)
            )
        own = employment_id == unit.actor.employment_id and act == "end"
        return Redirect("/situations") if own else back_to(situation_id, "circle", done)


ROUTES: Final = (CirclePages,)


async def _circle_page(
    request: WebRequest, unit: Unit, situation_id: UUID, errors: Mapping[str, str]
) -> Page:
    view = await operations.read_circle(unit, situation_id)
    return await situation_page(
        request, unit, situation_id, "sharing/circle.html",
        errors=errors, status_code=422 if errors else 200,
        circle=view, reasons=REASON_LABELS, modes=MODE_LABELS, now=unit.now(),
        guests=await operations.read_guests(unit, situation_id), offers=LABELS,
        requests=await operations.read_requests(unit, situation_id), asks=REASONS,
        states=INVITATION_LABELS, answers=DECLINE_LABELS, bases=EXCEPTION_LABELS,
    )  # fmt: skip


async def _seat_for(
    unit: Unit, form: Form, situation_id: UUID, employment_id: UUID, role: Role
) -> str:
    """Do what a seat is called for; return what is then said."""
    if role is Role.INFORMING:
        await operations.designate_informing(unit, situation_id, employment_id)
        return CHARGED
    if role is Role.MISSION:
        procedure = form.raw().get("procedure", "")
        await operations.open_mission(unit, situation_id, employment_id, procedure)
        return MISSION
    reason = form.choice("reason", set(REASON_LABELS), required=ASK_REASON)
    until, answer_on = form.day("until"), form.day("answer_by")
    replaced = form.uuid("substitutes_for")
    form.check()
    await operations.invite_to_circle(
        unit,
        situation_id,
        employment_id,
        reason,
        until=paris(until, hour=12) if until else None,
        answer_on=answer_on,
        substitutes_for=replaced,
    )
    return INVITED


def _acts(
    unit: Unit, form: Form, situation_id: UUID, employment_id: UUID
) -> Mapping[str, tuple[Any, str]]:
    """Return what may be done with a place: its word in the address, the act, what is said."""

    async def link() -> None:
        other = form.uuid("other_id", required=ASK_SEAT)
        form.check()
        await operations.link_care_team(
            unit, situation_id, employment_id, other or employment_id, form.raw().get("basis", "")
        )

    def plain(operation: Any, *given: str) -> Any:
        async def act() -> None:
            await operation(unit, situation_id, employment_id, *given)

        return act

    return {
        "renew": (plain(operations.renew_circle), RENEWED),
        "end": (plain(operations.leave_circle), LEFT),
        "lead": (plain(operations.designate_lead), LED),
        "informing": (plain(operations.designate_informing), CHARGED),
        "conflict": (plain(operations.declare_conflict), CONFLICT),
        "lift": (plain(operations.lift_conflict), LIFTED),
        "mandate": (plain(operations.record_mandate, form.raw().get("scope", "")), MANDATED),
        "mission": (plain(operations.open_mission, form.raw().get("procedure", "")), MISSION),
        "mission-end": (plain(operations.close_mission), MISSION_OVER),
        "care-team": (link, LINKED),
    }


async def _place_form(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    organisation: UUID | None,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Page:
    organisations, seats, replaceable = await operations.candidates(
        unit, situation_id, organisation
    )
    return await situation_page(
        request, unit, situation_id, "sharing/new_place.html",
        errors=errors, status_code=422 if errors else 200,
        organisations=sorted(organisations.items(), key=lambda one: one[1].casefold()),
        organisation=organisation if organisation in organisations else None,
        seats=seats, typed=typed, until=_typed_day(typed, "until"), reasons=REASON_LABELS,
        answer_by=_typed_day(typed, "answer_by"), replaceable=replaceable,
        months=CIRCLE_MONTHS, days=ANSWER_WITHIN_DAYS, waits=answer_by(unit.now()),
    )  # fmt: skip


async def _seat_page(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Page:
    view = await operations.read_circle(unit, situation_id)
    if not view.may_grant:
        raise NotFound
    member = _member(view, employment_id)
    return await situation_page(
        request, unit, situation_id, "sharing/place.html",
        errors=errors, status_code=422 if errors else 200,
        member=member, circle=view, typed=typed, reasons=REASON_LABELS,
        live=member in view.members,
        others=[one for one in view.members if one.employment_id != employment_id],
    )  # fmt: skip


def _member(view: CircleView, employment_id: UUID) -> Member:
    for one in (*view.members, *view.former):
        if one.employment_id == employment_id:
            return one
    raise NotFound


def _typed_day(typed: Mapping[str, str], name: str) -> Any:
    parts = {part: typed.get(f"{name}-{part}", "") for part in ("day", "month", "year")}
    return parts if any(parts.values()) else ""
