"""The coordinator's queue on screen; block I is never in these pages but for who checks it."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.errors import Conflict, Invalid
from service.referrals import operations
from service.referrals.rules import (
    CHECKLIST,
    CHECKLIST_VALUES,
    NOTE_LENGTH,
    OUTCOME_LABELS,
    REASON_LABELS,
    TARGET_LABELS,
    Outcome,
)
from service.referrals.schemas import DecisionIn, Qualification
from service.situations.rules import ALIASES, MODE_LABELS, STATE_LABELS, URGENCY_LABELS
from service.situations.rules import State as SituationState
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

Asked = Request[Any, Any, State]

RECEIVED = announce("referral-received", "L'accusé de réception est donné à l'auteur.")
BEGUN = announce(
    "referral-begun", "L'examen est commencé : la réponse est attendue sous dix jours."
)
CHECKED = announce("checklist-saved", "L'examen est enregistré.")
RETURNED = announce("referral-returned", "La saisine est rendue à son auteur pour complément.")
DECIDED = announce("referral-decided", "La réponse est enregistrée.")


class QueuePages(Controller):
    """`/queue`: what waits, and the examination of each referral."""

    path = "/queue"

    @get("/", name="queue")
    async def show_queue(self, request: Asked, unit: NamedDependency[Unit]) -> Page:
        """Show what waits for a decision."""
        queue = await operations.read_queue(unit)
        return page("referrals/queue.html", context=_frame(request), queue=queue)

    @get("/{referral_id:uuid}", name="qualification")
    async def show_referral(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Show one referral and its examination."""
        return _referral_page(request, await operations.open_referral(unit, referral_id))

    @get("/{referral_id:uuid}/health", name="health_block")
    async def show_health(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Show block I alone to the health co-facilitator."""
        original = await operations.read_health_block(unit, referral_id)
        return page(
            "referrals/health.html", context=_frame(request, sensitive=True), original=original
        )

    @post("/{referral_id:uuid}/receive", name="receive_referral", status_code=303)
    async def receive(
        self,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
    ) -> Redirect:
        """Acknowledge."""
        await operations.receive_referral(unit, referral_id, version=_version(form))
        return _to(referral_id, RECEIVED)

    @post("/{referral_id:uuid}/begin", name="begin_qualification", status_code=303)
    async def begin(
        self,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
    ) -> Redirect:
        """Begin the examination."""
        await operations.begin_qualification(unit, referral_id, version=_version(form))
        return _to(referral_id, BEGUN)

    @post("/{referral_id:uuid}/checklist", name="save_checklist", status_code=303)
    async def save_checklist(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
    ) -> Redirect | Page:
        """Keep the twelve points."""
        try:
            points, notes = _points(form)
            await operations.save_checklist(
                unit, referral_id, points, notes, version=_version(form)
            )
        except (Invalid, Conflict) as problem:
            unit.undo()
            found = await operations.open_referral(unit, referral_id)
            return _referral_page(request, found, problem, typed=form.raw())
        return _to(referral_id, CHECKED)

    @post("/{referral_id:uuid}/return", name="return_referral", status_code=303)
    async def give_back(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
    ) -> Redirect | Page:
        """Give back to the author."""
        try:
            message = form.text("message", required="Écrivez à l'auteur ce qu'il faut compléter.")
            await operations.return_referral(unit, referral_id, message, version=_version(form))
        except (Invalid, Conflict) as problem:
            unit.undo()
            found = await operations.open_referral(unit, referral_id)
            return _referral_page(request, found, problem, typed=form.raw())
        return _to(referral_id, RETURNED)

    @get("/{referral_id:uuid}/duplicates", name="duplicates")
    async def show_duplicates(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Show the person beside the candidates."""
        compared = await operations.compare(unit, referral_id)
        return page(
            "referrals/duplicates.html",
            context=_frame(request),
            compared=compared,
            states={str(state): label for state, label in STATE_LABELS.items()},
        )

    @get("/{referral_id:uuid}/decision", name="decision")
    async def show_decision(
        self, request: Asked, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Page:
        """Ask for the decision."""
        return _decision_page(request, await operations.open_referral(unit, referral_id))

    @post("/{referral_id:uuid}/decision", name="decide_referral", status_code=303)
    async def decide(
        self,
        request: Asked,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        referral_id: FromPath[UUID],
    ) -> Redirect | Page:
        """Decide."""
        try:
            await operations.decide(unit, referral_id, _decision(form))
        except (Invalid, Conflict) as problem:
            unit.undo()
            found = await operations.open_referral(unit, referral_id)
            return _decision_page(request, found, problem, typed=form.raw())
        return _to(referral_id, DECIDED)


def _frame(request: Asked, *, sensitive: bool = False) -> Any:
    return frame(request, sensitive=sensitive, nav="/queue")


def _version(form: Form) -> int:
    version = form.version()
    form.check()
    return version


def _to(referral_id: UUID, code: str) -> Redirect:
    return Redirect(f"/queue/{referral_id}?done={code}", status_code=303)


def _points(form: Form) -> tuple[dict[str, str], dict[str, str]]:
    codes = [code for code, _ in CHECKLIST]
    points = {code: form.choice(code, CHECKLIST_VALUES) for code in codes}
    notes = {code: form.text(f"{code}_note", longest=NOTE_LENGTH) for code in codes}
    form.check()
    return points, notes


def _decision(form: Form) -> DecisionIn:
    decision = DecisionIn(
        version=form.version(),
        outcome=form.choice(
            "outcome", set(Outcome), required="Choisissez la réponse donnée à cette saisine."
        ),
        urgency=form.choice("urgency", {"U0", "U1", "U2"}) or "U1",
        reason=form.choice("reason", set(REASON_LABELS)),
        target=form.choice("target", set(TARGET_LABELS)),
        explanation=form.text("explanation", longest=5000),
        alias=form.choice("alias", ALIASES),
    )
    form.check()
    return decision


def _said(problem: Invalid | Conflict | None) -> dict[str, Any]:
    return {
        "errors": problem.fields if isinstance(problem, Invalid) else {},
        "conflict": problem.sentence if isinstance(problem, Conflict) else "",
        "status_code": {Invalid: 422, Conflict: 409}[type(problem)] if problem else 200,
    }


def _referral_page(
    request: Asked,
    found: Qualification,
    problem: Invalid | Conflict | None = None,
    *,
    typed: dict[str, str] | None = None,
) -> Page:
    return page(
        "referrals/qualification.html",
        context=_frame(request),
        found=found,
        checklist=CHECKLIST,
        values=[{"value": code, "text": text} for code, text in CHECKLIST_VALUES.items()],
        answers=dict(found.checklist) | (typed or {}),
        message=(typed or {}).get("message", ""),
        urgency=_urgency(found),
        outcome=OUTCOME_LABELS.get(Outcome(found.outcome), "") if found.outcome else "",
        reason=REASON_LABELS.get(found.reason, "") or TARGET_LABELS.get(found.reason, ""),  # type: ignore[call-overload]
        **_said(problem),
    )


def _decision_page(
    request: Asked,
    found: Qualification,
    problem: Invalid | Conflict | None = None,
    *,
    typed: dict[str, str] | None = None,
) -> Page:
    proposed = {"urgency": found.urgency, "outcome": "", "reason": "", "target": ""}
    return page(
        "referrals/decision.html",
        context=_frame(request),
        found=found,
        typed={"explanation": "", "alias": "", **proposed, **(typed or {})},
        outcomes=[{"value": str(code), "text": text} for code, text in OUTCOME_LABELS.items()],
        reasons=[{"value": str(code), "text": text} for code, text in REASON_LABELS.items()],
        targets=[{"value": code, "text": text} for code, text in TARGET_LABELS.items()],
        urgencies=[
            {"value": str(code), "text": text}
            for code, text in URGENCY_LABELS.items()
            if code != "U3"
        ],
        aliases=[{"value": word, "text": word} for word in sorted(ALIASES)],
        mode=MODE_LABELS[found.mode],
        ready=found.original.state == SituationState.IN_QUALIFICATION,
        **_said(problem),
    )


def _urgency(found: Qualification) -> str:
    return {str(code): text for code, text in URGENCY_LABELS.items()}[found.urgency]


ROUTES = (QueuePages,)
