"""The directory, an organisation and its seats, the charter and one's pledge: on screen."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from service.errors import Conflict, Invalid
from service.partners import operations
from service.partners.rules import FIELD_LABELS, KINDS, OFFICES, Field
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

Asked = Request[Any, Any, State]

ORGANISATION_CREATED: Final = announce("organisation-created", "L'organisation est ajoutée.")
CONFIRMED: Final = announce("category-confirmed", "La catégorie est confirmée pour un an.")
OFFICE_GRANTED: Final = announce("office-granted", "La charge est donnée.")
OFFICE_ENDED: Final = announce("office-ended", "La charge est retirée.")
PLEDGE_SIGNED: Final = announce("pledge-signed", "Votre engagement est signé.")
LARGEST_PAGE: Final = 1000


class DirectoryPages(Controller):
    """`/directory`: a search is posted, so that no name is left in an address."""

    path = "/directory"

    @get("/", name="directory")
    async def show_directory(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        field: FromQuery[str] = "",
        page_number: FromQuery[str] = "1",
    ) -> Page:
        """Show one page of the organisations, all fields or one."""
        chosen = Field(field) if field in set(Field) else None
        found = await operations.read_directory(unit, field=chosen, page=_page_of(page_number))
        return page(
            "partners/directory.html",
            context=frame(request),
            directory=found,
            organisations=found.organisations,
            words="",
            **await _around(unit),
        )

    @post("/", name="search_directory", status_code=200)
    async def search(
        self, request: Asked, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Page:
        """Show what matches the words typed."""
        form.only({"words"})
        words = form.line("words", required="Écrivez un nom ou un mot.", longest=100)
        errors = dict(form.errors)
        found = () if errors else await operations.search_directory(unit, words)
        return page(
            "partners/directory.html",
            context=frame(request),
            status_code=422 if errors else 200,
            errors=errors,
            directory=None,
            organisations=found,
            words=form.raw().get("words", ""),
            **await _around(unit),
        )


async def _around(unit: Unit) -> dict[str, Any]:
    return {
        "fields": [(str(code), label) for code, label in FIELD_LABELS.items()],
        "may_add": await operations.may(unit, operations.INVITING),
        "own_organisation": unit.actor.organisation_id,
    }


def _page_of(text: str) -> int:
    """Return a page's number; what is no number is the first page."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return min(max(number, 1), LARGEST_PAGE)


