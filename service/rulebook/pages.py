"""The policy on screen: read by all who signed; proposed, compared and approved by some."""

from typing import Any, Final

from litestar import Controller, Request, get, post
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from policies import reading
from policies.comparing import Difference
from policies.words import capital
from service.errors import Conflict, Invalid
from service.rulebook import operations
from service.rulebook.rules import (
    LONGEST_MOTIVE,
    LONGEST_TABLE,
    TABLE_LABELS,
    TABLES,
    VersionState,
)
from service.unit import Unit
from service.web.forms import Form, posted
from service.web.frame import announce, frame
from service.web.render import Page, page
from service.web.words import is_clean

Asked = Request[Any, Any, State]

NAV: Final = "/policy"
PROPOSED: Final = announce(
    "policy-proposed", "La version est proposée. Rien ne change tant qu'elle n'est pas approuvée."
)
APPROVED: Final = announce("policy-approved", "Votre approbation est enregistrée.")
ADOPTED: Final = announce("policy-adopted", "La version est adoptée.")
WITHDRAWN: Final = announce(
    "policy-withdrawn", "La version est retirée : elle n'entrera pas en vigueur."
)
NOT_TEXT: Final = "Ce fichier n'est pas un texte UTF-8 : enregistrez la table en CSV UTF-8."
TOO_LONG: Final = "Cette table est trop longue : 200 000 caractères au plus."
HIDDEN: Final = "Cette table contient des signes invisibles : retapez la ligne sans coller."


