"""The demo is loaded through the ordinary operations, and its record is sound."""

import ast
import asyncio
from datetime import date
from pathlib import Path

from audit import sequencer
from audit.verify import verify
from policies.vocabulary import Section
from service import demo
from service.clock import Clock, SetClock
from service.database import open_engine
from service.demo.stage import day
from service.disclosures import operations as disclosures
from service.emergencies import operations as emergencies
from service.oversight import operations as oversight
from service.people import operations as people
from service.process import open_workplace
from service.situations import operations as situations
from service.unit import act
from tests import databases

ROOT = Path(__file__).parents[2]


def test_nothing_of_the_demo_writes_a_table() -> None:
    for path in (ROOT / "service" / "demo").glob("*.py"):
        imported = {
            name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
            for name in [node.module or ""]
        }
        assert not {name for name in imported if name.startswith("sqlalchemy")}
        assert not {name for name in imported if name.endswith(".models")}


def test_the_record_of_the_demo_is_sound(demo_settings) -> None:
    async def check() -> int:
        postgresql = demo_settings.database_url.startswith("postgresql")
        url = demo_settings.database_url
        if postgresql:
            url = databases.as_role(url, "cellule_sequencer_test")
        engine = open_engine(url, authorizer=False)
        try:
            if postgresql:
                while await sequencer.sequence_once(engine):
                    pass
            verdict = await verify(engine)
        finally:
            await engine.dispose()
        assert verdict.sound, verdict.faults
        assert not verdict.pending
        return verdict.size

    size = asyncio.run(check())
    print(f"entries of the demo's record: {size}")
    assert size > 300


def test_the_social_worker_reads_the_extract_and_none_of_the_diagnoses(demo_settings) -> None:
    async def read() -> str:
        hands = SetClock(day("25/04/2026", 12))
        async with open_workplace(demo_settings, Clock(hands)) as workplace:
            escallier = await _seat(workplace, "bruno.escallier@ccas.example")
            found = await _situation(workplace, escallier, "SIT-2026-0014")
            async with act(workplace, write=False, actor=escallier) as unit:
                page = await situations.read_section(unit, found, Section.SOMATIC_HEALTH)
            return repr(page)

    shown = asyncio.run(read())
    assert "réfrigérateur indispensable" in shown
    for word in ("iabète", "énutrition", "ataracte"):
        assert word not in shown


def test_the_emergency_access_of_the_demo_was_opened_told_read_and_reviewed(demo_settings) -> None:
    async def read():
        async with open_workplace(demo_settings, Clock(SetClock(day("24/11/2026")))) as workplace:
            dpo = await _seat(workplace, "paul.achard@dpo.example")
            async with act(workplace, write=False, actor=dpo) as unit:
                (line,) = await emergencies.list_emergencies(unit)
                return await emergencies.read_emergency(unit, line.access_id)

    found = asyncio.run(read())
    assert found.line.reference == "SIT-2026-0014"
    assert found.line.opened_at == day("19/05/2026", 2, 41)
    assert found.line.ends_at == day("19/05/2026", 6, 41)
    assert [str(one) for one in found.line.sections] == [
        "identity_contact", "safety_risk", "somatic_health",
    ]  # fmt: skip
    assert found.line.standing == "reviewed"
    assert (found.review.outcome, found.review.told_on) == ("justified", date(2026, 5, 20))
    assert found.review.reviewed_at == day("22/05/2026")


async def _seat(workplace, email):
    async with workplace.engine.connect() as connection:
        from sqlalchemy import text

        row = (
            await connection.execute(
                text(
                    "SELECT e.employment_id FROM employment e JOIN account a "
                    "ON a.account_id = e.account_id WHERE a.email = :email"
                ),
                {"email": email},
            )
        ).one()
    from uuid import UUID

    identifier = row[0]
    if not isinstance(identifier, UUID):
        identifier = UUID(str(identifier))
    return await people.actor_for(workplace, identifier)


async def _situation(workplace, actor, reference):
    async with act(workplace, write=False, actor=actor) as unit:
        page = await situations.list_situations(unit)
    return next(line.situation_id for line in page.lines if line.reference == reference)


def test_the_refused_invitation_is_in_the_record(demo_settings) -> None:
    async def read():
        hands = SetClock(demo.PRESENT)
        async with open_workplace(demo_settings, Clock(hands)) as workplace:
            if demo_settings.database_url.startswith("postgresql"):
                await _sequence(demo_settings)
            auditor = await _seat(workplace, "helene.vasseur-tanguy@ethique.example")
            asked = {"act": "circle.invited", "out": "deny", "reference": "SIT-2026-0031"}
            async with act(workplace, write=False, actor=auditor) as unit:
                return await oversight.read_record(unit, asked)

    (line,) = asyncio.run(read()).lines
    assert line.at == day("20/05/2026")
    assert line.role == "Coordination de la cellule"
    assert "Santé psychique" in line.sections


async def _sequence(settings) -> None:
    engine = open_engine(
        databases.as_role(settings.database_url, "cellule_sequencer_test"), authorizer=False
    )
    try:
        while await sequencer.sequence_once(engine):
            pass
    finally:
        await engine.dispose()


def test_every_account_is_listed_with_what_it_may_see() -> None:
    listed = demo.accounts()
    assert len(listed) == 25
    assert all(account.sees and account.email.endswith(".example") for account in listed)


def test_the_request_of_the_third_of_september_says_nothing_of_anyone(demo_settings) -> None:
    """An elected official asked « qui est-ce et est-il dangereux ? »: one line, no name."""

    async def read() -> tuple[list[tuple[date, str, str]], list[tuple[str, bool, str]]]:
        async with open_workplace(demo_settings, Clock(SetClock(demo.PRESENT))) as workplace:
            dpo = await _seat(workplace, "paul.achard@dpo.example")
            async with act(workplace, write=False, actor=dpo) as unit:
                asked = await disclosures.list_inquiries(unit)
                told = await disclosures.list_reports(unit)
        return (
            [(one.received_on, one.requester, one.means) for one in asked],
            [(one.path, one.used, one.author) for one in told.reports],
        )

    asked, told = asyncio.run(read())
    assert asked == [(date(2026, 9, 3), "elected", "mail")]
    ((path, used, author),) = told
    assert (path, used) == ("CP226_14_4", False)
    assert author.startswith("Leïla Desmarchais")
