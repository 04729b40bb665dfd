"""Signing in and out, choosing a seat, one's account, invitations: on screen."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from policies.vocabulary import ProfessionalCategory
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.partners.rules import CATEGORIES, FUNCTIONS, SECRECY_BASES
from service.people import operations
from service.people.cookies import known_cookie, session_cookie, visit_of
from service.people.rules import INVITATION_LASTS, LONGEST_EMAIL, LONGEST_PASSWORD, safe_next
from service.people.schemas import Invited, NewInvitation
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.provide import Found, door_of, provide_quiet_unit
from service.web.render import Page, page

SIGNED_OUT: Final = announce("signed-out", "Vous êtes déconnecté·e.")
PASSWORD_CHANGED: Final = announce(
    "password-changed", "Votre mot de passe est changé. Vos autres sessions sont fermées."
)
SESSION_REVOKED: Final = announce("session-revoked", "Cette session est fermée.")
INVITATION_REVOKED: Final = announce("invitation-revoked", "L'invitation est retirée.")
INVITATION_ACCEPTED: Final = announce(
    "invitation-accepted", "Votre poste est ouvert. Connectez-vous pour commencer."
)

Asked = Request[Any, Any, State]


def _found(request: Asked) -> Found:
    """Return the session that the unit's provider found."""
    found: Found = request.state.found
    return found


def _password(form: Form, name: str) -> str:
    """Return a password as it was typed: spaces count, nothing is cut."""
    values = form.values.get(name, [""])
    if not values[0]:
        form.errors[name] = "Indiquez votre mot de passe."
    elif len(values[0]) > LONGEST_PASSWORD:
        form.errors[name] = f"Un mot de passe a au plus {LONGEST_PASSWORD} caractères."
    return values[0]


class SignInPages(Controller):
    """`/sign-in` and `/sign-out`. No transaction is open while a password is computed."""

    @get("/sign-in", name="sign_in")
    async def show_sign_in(self, request: Asked, next: FromQuery[str] = "/") -> Page:  # noqa: A002 — its name in the address
        """Show the form; no session is made for whoever only looks."""
        return _sign_in_page(request, {"next": safe_next(next)})

    @post("/sign-in", name="open_session", status_code=303)
    async def open_session(self, request: Asked, form: NamedDependency[Form]) -> Redirect | Page:
        """Open a session, then go where the person was going, or to their seats."""
        wanted = safe_next(form.raw().get("next", "/"))
        try:
            form.only({"email", "password", "next"})
            email = form.line("email", required="Indiquez votre adresse.", longest=LONGEST_EMAIL)
            password = _password(form, "password")
            form.check()
            opened = await operations.sign_in(
                door_of(request).workplace, visit_of(request), email=email, password=password
            )
        except Invalid as wrong:
            return _sign_in_page(request, form.raw() | {"next": wanted}, wrong.fields)
        target = Redirect(wanted if opened.actor else f"/seats?next={wanted}", status_code=303)
        target.set_cookie(session_cookie(request, opened.token))
        target.set_cookie(known_cookie(request, opened.known))
        return target

    @post("/sign-out", name="close_session", status_code=303)
    async def close_session(self, request: Asked, session_unit: NamedDependency[Unit]) -> Redirect:
        """End the session, on the server first."""
        await operations.sign_out(
            session_unit, _found(request).account_id, request.state.session_token
        )
        target = Redirect(f"/sign-in?done={SIGNED_OUT}", status_code=303)
        target.set_cookie(session_cookie(request, ""))
        return target


def _sign_in_page(
    request: Asked, typed: dict[str, str], errors: dict[str, str] | None = None
) -> Page:
    return page(
        "people/sign_in.html",
        context=frame(request),
        status_code=422 if errors else 200,
        errors=errors or {},
        email=typed.get("email", ""),
        wanted=typed["next"],
    )