class OrganisationPages(Controller):
    """`/organisations`: an organisation, its people; those who manage them find how here."""

    path = "/organisations"

    @get("/new", name="new_organisation")
    async def show_form(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show the form; the act itself asks for the office."""
        del unit
        return _organisation_form(request, {})

    @post("/", name="create_organisation", status_code=303)
    async def create(
        self, request: Asked, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Add an organisation to this CLSM."""
        try:
            organisation_id = await operations.create_organisation(unit, **_organisation(form))
        except Invalid as wrong:
            unit.undo()
            return _organisation_form(request, form.raw(), wrong.fields)
        except Conflict as wrong:
            unit.undo()
            return _organisation_form(request, form.raw(), {"key": wrong.sentence}, 409)
        return Redirect(
            f"/organisations/{organisation_id}?done={ORGANISATION_CREATED}", status_code=303
        )

    @get("/{organisation_id:uuid}", name="organisation")
    async def show(
        self, request: Asked, unit: NamedDependency[Unit], organisation_id: FromPath[UUID]
    ) -> Page:
        """Show an organisation and its people."""
        return page(
            "partners/organisation.html",
            context=frame(request, nav="/directory"),
            view=await operations.read_organisation(unit, organisation_id),
        )


def _organisation(form: Form) -> dict[str, str]:
    form.only({"key", "name", "kind", "phone"})
    values = {
        "key": form.line("key", required="Indiquez un code court.", longest=40),
        "name": form.line("name", required="Indiquez son nom."),
        "kind": form.choice("kind", tuple(map(str, KINDS)), required="Choisissez un type."),
        "phone": form.line("phone", longest=40),
    }
    form.check()
    return values


def _organisation_form(
    request: Asked,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    status_code: int = 422,
) -> Page:
    return page(
        "partners/organisation_form.html",
        context=frame(request, nav="/directory"),
        status_code=status_code if errors else 200,
        errors=errors or {},
        typed={name: typed.get(name, "") for name in ("key", "name", "kind", "phone")},
        kinds=[
            (str(kind), f"{FIELD_LABELS[field]} : {label}")
            for kind, (field, label) in KINDS.items()
        ],
    )


class EmploymentPages(Controller):
    """`/employments`: one seat, for who manages its organisation."""

    path = "/employments"

    @get("/{employment_id:uuid}", name="employment")
    async def show(
        self, request: Asked, unit: NamedDependency[Unit], employment_id: FromPath[UUID]
    ) -> Page:
        """Show a seat, its category, its offices."""
        return await _seat_page(request, unit, employment_id)

    @post("/{employment_id:uuid}/confirm", name="confirm_category", status_code=303)
    async def confirm(
        self,
        unit: NamedDependency[Unit],
        employment_id: FromPath[UUID],
        form: NamedDependency[Form],
    ) -> Redirect:
        """Confirm the category for a year."""
        version = form.version()
        form.check()
        await operations.confirm_category(unit, employment_id, version)
        return Redirect(f"/employments/{employment_id}?done={CONFIRMED}", status_code=303)

    @post("/{employment_id:uuid}/offices", name="grant_office", status_code=303)
    async def grant(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        employment_id: FromPath[UUID],
        form: NamedDependency[Form],
    ) -> Redirect | Page:
        """Give an office."""
        try:
            form.only({"kind", "cell_id"})
            kind = form.choice("kind", tuple(map(str, OFFICES)), required="Choisissez une charge.")
            cell_id = form.uuid("cell_id")
            form.check()
            await operations.grant_office(unit, employment_id, kind, cell_id)
        except Invalid as wrong:
            unit.undo()
            return await _seat_page(request, unit, employment_id, errors=wrong.fields)
        except Conflict as wrong:
            unit.undo()
            return await _seat_page(request, unit, employment_id, errors={"kind": wrong.sentence})
        return Redirect(f"/employments/{employment_id}?done={OFFICE_GRANTED}", status_code=303)


class OfficePages(Controller):
    """`/offices`: an office ends."""

    path = "/offices"

    @post("/{office_id:uuid}/end", name="end_office", status_code=303)
    async def end(
        self, request: Asked, unit: NamedDependency[Unit], office_id: FromPath[UUID]
    ) -> Redirect | Page:
        """End an office now."""
        holder = await operations.holder_of(unit, office_id)
        try:
            await operations.end_office(unit, office_id)
        except Invalid as wrong:
            unit.undo()
            return await _seat_page(
                request, unit, holder, errors={"kind": wrong.fields["office_id"]}
            )
        return Redirect(f"/employments/{holder}?done={OFFICE_ENDED}", status_code=303)


async def _seat_page(
    request: Asked,
    unit: Unit,
    employment_id: UUID,
    template: str = "partners/seat.html",
    errors: dict[str, str] | None = None,
) -> Page:
    return page(
        template,
        context=frame(request, nav="/directory"),
        status_code=422 if errors else 200,
        errors=errors or {},
        view=await operations.read_seat(unit, employment_id),
        offices=[(str(code), label) for code, label in OFFICES.items()],
    )


class PledgePages(Controller):
    """`/charter` and `/pledge`: what everyone promises, each year, in each seat."""

    @get("/charter", name="charter")
    async def show_charter(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show the charter in force."""
        return page(
            "partners/charter.html",
            context=frame(request, nav="/account"),
            charter=await operations.read_charter(unit),
        )

    @get("/pledge", name="pledge")
    async def show_pledge(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show where this seat stands, and the charter when it is to be signed."""
        return await _pledge_page(request, unit)

    @post("/pledge", name="sign_pledge", status_code=303)
    async def sign(
        self, request: Asked, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Sign for a year."""
        try:
            form.only({"charter_version", "read"})
            version = form.number(
                "charter_version", least=1, most=1_000_000, required="Rechargez la page."
            )
            if not form.ticked("read"):
                form.errors["read"] = "Cochez la case : vous avez lu la charte."
            form.check()
            await operations.sign_pledge(unit, version or 0)
        except Invalid as wrong:
            unit.undo()
            return await _pledge_page(request, unit, wrong.fields)
        return Redirect(f"/pledge?done={PLEDGE_SIGNED}", status_code=303)


async def _pledge_page(request: Asked, unit: Unit, errors: dict[str, str] | None = None) -> Page:
    return page(
        "partners/pledge.html",
        context=frame(request, nav="/account"),
        status_code=422 if errors else 200,
        errors=errors or {},
        pledge=await operations.read_pledge(unit),
        actor=unit.actor,
    )


ROUTES = (DirectoryPages, OrganisationPages, EmploymentPages, OfficePages, PledgePages)
