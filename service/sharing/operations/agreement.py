"""Information, agreement, objection, withdrawal: what the person was told, allows, forbids.

What the referral's form declares is never an agreement. Each event is kept as it was said; the
cells that decisions read are written in the same transaction, and a cell not named keeps its
value (settled.md 5).
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from audit.event import Act
from policies.vocabulary import Action
from service.errors import Conflict, Invalid
from service.sharing.models import AgreementCell, AgreementEvent, InformationEvent
from service.sharing.operations import course
from service.sharing.operations.circle import suspend_circle
from service.sharing.operations.dated import end_facts, write_fact
from service.sharing.operations.facts import facts_about
from service.sharing.operations.grid import grid_of, permit_agreement
from service.sharing.operations.will import unable_until
from service.sharing.rules import (
    CATEGORIES,
    COORDINATION_DEFAULTS,
    AgreementKind,
    Mode,
    checked_categories,
    checked_groups,
    checked_means,
    checked_notice,
    expanded,
    written,
)
from service.unit import Unit

Cells = Mapping[tuple[str, str], str]


async def record_information(  # noqa: PLR0913 — an event of paper has these parts
    unit: Unit,
    situation_id: UUID,
    *,
    groups: Iterable[str],
    means: str,
    notice_version: str,
    categories: Iterable[str] = CATEGORIES,
) -> None:
    """Write down that the person was informed, of which categories and for which groups.

    It precedes any reading across categories of professionals (R.1110-3 CSP). Raises Refused
    or NotFound; Invalid naming the field.
    """
    named, chosen = checked_groups(groups), checked_categories(categories)
    how, notice = checked_means(means), checked_notice(notice_version)
    facts = await facts_about(unit, situation_id, exclusive=True)
    await permit_agreement(unit, facts, Action.RECORD_AGREEMENT, Act.INFORMATION_GIVEN)
    await write_fact(
        unit,
        InformationEvent,
        situation_id,
        employment_id=unit.actor.employment_id,
        groups=",".join(named),
        categories=",".join(chosen),
        means=how,
        notice_version=notice,
    )


async def record_agreement(  # noqa: PLR0913 — an event of paper has these parts
    unit: Unit,
    situation_id: UUID,
    cells: Cells,
    *,
    means: str,
    notice_version: str,
    general: bool = False,
) -> None:
    """Write down what the person allows or forbids, cell by cell; it acts at once.

    `general` is the agreement to the cell's work itself: the situation becomes named, and the
    coordination's default cells are written with it. A « non » is an objection: it denies, and
    when nothing else is said the referrer may write it too. Raises Refused or NotFound; Invalid
    naming the field, or when the person is held unable to express their will.
    """
    named = expanded(COORDINATION_DEFAULTS) | expanded(cells) if general else expanded(cells)
    how, notice = checked_means(means), checked_notice(notice_version)
    if not named:
        raise Invalid({"cells": "Répondez au moins à une case de la grille."})
    kind, act, action = _nature(named, general=general)
    facts = await facts_about(unit, situation_id, exclusive=True)
    await permit_agreement(unit, facts, action, act)
    if kind is not AgreementKind.OBJECTION and await unable_until(unit, situation_id):
        raise Invalid(
            {
                "cells": "La personne est enregistrée hors d'état d'exprimer sa volonté : dites "
                "d'abord qu'elle le peut de nouveau. Une opposition, elle, n'attend pas."
            }
        )
    await _write_event(unit, situation_id, kind, named, means=how, notice_version=notice)
    if general and facts.mode != Mode.NAMED:
        await course.move(unit, situation_id, mode=Mode.NAMED)


def _nature(cells: Cells, *, general: bool) -> tuple[AgreementKind, Act, Action]:
    if general:
        return AgreementKind.GENERAL, Act.AGREEMENT_RECORDED, Action.RECORD_AGREEMENT
    if set(cells.values()) == {"no"}:
        return AgreementKind.OBJECTION, Act.OBJECTION_RECORDED, Action.RECORD_OBJECTION
    return AgreementKind.PARTIAL, Act.AGREEMENT_RECORDED, Action.RECORD_AGREEMENT


async def answer_grid(  # noqa: PLR0913 — a form of paper has these parts
    unit: Unit,
    situation_id: UUID,
    answers: Cells,
    *,
    revision: str,
    means: str,
    notice_version: str,
    general: bool = False,
) -> None:
    """Write down the cells that differ from what the form had shown.

    Raises Conflict when something was recorded since `revision`: an objection must never be
    overwritten by an older page. Otherwise as `record_agreement`.
    """
    facts = await facts_about(unit, situation_id, exclusive=True)
    shown = await grid_of(unit, facts)
    if shown.revision != revision:
        raise Conflict(
            "Un accord ou une opposition a été enregistré pendant que vous remplissiez la "
            "grille. Relisez-la avant de reprendre."
        )
    changed = {
        key: value
        for key, value in expanded(answers).items()
        if value != shown.cells.get(key, "not_asked")
    }
    await record_agreement(
        unit,
        situation_id,
        changed,
        means=means,
        notice_version=notice_version,
        general=general,
    )


async def withdraw_agreement(  # noqa: PLR0913 — an event of paper has these parts
    unit: Unit,
    situation_id: UUID,
    cells: Cells | Iterable[tuple[str, str]],
    *,
    means: str,
    notice_version: str,
    general: bool = False,
) -> None:
    """Write down that the person takes back what they allowed; it acts at once.

    Withdrawing the general agreement makes the situation anonymised and suspends the circle,
    coordinator and lead apart, in the same transaction. Cells named become « non ». Raises
    Refused or NotFound; Invalid naming the field.
    """
    named = expanded(dict.fromkeys(cells, "no"))
    how, notice = checked_means(means), checked_notice(notice_version)
    if not named and not general:
        raise Invalid({"cells": "Indiquez ce que la personne retire, ou tout l'accord."})
    facts = await facts_about(unit, situation_id, exclusive=True)
    await permit_agreement(unit, facts, Action.RECORD_OBJECTION, Act.AGREEMENT_WITHDRAWN)
    await _write_event(
        unit, situation_id, AgreementKind.WITHDRAWAL, named, means=how, notice_version=notice
    )
    if general:
        await course.move(unit, situation_id, mode=Mode.ANONYMISED)
        await suspend_circle(unit, situation_id)


async def _write_event(  # noqa: PLR0913 — an event of paper has its five parts
    unit: Unit,
    situation_id: UUID,
    kind: AgreementKind,
    cells: Cells,
    *,
    means: str,
    notice_version: str,
) -> None:
    event_id = await write_fact(
        unit,
        AgreementEvent,
        situation_id,
        employment_id=unit.actor.employment_id,
        kind=kind,
        means=means,
        notice_version=notice_version,
        cells=written(cells),
    )
    for (category, group), value in cells.items():
        await end_facts(unit, AgreementCell, situation_id, category=category, recipients=group)
        await write_fact(
            unit,
            AgreementCell,
            situation_id,
            category=category,
            recipients=group,
            value=value,
            event_id=event_id,
        )