class SeatPages(Controller):
    """`/seats`: a person acts in one seat at a time."""

    path = "/seats"

    @get("/", name="seats")
    async def show_seats(
        self,
        request: Asked,
        session_unit: NamedDependency[Unit],
        next: FromQuery[str] = "/",  # noqa: A002 — its name in the address
    ) -> Page:
        """Show the seats among which to choose."""
        return await _seats_page(request, session_unit, safe_next(next))

    @post("/", name="choose_seat", status_code=303)
    async def choose_seat(
        self, request: Asked, session_unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Take a seat; the cookie changes with it."""
        wanted = safe_next(form.raw().get("next", "/"))
        account_id, token = _found(request).account_id, request.state.session_token
        try:
            form.only({"employment_id", "next"})
            chosen = form.uuid("employment_id", required="Choisissez un poste.")
            form.check()
            fresh = await operations.choose_seat(
                session_unit, account_id, token, chosen or UUID(int=0)
            )
        except Invalid as wrong:
            session_unit.undo()
            return await _seats_page(request, session_unit, wanted, wrong.fields)
        target = Redirect(wanted, status_code=303)
        target.set_cookie(session_cookie(request, fresh))
        return target


async def _seats_page(
    request: Asked, unit: Unit, wanted: str, errors: dict[str, str] | None = None
) -> Page:
    return page(
        "people/seats.html",
        context=frame(request),
        status_code=422 if errors else 200,
        errors=errors or {},
        seats=await operations.list_seats(unit, _found(request).account_id),
        wanted=wanted,
    )


class AccountPages(Controller):
    """`/account`: one's own sessions and password."""

    path = "/account"
    dependencies = {"quiet_unit": Provide(provide_quiet_unit)}  # noqa: RUF012 — Litestar's own way

    @get("/", name="account")
    async def show_account(self, request: Asked, session_unit: NamedDependency[Unit]) -> Page:
        """Show one's seat, pledge and sessions."""
        return await _account_page(request, session_unit)

    @post("/sessions/{session_id:uuid}/revoke", name="revoke_session", status_code=303)
    async def revoke_session(
        self, request: Asked, session_unit: NamedDependency[Unit], session_id: FromPath[UUID]
    ) -> Redirect:
        """End one of one's own sessions."""
        await operations.revoke_session(session_unit, _found(request).account_id, session_id)
        return Redirect(f"/account?done={SESSION_REVOKED}", status_code=303)

    @get("/password", name="password")
    async def show_password(self, request: Asked, session_unit: NamedDependency[Unit]) -> Page:
        """Show the form; nothing is read but the session."""
        del session_unit
        return _password_page(request)

    @post("/password", name="change_password", status_code=303)
    async def change_password(
        self, request: Asked, quiet_unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Change one's password; every other session ends."""
        found = _found(request)
        try:
            form.only({"old_password", "new_password"})
            old, new = _password(form, "old_password"), _password(form, "new_password")
            form.check()
            await operations.change_password(
                quiet_unit, found.account_id, found.session_id, old=old, new=new
            )
        except Invalid as wrong:
            quiet_unit.undo()
            return _password_page(request, wrong.fields)
        return Redirect(f"/account?done={PASSWORD_CHANGED}", status_code=303)


async def _account_page(request: Asked, unit: Unit) -> Page:
    found = _found(request)
    return page(
        "people/account.html",
        context=frame(request),
        actor=found.actor,
        category=CATEGORIES[ProfessionalCategory(found.actor.category)] if found.actor else None,
        pledge_until=await partners.pledge_until(unit) if found.actor else None,
        sessions=await operations.list_sessions(unit, found.account_id, found.session_id),
        several=len(await operations.list_seats(unit, found.account_id)) > 1,
    )


def _password_page(request: Asked, errors: dict[str, str] | None = None) -> Page:
    return page(
        "people/password.html",
        context=frame(request),
        status_code=422 if errors else 200,
        errors=errors or {},
    )


class InvitationPages(Controller):
    """`/invitations`: to invite, to take back, to accept."""

    path = "/invitations"

    @get("/", name="invitations")
    async def show_invitations(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show the invitations that wait."""
        return page(
            "people/invitations.html",
            context=frame(request, nav="/directory"),
            invitations=await operations.list_invitations(unit),
        )

    @get("/new", name="new_invitation")
    async def show_form(
        self, request: Asked, unit: NamedDependency[Unit], organisation: FromQuery[UUID]
    ) -> Page:
        """Show the form for one organisation."""
        view = await partners.read_organisation(unit, organisation)
        return _invitation_form(request, view, {})

    @post("/", name="invite", status_code=201)
    async def invite(
        self, request: Asked, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Page:
        """Invite, and show the link once."""
        organisation_id = form.uuid("organisation_id", required="Rechargez la page.")
        form.check()
        view = await partners.read_organisation(unit, organisation_id or UUID(int=0))
        try:
            invited = await operations.invite(
                unit, _wanted(form, view.organisation.organisation_id)
            )
        except Invalid as wrong:
            unit.undo()
            return _invitation_form(request, view, form.raw(), wrong.fields)
        except Conflict as wrong:
            unit.undo()
            return _invitation_form(request, view, form.raw(), {"email": wrong.sentence}, 409)
        return _invited_page(request, invited, view.organisation.name)

    @post("/{invitation_id:uuid}/revoke", name="revoke_invitation", status_code=303)
    async def revoke(self, unit: NamedDependency[Unit], invitation_id: FromPath[UUID]) -> Redirect:
        """Take an invitation back."""
        await operations.revoke_invitation(unit, invitation_id)
        return Redirect(f"/invitations?done={INVITATION_REVOKED}", status_code=303)

    @get("/accept/{token:str}", name="invitation")
    async def show_proposal(self, request: Asked, token: FromPath[str]) -> Page:
        """Show what a link proposes."""
        return await _proposal_page(request, token, {})

    @post("/accept/{token:str}", name="accept_invitation", status_code=303)
    async def accept(
        self, request: Asked, token: FromPath[str], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Accept: a name and a password, or the password of the account that exists."""
        try:
            form.only({"name", "password"})
            name, password = form.line("name"), _password(form, "password")
            form.check()
            await operations.accept_invitation(
                door_of(request).workplace,
                visit_of(request),
                token=token,
                name=name,
                password=password,
            )
        except Invalid as wrong:
            return await _proposal_page(request, token, form.raw(), wrong.fields)
        return Redirect(f"/sign-in?done={INVITATION_ACCEPTED}", status_code=303)


def _wanted(form: Form, organisation_id: UUID) -> NewInvitation:
    form.only({"organisation_id", "email", "title", "function", "category", "secrecy_basis"})
    wanted = NewInvitation(
        organisation_id=organisation_id,
        email=form.line("email", required="Indiquez son adresse.", longest=LONGEST_EMAIL),
        title=form.line("title", required="Indiquez la fonction telle qu'elle se dit."),
        function=form.choice("function", FUNCTIONS, required="Choisissez une fonction."),
        category=form.choice(
            "category", tuple(map(str, CATEGORIES)), required="Choisissez une catégorie."
        ),
        secrecy_basis=form.choice("secrecy_basis", SECRECY_BASES),
    )
    form.check()
    return wanted


def _invitation_form(
    request: Asked,
    view: Any,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    status_code: int = 422,
) -> Page:
    return page(
        "people/invitation_form.html",
        context=frame(request, nav="/directory"),
        status_code=status_code if errors else 200,
        errors=errors or {},
        view=view,
        typed={
            name: typed.get(name, "")
            for name in ("email", "title", "function", "category", "secrecy_basis")
        },
        functions=sorted(FUNCTIONS.items(), key=lambda item: item[1]),
        categories=[(str(code), found.label, found.article) for code, found in CATEGORIES.items()],
        bases=list(SECRECY_BASES.items()) if view.organisation.kind == "CCAS" else [],
    )


def _invited_page(request: Asked, invited: Invited, organisation: str) -> Page:
    origin = door_of(request).workplace.settings.origin
    return page(
        "people/invited.html",
        context=frame(request, nav="/directory"),
        status_code=201,
        invited=invited,
        organisation=organisation,
        days=INVITATION_LASTS.days,
        link=f"{origin}/invitations/accept/{invited.token}",
    )


async def _proposal_page(
    request: Asked, token: str, typed: dict[str, str], errors: dict[str, str] | None = None
) -> Page:
    try:
        proposal = await operations.read_invitation(door_of(request).workplace, token)
    except Invalid as wrong:
        return page(
            "people/unusable.html",
            context=frame(request),
            status_code=404,
            sentence=wrong.fields["token"],
        )
    return page(
        "people/accept.html",
        context=frame(request),
        status_code=422 if errors else 200,
        errors=errors or {},
        proposal=proposal,
        name=typed.get("name", ""),
    )


ROUTES = (SignInPages, SeatPages, AccountPages, InvitationPages)
