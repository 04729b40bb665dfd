"""The referral on screen: one block a page, saved as one writes, taken up again anywhere."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.database import new_id
from service.errors import Conflict, Invalid, NotFound
from service.referrals import operations
from service.referrals.form import (
    CATEGORY_ROWS,
    GROUP_COLUMNS,
    MOST_ROWS,
    Block,
    Kind,
    Question,
    Variant,
    blocks_of,
)
from service.referrals.rules import (
    WRITABLE,
    Answers,
    block_holding,
    block_of,
    in_words,
    progress,
)
from service.referrals.schemas import Draft, NewReferral
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

Asked = Request[Any, Any, State]

SAVED = announce("referral-saved", "Vos réponses sont enregistrées.")
REREAD = announce("referral-reread", "Vos réponses sont enregistrées. Relisez les points signalés.")
DISCARDED = announce("referral-discarded", "Le brouillon est détruit : plus rien n'en est lisible.")
RESCUED = announce(
    "referral-rescued", "C'est noté. Votre saisine peut maintenant être envoyée, en urgence U2."
)

_BLANK_ROWS = 1
_CONTROLS = frozenset({"_csrf_token", "version", "act"})
_STATES = {
    "todo": ("à compléter", "honey"),
    "done": ("répondu", "leaf"),
    "optional": ("facultatif", "plain"),
}


class ReferralPages(Controller):
    """`/referrals`: mine, a new one, its blocks, its sending."""

    path = "/referrals"

    @get("/", name="referrals")
    async def show_mine(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show the author's own referrals."""
        before = request.query_params.get("before", "")
        mine = await operations.my_referrals(unit, before=before)
        older = f"/referrals?before={mine.older}" if mine.older else ""
        newest = "/referrals" if before else ""
        return page(
            "referrals/mine.html", context=frame(request), mine=mine, older=older, newest=newest
        )

    @get("/new", name="new_referral")
    async def show_new(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Ask to which cell."""
        return await _new_page(request, unit)

    @post("/new", name="start_referral", status_code=303)
    async def start(
        self, request: Asked, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Redirect | Page:
        """Begin a draft."""
        try:
            cell_id = form.uuid("cell_id", required="Choisissez à quelle cellule vous écrivez.")
            wanted = form.uuid("referral_id", required="Rechargez la page.")
            form.check()
            new = NewReferral(cell_id=cell_id or new_id(), referral_id=wanted)
            referral_id = await operations.start_draft(unit, new)
        except Invalid as problem:
            unit.undo()
            return await _new_page(request, unit, problem.fields)
        return Redirect(f"/referrals/{referral_id}/request", status_code=303)

    @get("/{referral_id:uuid}", name="referral")
    async def show_tasks(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Show what is written and what is still asked; once sent, its receipt."""
        if await operations.referral_state(unit, referral_id) not in WRITABLE:
            return Redirect(f"/referrals/{referral_id}/receipt", status_code=303)
        draft = await operations.read_draft(unit, referral_id)
        return page(
            "referrals/tasks.html", context=_frame(request), draft=draft, tasks=_tasks(draft)
        )

    @get("/{referral_id:uuid}/check", name="check_referral")
    async def show_check(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Show every answer before sending."""
        return _check_page(request, await operations.read_draft(unit, referral_id))

    @post("/{referral_id:uuid}/send", name="send_referral", status_code=303)
    async def send(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
    ) -> Redirect | Page:
        """Send; a danger comes first, then missing answers."""
        try:
            version = form.version()
            form.check()
            sent = await operations.send_referral(unit, referral_id, version=version)
        except (Invalid, Conflict) as problem:
            unit.undo()
            draft = await operations.read_draft(unit, referral_id)
            return _check_page(request, draft, problem)
        where = "danger" if sent.receipt is None else "receipt"
        return Redirect(f"/referrals/{referral_id}/{where}", status_code=303)

    @get("/{referral_id:uuid}/danger", name="danger")
    async def show_danger(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Show the numbers to call: the cell does not treat emergencies."""
        draft = await operations.read_draft(unit, referral_id)
        return page("referrals/danger.html", context=_frame(request), draft=draft)

    @post("/{referral_id:uuid}/danger", name="confirm_rescue", status_code=303)
    async def confirm_rescue(
        self,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
    ) -> Redirect:
        """Note that the rescue services were called."""
        version = form.version()
        form.check()
        await operations.confirm_rescue(unit, referral_id, version=version)
        return Redirect(f"/referrals/{referral_id}?done={RESCUED}", status_code=303)

    @get("/{referral_id:uuid}/receipt", name="receipt")
    async def show_receipt(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Show the acknowledgement and its reference."""
        receipt = await operations.read_receipt(unit, referral_id)
        return page("referrals/receipt.html", context=_frame(request), receipt=receipt)

    @get("/{referral_id:uuid}/original", name="own_original")
    async def show_original(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Show the author their own original."""
        original = await operations.read_own_referral(unit, referral_id)
        shows_health = original.health == "shown"
        return page(
            "referrals/original.html",
            context=_frame(request, sensitive=shows_health),
            original=original,
        )

    @get("/{referral_id:uuid}/discard", name="discard_page")
    async def show_discard(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Ask before destroying a draft."""
        draft = await operations.read_draft(unit, referral_id)
        return page("referrals/discard.html", context=_frame(request), draft=draft)

    @post("/{referral_id:uuid}/discard", name="discard_referral", status_code=303)
    async def discard(self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]) -> Redirect:
        """Destroy a draft and its keys."""
        await operations.discard_draft(unit, referral_id)
        return Redirect(f"/referrals?done={DISCARDED}", status_code=303)

    @get("/{referral_id:uuid}/{slug:str}", name="referral_block")
    async def show_block(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        slug: FromPath[str],
    ) -> Page:
        """Show one block of the form."""
        draft = await operations.read_draft(unit, referral_id)
        block = _block(slug, draft.variant)
        return _block_page(request, draft, block, draft.answers(slug))

    @post("/{referral_id:uuid}/{slug:str}", name="save_block", status_code=303)
    async def save(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
        slug: FromPath[str],
    ) -> Redirect | Page:
        """Keep one block and go where the button says."""
        typed = _posted(form, slug)
        try:
            version = form.version()
            form.check()
            saved = await operations.save_block(unit, referral_id, slug, typed, version=version)
        except (Invalid, Conflict) as problem:
            unit.undo()
            draft = await operations.read_draft(unit, referral_id)
            return _block_page(request, draft, _block(slug, draft.variant), typed, problem)
        return Redirect(
            _after(referral_id, slug, form.raw().get("act", ""), saved), status_code=303
        )

    @post("/{referral_id:uuid}/{slug:str}/draft", name="autosave_block", status_code=200)
    async def autosave(
        self,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
        slug: FromPath[str],
    ) -> Response[dict[str, int]]:
        """Keep one block as it is being typed; answers the version to build upon."""
        version = form.version()
        form.check()
        saved = await operations.save_block(
            unit, referral_id, slug, _posted(form, slug), version=version, lenient=True
        )
        return Response({"version": saved.version}, media_type="application/json")


def _frame(request: Asked, *, sensitive: bool = False) -> Any:
    return frame(request, sensitive=sensitive, nav="/referrals")


async def _new_page(request: Asked, unit: Unit, errors: dict[str, str] | None = None) -> Page:
    return page(
        "referrals/new.html",
        context=_frame(request),
        status_code=422 if errors else 200,
        errors=errors or {},
        cells=await operations.cells_to_refer_to(unit),
        referral_id=new_id(),
        variant=operations.variant_for(unit),
    )


def _block(slug: str, variant: Variant) -> Block:
    found = block_of(slug, variant)
    if found is None:
        raise NotFound
    return found


def _tasks(draft: Draft) -> list[dict[str, str]]:
    return [
        {
            "text": block.title,
            "href": f"/referrals/{draft.referral_id}/{block.slug}",
            "state": _STATES[progress(block, draft.form, draft.wanting)][0],
            "tone": _STATES[progress(block, draft.form, draft.wanting)][1],
        }
        for block in blocks_of(draft.variant)
    ]


def _check_page(request: Asked, draft: Draft, problem: Invalid | Conflict | None = None) -> Page:
    errors: dict[str, str] = {}
    if isinstance(problem, Invalid):
        errors = problem.fields
    status = {Invalid: 422, Conflict: 409}[type(problem)] if problem else 200
    here = f"/referrals/{draft.referral_id}"
    return page(
        "referrals/check.html",
        context=_frame(request),
        status_code=status,
        errors=errors,
        draft=draft,
        conflict=problem.sentence if isinstance(problem, Conflict) else "",
        wanting=[
            (f"{here}/{block_holding(code)}#{code}", sentence)
            for code, sentence in draft.wanting.items()
        ],
        blocks=[(block, _summary(block, draft, here)) for block in blocks_of(draft.variant)],
    )


def _summary(block: Block, draft: Draft, here: str) -> list[dict[str, str]]:
    answers = draft.answers(block.slug)
    return [
        {
            "key": question.label,
            "value": in_words(question, answers.get(question.code)),
            "href": f"{here}/{block.slug}#{question.code}",
        }
        for question in block.questions
        if draft.variant in question.variants
        and (question.code in answers or question.code in draft.wanting)
    ]


def _after(referral_id: UUID, slug: str, act: str, saved: Any) -> str:
    here = f"/referrals/{referral_id}"
    if saved.danger:
        return f"{here}/danger"
    if act == "more":
        return f"{here}/{slug}?rows=more&done={SAVED}"
    if saved.warnings and act != "confirm":
        return f"{here}/{slug}?done={REREAD}"
    if act == "list":
        return f"{here}?done={SAVED}"
    return f"{here}/{saved.following}"


# ---- from what was posted to answers -------------------------------------------------------


def _posted(form: Form, slug: str) -> dict[str, Any]:
    """Return what a form posted as answers, as typed; the rules then check each."""
    block = block_of(slug, Variant.FULL)
    answers: dict[str, Any] = {}
    known = set(_CONTROLS)
    for question in block.questions if block else ():
        names, value = _read(form, question)
        known |= names
        if value is not None:
            answers[question.code] = value
    for name in sorted(set(form.values) - known):
        answers[name] = form.raw().get(name, "")
    return answers


def _read(form: Form, question: Question) -> tuple[set[str], Any]:
    code = question.code
    given = form.raw()
    match question.kind:
        case Kind.DAY:
            names = {f"{code}-{part}": part for part in ("day", "month", "year")}
            parts = {part: given.get(name, "") for name, part in names.items()}
            return set(names), parts if set(names) & set(given) else None
        case Kind.CHOICES:
            return {code}, [value for value in form.values.get(code, []) if value]
        case Kind.ROWS:
            return _read_rows(question, given)
        case Kind.GRID:
            names_of = {
                f"{row}-{column}" for row, _ in CATEGORY_ROWS for column, _ in GROUP_COLUMNS
            }
            return names_of, {name: given[name] for name in names_of if given.get(name)} or None
        case _:
            return {code}, given.get(code)


def _read_rows(question: Question, given: dict[str, str]) -> tuple[set[str], Any]:
    names: set[str] = set()
    rows = []
    for number in range(MOST_ROWS + _BLANK_ROWS):
        cells = {f"{question.code}-{number}-{column.code}": column for column in question.columns}
        names |= set(cells)
        row = {column.code: given[name] for name, column in cells.items() if given.get(name)}
        if row:
            rows.append(row)
    return names, rows


# ---- from answers to fields ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a question answered by rows, as fields of its own."""

    legend: str
    fields: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question on the page: a field, rows of fields, or the grid of agreement."""

    kind: str
    code: str
    label: str
    hint: str
    definition: dict[str, Any]
    rows: tuple[Row, ...] = ()
    cells: dict[tuple[str, str], str] | None = None


def _block_page(
    request: Asked,
    draft: Draft,
    block: Block,
    answers: Answers | dict[str, Any],
    problem: Invalid | Conflict | None = None,
) -> Page:
    status = {Invalid: 422, Conflict: 409}[type(problem)] if problem else 200
    more = request.query_params.get("rows") == "more"
    return page(
        "referrals/block.html",
        context=_frame(request, sensitive=block.slug == "health"),
        status_code=status,
        errors=problem.fields if isinstance(problem, Invalid) else {},
        conflict=problem.sentence if isinstance(problem, Conflict) else "",
        draft=draft,
        block=block,
        fields=[
            _field(question, answers.get(question.code), more=more)
            for question in block.questions
            if draft.variant in question.variants
        ],
        current=_summary(block, draft, f"/referrals/{draft.referral_id}")
        if isinstance(problem, Conflict)
        else [],
        warnings=[warned for warned in draft.warnings if warned.block == block.slug],
        categories=CATEGORY_ROWS,
        groups=GROUP_COLUMNS,
        position=_position(block, draft.variant),
    )


def _position(block: Block, variant: Variant) -> tuple[int, int]:
    shown = blocks_of(variant)
    return shown.index(block) + 1, len(shown)


def _field(question: Question, value: Any, *, more: bool) -> Field:
    if question.kind is Kind.ROWS:
        return Field(
            "rows",
            question.code,
            question.label,
            question.hint,
            {},
            rows=_rows(question, value if isinstance(value, list) else [], more=more),
        )
    if question.kind is Kind.GRID:
        cells = {
            (name.partition("-")[0], name.partition("-")[2]): said
            for name, said in (value.items() if isinstance(value, dict) else ())
        }
        return Field("grid", question.code, question.label, question.hint, {}, cells=cells)
    return Field(
        "field",
        question.code,
        question.label,
        question.hint,
        _definition(question, question.code, value),
    )


def _rows(question: Question, value: list[Any], *, more: bool) -> tuple[Row, ...]:
    shown = min(max(len(value) + (_BLANK_ROWS if more or not value else 0), 1), MOST_ROWS)
    rows = [*value, *({} for _ in range(shown - len(value)))]
    return tuple(
        Row(
            f"{question.label}, {number + 1}",
            tuple(
                _definition(
                    column,
                    f"{question.code}-{number}-{column.code}",
                    row.get(column.code) if isinstance(row, dict) else None,
                    required=True,
                )
                for column in question.columns
            ),
        )
        for number, row in enumerate(rows)
    )


_KINDS = {
    Kind.LINE: "text",
    Kind.TEXT: "textarea",
    Kind.CHOICE: "radios",
    Kind.CHOICES: "checkboxes",
    Kind.DAY: "date",
    Kind.NUMBER: "number",
}
_MOST_RADIOS = 7
_MOST_INLINE = 4
_LONGEST_INLINE = 60
"""How many radios, and characters, stand side by side without crowding a line."""


def _definition(
    question: Question, name: str, value: Any, *, required: bool = False
) -> dict[str, Any]:
    kind = _KINDS[question.kind]
    options = [{"value": code, "text": text} for code, text in question.choices]
    definition: dict[str, Any] = {
        "name": name,
        "label": question.label,
        "kind": kind,
        "hint": question.hint,
        "required": required or question.mandatory or question.when is not None,
        "value": _shown(question, value),
        "options": options,
    }
    if kind == "radios" and len(options) > _MOST_RADIOS:
        choose = {"value": "", "text": "Choisissez"}
        definition |= {"kind": "select", "options": [choose, *options]}
    elif kind == "radios":
        words = sum(len(option["text"]) for option in options)
        definition["inline"] = len(options) <= _MOST_INLINE and words <= _LONGEST_INLINE
    if kind == "textarea":
        definition |= {"max_length": question.limit, "rows": 5}
    if kind == "number":
        definition["width"] = "4"
    return definition


def _shown(question: Question, value: Any) -> Any:
    if question.kind is Kind.CHOICES:
        return value if isinstance(value, list) else []
    if question.kind is Kind.DAY:
        if isinstance(value, dict):
            return value
        year, _, rest = str(value or "").partition("-")
        month, _, day = rest.partition("-")
        return {"day": day, "month": month, "year": year}
    return "" if value is None else str(value)


ROUTES = (ReferralPages,)