class PolicyPages(Controller):
    """`/policy`: the rules in force, as sentences and as the table."""

    path = "/policy"

    @get("/", name="policy")
    async def show_policy(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show what decides now, in French, with its sources."""
        view = await operations.read_policy(unit)
        return page(
            "rulebook/policy.html",
            context=frame(request),
            view=view,
            chapters=reading.sentences(view.policy),
        )

    @get("/matrix", name="policy_matrix")
    async def show_matrix(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show what decides now as one table, to print on one sheet."""
        view = await operations.read_policy(unit)
        return page(
            "rulebook/matrix.html",
            context=frame(request, nav=NAV),
            view=view,
            matrix=reading.matrix(view.policy),
            codes=reading.CODES_SAID,
        )


class VersionPages(Controller):
    """`/policy/versions`: proposed by some, approved by others, adopted in time."""

    path = "/policy/versions"

    @get("/", name="policy_versions")
    async def show_versions(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """List every version, the newest first."""
        return page(
            "rulebook/versions.html",
            context=frame(request, nav=NAV),
            view=await operations.read_versions(unit),
        )

    @get("/new", name="new_policy_version")
    async def show_form(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show the tables in force, to change them."""
        return await _form_page(request, unit, await operations.tables_in_force(unit))

    @post("/", name="propose_policy", status_code=303)
    async def propose(
        self, request: Asked, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Propose a version: the tables that were typed, or the ones the service ships."""
        typed = {name: _lines(form.raw().get(name, "")) for name in (*TABLES, "source", "motive")}
        try:
            await _take_files(request, form, typed)
            number = await _proposed(unit, form, typed)
        except Invalid as wrong:
            unit.undo()
            return await _form_page(request, unit, typed, wrong.fields)
        return Redirect(f"/policy/versions/{number}?done={PROPOSED}", status_code=303)

    @get("/{number:int}", name="policy_version")
    async def show_version(
        self, request: Asked, unit: NamedDependency[Unit], number: FromPath[int]
    ) -> Page:
        """Show what one version opens and closes, who approved it, what remains to do."""
        return await _version_page(request, unit, number)

    @post("/{number:int}/approve", name="approve_policy", status_code=303)
    async def approve(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        number: FromPath[int],
        form: NamedDependency[Form],
    ) -> Redirect | Page:
        """Approve a version as it was compared on the page."""
        form.only({"base_number", "read"})
        base = form.number("base_number", least=0, most=1_000_000, required="Rechargez la page.")
        try:
            if not form.ticked("read"):
                form.errors["read"] = "Cochez la case : vous avez lu ce qui s'ouvre et se ferme."
            form.check()
            adopted = await operations.approve(unit, number, base_number=base or 0)
        except Invalid as wrong:
            unit.undo()
            return await _version_page(request, unit, number, wrong.fields)
        except Conflict as wrong:
            unit.undo()
            return await _version_page(request, unit, number, {"read": wrong.sentence}, 409)
        code = ADOPTED if adopted else APPROVED
        return Redirect(f"/policy/versions/{number}?done={code}", status_code=303)

    @get("/{number:int}/withdraw", name="ask_withdraw_policy")
    async def ask_withdraw(
        self, request: Asked, unit: NamedDependency[Unit], number: FromPath[int]
    ) -> Page:
        """Say what withdrawing a version does, before it is done."""
        return page(
            "rulebook/withdraw.html",
            context=frame(request, nav=NAV),
            view=await operations.read_version(unit, number),
        )

    @post("/{number:int}/withdraw", name="withdraw_policy", status_code=303)
    async def withdraw(
        self, unit: NamedDependency[Unit], number: FromPath[int], form: NamedDependency[Form]
    ) -> Redirect:
        """Withdraw a version that does not decide yet."""
        form.only(())
        form.check()
        await operations.withdraw(unit, number)
        return Redirect(f"/policy/versions/{number}?done={WITHDRAWN}", status_code=303)


async def _proposed(unit: Unit, form: Form, typed: dict[str, str]) -> int:
    form.only({*TABLES, *(f"{name}_file" for name in TABLES), "source", "motive"})
    source = form.choice("source", {"tables", "shipped"}) or "tables"
    motive = form.text("motive", required="Dites pourquoi.", longest=LONGEST_MOTIVE)
    form.check()
    if source == "shipped":
        return await operations.propose_shipped(unit, motive)
    return await operations.propose(unit, {name: typed[name] for name in TABLES}, motive)


async def _take_files(request: Asked, form: Form, typed: dict[str, str]) -> None:
    """Put the files that were chosen in the place of what was typed. Mistakes go to the form."""
    data = await posted(request)
    for name in TABLES:
        chosen = data.get(f"{name}_file")
        if isinstance(chosen, UploadFile) and chosen.filename:
            try:
                typed[name] = _lines((await chosen.read()).decode("utf-8-sig"))
            except UnicodeDecodeError:
                form.errors[name] = NOT_TEXT
        if len(typed[name]) > LONGEST_TABLE:
            form.errors[name] = TOO_LONG
        elif not is_clean(typed[name]):
            form.errors[name] = HIDDEN


def _lines(text: str) -> str:
    """Keep the lines as they were: a refusal names the line that its author sees."""
    return text.replace("\r\n", "\n").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")


async def _form_page(
    request: Asked, unit: Unit, typed: dict[str, str], errors: dict[str, str] | None = None
) -> Page:
    return page(
        "rulebook/version_form.html",
        context=frame(request, nav=NAV),
        status_code=422 if errors else 200,
        errors=errors or {},
        typed={"motive": "", "source": "tables", **typed},
        tables=TABLE_LABELS.items(),
        view=await operations.read_versions(unit),
        longest=LONGEST_MOTIVE,
    )


async def _version_page(
    request: Asked,
    unit: Unit,
    number: int,
    errors: dict[str, str] | None = None,
    status_code: int = 422,
) -> Page:
    view = await operations.read_version(unit, number)
    difference = view.difference
    return page(
        "rulebook/version.html",
        context=frame(request, nav=NAV),
        status_code=status_code if errors else 200,
        errors=errors or {},
        view=view,
        opened=_told(Difference(difference.old, difference.new, difference.opened, ())),
        closed=_told(Difference(difference.old, difference.new, (), difference.closed)),
        proposed=view.line.state is VersionState.PROPOSED,
        waiting=view.line.state is VersionState.WAITING,
    )


def _told(difference: Difference) -> tuple[str, ...]:
    """Return the sentences of one side, without the word that the page's title says."""
    return tuple(capital(said.partition(" : ")[2]) for said in reading.told(difference))


ROUTES: Final = (PolicyPages, VersionPages)
