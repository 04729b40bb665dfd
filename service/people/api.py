"""Signing in and out, seats, sessions, invitations: for programs.

The session travels in the same cookie as on screen; unsafe requests also carry the header
`X-CSRF-Token` with the value that opening a session, or taking a seat, has answered.
"""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from service.people import operations
from service.people.cookies import known_cookie, session_cookie, visit_of
from service.people.schemas import (
    AcceptIn,
    InvitationIn,
    InvitationLine,
    Invited,
    NewInvitation,
    PasswordIn,
    SeatChoice,
    SeatIn,
    SeatOut,
    SessionLine,
    SessionOut,
    SignInIn,
)
from service.unit import Actor, Unit
from service.web.problems import PROBLEMS
from service.web.provide import Found, csrf_of, door_of, provide_quiet_unit

Asked = Request[Any, Any, State]


def _found(request: Asked) -> Found:
    found: Found = request.state.found
    return found


def _session(token: str, actor: Actor | None) -> SessionOut:
    seat = None
    if actor is not None:
        seat = SeatOut(
            employment_id=actor.employment_id,
            title=actor.title,
            organisation=actor.organisation_name,
            clsm=actor.clsm_name,
        )
    return SessionOut(csrf_token=csrf_of(token), name=actor.name if actor else "", seat=seat)


class SessionApi(Controller):
    """`/api/v1/session`: the present session."""

    path = "/api/v1/session"
    tags = ["session"]  # noqa: RUF012 — Litestar's own way
    dependencies = {"quiet_unit": Provide(provide_quiet_unit)}  # noqa: RUF012

    @post("/", name="api_sign_in", responses=PROBLEMS)
    async def sign_in(self, request: Asked, data: JSONBody[SignInIn]) -> Response[SessionOut]:
        """Open a session; without a seat when the person holds several."""
        opened = await operations.sign_in(
            door_of(request).workplace, visit_of(request), email=data.email, password=data.password
        )
        answer = Response(_session(opened.token, opened.actor), status_code=201)
        answer.set_cookie(session_cookie(request, opened.token))
        answer.set_cookie(known_cookie(request, opened.known))
        return answer

    @get("/", name="api_session", responses=PROBLEMS)
    async def read_session(self, request: Asked, session_unit: NamedDependency[Unit]) -> SessionOut:
        """Return whose session this is, and its CSRF token."""
        actor = session_unit.actor if session_unit.known else None
        return _session(request.state.session_token, actor)

    @delete("/", name="api_sign_out", status_code=204, responses=PROBLEMS)
    async def sign_out(self, request: Asked, session_unit: NamedDependency[Unit]) -> Response[None]:
        """End the session."""
        await operations.sign_out(
            session_unit, _found(request).account_id, request.state.session_token
        )
        answer = Response(None, status_code=204)
        answer.set_cookie(session_cookie(request, ""))
        return answer

    @get("/seats", name="api_seats", responses=PROBLEMS)
    async def list_seats(
        self, request: Asked, session_unit: NamedDependency[Unit]
    ) -> tuple[SeatChoice, ...]:
        """Return the seats among which to choose."""
        return await operations.list_seats(session_unit, _found(request).account_id)

    @post("/seat", name="api_choose_seat", status_code=200, responses=PROBLEMS)
    async def choose_seat(
        self, request: Asked, session_unit: NamedDependency[Unit], data: JSONBody[SeatIn]
    ) -> Response[SessionOut]:
        """Act in a seat; the cookie and the CSRF token change."""
        fresh = await operations.choose_seat(
            session_unit,
            _found(request).account_id,
            request.state.session_token,
            data.employment_id,
        )
        answer = Response(_session(fresh, session_unit.actor), status_code=200)
        answer.set_cookie(session_cookie(request, fresh))
        return answer

    @post("/password", name="api_change_password", status_code=204, responses=PROBLEMS)
    async def change_password(
        self, request: Asked, quiet_unit: NamedDependency[Unit], data: JSONBody[PasswordIn]
    ) -> None:
        """Change one's password; every other session ends."""
        found = _found(request)
        await operations.change_password(
            quiet_unit,
            found.account_id,
            found.session_id,
            old=data.old_password,
            new=data.new_password,
        )


class SessionsApi(Controller):
    """`/api/v1/sessions`: all of one's own."""

    path = "/api/v1/sessions"
    tags = ["session"]  # noqa: RUF012

    @get("/", name="api_sessions", responses=PROBLEMS)
    async def list_sessions(
        self, request: Asked, session_unit: NamedDependency[Unit]
    ) -> tuple[SessionLine, ...]:
        """Return one's own live sessions."""
        found = _found(request)
        return await operations.list_sessions(session_unit, found.account_id, found.session_id)

    @delete("/{session_id:uuid}", name="api_revoke_session", responses=PROBLEMS)
    async def revoke_session(
        self, request: Asked, session_unit: NamedDependency[Unit], session_id: FromPath[UUID]
    ) -> None:
        """End one of one's own sessions."""
        await operations.revoke_session(session_unit, _found(request).account_id, session_id)


class InvitationApi(Controller):
    """`/api/v1/invitations`: to invite, to take back, to accept."""

    path = "/api/v1/invitations"
    tags = ["invitations"]  # noqa: RUF012

    @get("/", name="api_invitations", responses=PROBLEMS)
    async def list_invitations(self, unit: NamedDependency[Unit]) -> tuple[InvitationLine, ...]:
        """Return the invitations that wait."""
        return await operations.list_invitations(unit)

    @post("/", name="api_invite", responses=PROBLEMS)
    async def invite(self, unit: NamedDependency[Unit], data: JSONBody[InvitationIn]) -> Invited:
        """Invite someone; the token is in this answer only."""
        return await operations.invite(
            unit,
            NewInvitation(
                organisation_id=data.organisation_id,
                email=data.email,
                category=data.category,
                function=data.function,
                title=data.title,
                secrecy_basis=data.secrecy_basis,
            ),
        )

    @delete("/{invitation_id:uuid}", name="api_revoke_invitation", responses=PROBLEMS)
    async def revoke_invitation(
        self, unit: NamedDependency[Unit], invitation_id: FromPath[UUID]
    ) -> None:
        """Take an invitation back."""
        await operations.revoke_invitation(unit, invitation_id)

    @post("/accept", name="api_accept_invitation", status_code=204, responses=PROBLEMS)
    async def accept_invitation(self, request: Asked, data: JSONBody[AcceptIn]) -> None:
        """Use an invitation; signing in comes after."""
        await operations.accept_invitation(
            door_of(request).workplace,
            visit_of(request),
            token=data.token,
            name=data.name,
            password=data.password,
        )


ROUTES = (SessionApi, SessionsApi, InvitationApi)
