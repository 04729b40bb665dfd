"""Asking to join by a reference: whoever asks learns nothing; whoever answers has a deadline."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from policies.vocabulary import Level, Section
from service.database import new_id
from service.encryption.context import BoxContext
from service.errors import CannotOpen, Conflict, Invalid, NotFound, Refused, TooMany
from service.sharing import operations as sharing
from service.sharing import tasks
from service.sharing.models import JoinRequest
from service.sharing.schemas.targeted import GuestOffer
from service.situations.models import Situation
from service.unit import Actor, Unit
from service.web.provide import Door
from tests.house import House
from tests.sharing.table import Table
from tests.situations.web import Seats, Site

SENTENCE = "Je passe chaque semaine pour les soins."
NOWHERE = "SIT-2026-09999"


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation named by agreement, led by its social worker."""
    table = Table.laid(house)
    worker = table.cast.social_worker()
    table.seated = (worker,)
    table.joins(worker)
    table.does(table.coordinator, sharing.designate_lead, worker.employment_id)
    table.named_by(worker, I2_G1="yes", I6_G1="yes")
    return table


def reference_of(table: Table) -> str:
    """Return the reference that a colleague would have given."""

    async def find(unit: Unit, situation_id: UUID) -> str:
        statement = select(Situation.reference).where(Situation.situation_id == situation_id)
        return str((await unit.transaction.execute(statement)).scalar_one())

    return str(table.reads(table.coordinator, find))


def asks(table: Table, seat: Actor, *, about: str = "", reason: str = "intervenes") -> UUID:
    """Let a seat ask to join, by the situation's reference or by another."""
    request_id = new_id()

    async def ask(unit: Unit, situation_id: UUID) -> None:
        await sharing.ask_to_join(
            unit,
            request_id,
            about or reference_of_row,
            None if about else situation_id,
            reason=reason,
            sentence=SENTENCE,
        )

    reference_of_row = reference_of(table)
    table.does(seat, ask)
    return request_id


def own_states(table: Table, seat: Actor) -> list[str]:
    """Return the states of one's own requests, the newest first."""

    async def read(unit: Unit, _: UUID) -> Any:
        return await sharing.own_requests(unit)

    return [str(one.state) for one in table.reads(seat, read)]


def test_a_request_is_answered_by_a_place(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    request_id = asks(table, nurse)
    assert not table.sees(nurse)
    for answers in (table.coordinator, table.seated[0]):
        waiting = table.reads(answers, sharing.read_requests)
        assert [one.name for one in waiting] == [nurse.name]
        assert table.reads(answers, sharing.read_request, request_id).sentence == SENTENCE
    table.does(table.seated[0], sharing.invite_asker, request_id)
    assert own_states(table, nurse) == ["accepted"]
    assert not table.sees(nurse), "an invitation opens nothing"

    async def accept(unit: Unit, _: UUID) -> None:
        (invitation,) = await sharing.my_invitations(unit)
        await sharing.accept_invitation(unit, invitation.invitation_id)

    table.does(nurse, accept)
    assert table.level(nurse, Section.HOUSING) is Level.READ_EXTRACT
    with pytest.raises(Conflict):
        table.does(table.coordinator, sharing.decline_asker, request_id, "other_way")
    assert table.reads(table.coordinator, sharing.read_requests) == ()


def test_only_the_coordinator_and_the_lead_know_of_it(table: Table) -> None:
    nurse, member = table.cast.psychiatric_nurse(), table.cast.physician()
    table.joins(member)
    request_id = asks(table, nurse)
    assert table.reads(member, sharing.read_requests) == ()
    with pytest.raises(Refused):
        table.reads(member, sharing.read_request, request_id)
    with pytest.raises(Refused):
        table.does(member, sharing.invite_asker, request_id)
    for operation in (sharing.read_request, sharing.invite_asker):
        with pytest.raises(NotFound):
            table.does(nurse, operation, request_id)
    with pytest.raises(NotFound):
        table.reads(nurse, sharing.read_requests)
    other = Table.laid(table.house, table.cast)
    with pytest.raises(NotFound):
        other.reads(table.coordinator, sharing.read_request, request_id)


def test_a_guest_access_may_be_offered_instead(table: Table) -> None:
    nurse, worker = table.cast.psychiatric_nurse(), table.seated[0]
    request_id = asks(table, nurse)
    wanted = GuestOffer(
        employment_id=nurse.employment_id,
        sections=("housing",),
        purpose="continuity",
        basis="CSP_L1110_4_II",
        until=table.house.workplace.clock.now() + timedelta(days=5),
    )
    shown = table.does(worker, sharing.preview_asker, request_id, wanted)
    assert [one.level for one in shown.openings] == [Level.READ_EXTRACT]
    assert not table.sees(nurse)
    someone_else = GuestOffer(
        **{name: getattr(wanted, name) for name in ("sections", "purpose", "basis", "until")},
        employment_id=table.cast.physician().employment_id,
    )
    with pytest.raises(Invalid):
        table.does(worker, sharing.admit_asker, request_id, someone_else)
    table.does(worker, sharing.admit_asker, request_id, wanted)
    assert table.level(nurse, Section.HOUSING) is Level.READ_EXTRACT
    assert own_states(table, nurse) == ["accepted"]


def test_declined_unanswered_and_inexistent_look_alike(table: Table) -> None:
    """What the asker is told is the same at each instant, whatever became of the request."""
    seats = {
        "declined": table.cast.psychiatric_nurse("Judith Malescot"),
        "unanswered": table.cast.psychiatric_nurse("Salomé Ferran"),
        "inexistent": table.cast.psychiatric_nurse("Lise Aubrac"),
    }
    declined = asks(table, seats["declined"])
    asks(table, seats["unanswered"])
    asks(table, seats["inexistent"], about=NOWHERE)
    table.does(table.coordinator, sharing.decline_asker, declined, "circle_enough")
    for days, state in ((0, "waiting"), (9, "waiting"), (1, "no_follow_up"), (90, "no_follow_up")):
        table.passes(days=days)
        assert [own_states(table, seat) for seat in seats.values()] == [[state]] * 3
    with pytest.raises(Invalid):
        table.does(table.coordinator, sharing.decline_asker, declined, "because")


def test_a_late_answer_is_shown_late_and_still_counts(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    request_id = asks(table, nurse)

    async def home(unit: Unit, _: UUID) -> Any:
        return await sharing.requests_to_answer(unit)

    assert [one.late for one in table.reads(table.coordinator, home)] == [False]
    table.passes(days=10)
    assert [one.late for one in table.reads(table.coordinator, home)] == [True]
    assert [one.late for one in table.reads(table.seated[0], home)] == [True]
    assert table.reads(nurse, home) == ()
    assert own_states(table, nurse) == ["no_follow_up"]
    table.does(table.coordinator, sharing.invite_asker, request_id)
    assert own_states(table, nurse) == ["accepted"]


def test_one_request_at_a_time_and_five_a_day(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    asks(table, nurse, about="SIT-2026-09991")
    with pytest.raises(Conflict):
        asks(table, nurse, about="sit-2026-09991")
    for last in range(2, 6):
        asks(table, nurse, about=f"SIT-2026-0999{last}")
    with pytest.raises(TooMany) as problem:
        asks(table, nurse)
    assert 0 < problem.value.retry_after_seconds <= 24 * 3600
    table.passes(days=1)
    asks(table, nurse)
    for wrong in ("Mme Carvennec", "SIT-26-14", ""):
        with pytest.raises(Invalid):
            asks(table, nurse, about=wrong or " ")


def test_its_sentence_is_destroyed_in_time(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    request_id = asks(table, nurse)
    house = table.house
    table.passes(days=89)
    assert house.run(tasks.forget(house.workplace)) == 0
    table.passes(days=1)
    assert house.run(tasks.forget(house.workplace)) == 1
    assert house.run(tasks.forget(house.workplace)) == 0
    with pytest.raises(NotFound):
        table.reads(table.coordinator, sharing.read_request, request_id)

    async def reopen(unit: Unit, _: UUID) -> None:
        await unit.keyring.load(unit.clsm_id, [(request_id, "join_request")])
        context = BoxContext(unit.clsm_id, request_id, "join_request", field=str(request_id))
        unit.keyring.seal(context, SENTENCE)

    with pytest.raises(CannotOpen):
        table.reads(nurse, reopen)


@pytest.fixture
def site(house: House) -> Site:
    """Open the whole application over this house."""
    client, seats = house.client(), Seats(house)
    state = client.app.state
    state.door = Door(workplace=state.door.workplace, doorkeeper=seats)
    return Site(client.app, client, seats)


def test_the_answer_is_the_same_bytes_whatever_the_reference(site: Site, table: Table) -> None:
    """Existing and hidden, existing and already seen, inexistent: page, API, list and register."""
    hidden, member, absent = (table.cast.psychiatric_nurse(f"Infirmière {n}") for n in range(3))
    table.joins(member)
    references = {hidden: reference_of(table), member: reference_of(table), absent: NOWHERE}
    posted, called, listed, acts = [], [], [], []
    for seat, reference in references.items():
        browser = site.browser(seat)
        form = {
            "request_id": str(new_id()),
            "reference": reference,
            "reason": "colleague",
            "sentence": SENTENCE,
        }
        answer = browser.post("/join-requests", form)
        posted.append((answer.status_code, answer.headers["location"], answer.content))
        body = form | {"request_id": str(new_id()), "reference": "SIT-2026-07777"}
        said = browser.send("POST", "/api/v1/join-requests", body)
        called.append((said.status_code, said.content))
        own = browser.get("/api/v1/join-requests").json()
        listed.append([(one["reason"], one["state"], one["answer_by"]) for one in own])
    table.house.sequence()
    for seat in references:
        lines = site.browser(seat).get("/record/mine?act=circle.asked").text
        acts.append((lines.count("Demande"), reference_of(table) in lines))
    for found in (posted, called, listed, acts):
        assert found[0] == found[1] == found[2], found
    assert posted[0][0] == 303
    assert called[0][0] == 202
    assert acts[0][0] > 0
    assert acts[0][1] is False


def test_the_pages_ask_and_answer(site: Site, table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    asker, lead = site.browser(nurse), site.browser(table.seated[0])
    typed = {
        "request_id": str(new_id()),
        "reference": "Héron",
        "reason": "intervenes",
        "sentence": SENTENCE,
    }
    wrong = asker.post("/join-requests", typed)
    assert wrong.status_code == 422
    assert "Écrivez la référence en entier" in wrong.text
    assert SENTENCE in wrong.text
    assert (
        asker.post("/join-requests", typed | {"reference": reference_of(table)}).status_code == 303
    )
    assert "en attente" in asker.get("/join-requests").text
    assert "Demandes d’entrée à traiter" in lead.get("/").text
    here = f"/situations/{table.situation_id}"
    assert nurse.name in lead.get(f"{here}/circle").text
    one = f"{here}/requests/{typed['request_id']}"
    assert SENTENCE in lead.get(one).text
    assert lead.post(one, {}).status_code == 422
    assert lead.post(one, {"answer": "declined"}).status_code == 422
    onward = lead.post(one, {"answer": "guest"})
    assert (onward.status_code, onward.headers["location"]) == (303, f"{one}/guest")
    offered = {
        "employment_id": str(nurse.employment_id),
        "sections": "housing",
        "purpose": "continuity",
        "basis": "CSP_L1110_4_II",
        "until-day": "3",
        "until-month": "4",
        "until-year": "2026",
        "hour": "18",
    }
    assert lead.get(f"{one}/guest").status_code == 200
    assert "aujourd’hui" in lead.post(f"{one}/guest", offered).text
    assert not table.sees(nurse)
    assert lead.post(f"{one}/guest", offered | {"seen": "yes"}).status_code == 303
    assert table.sees(nurse)
    assert "Vos accès ponctuels" in asker.get("/").text
    assert lead.get(one).status_code == 404
    late = lead.post(one, {"answer": "declined", "motive": "other_way"})
    assert late.headers["location"] == f"{here}/circle?done=asker-answered"


def test_a_request_and_its_answer_are_recorded_and_nothing_is_in_clear(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    request_id = asks(table, nurse)
    table.does(table.coordinator, sharing.decline_asker, request_id, "other_way")
    table.house.sequence()

    async def acts(unit: Unit, _: UUID) -> list[str]:
        found = await unit.transaction.execute(
            text(
                "SELECT act FROM audit_shown WHERE act IN ('circle.asked', 'circle.answered') "
                "ORDER BY idx"
            )
        )
        return list(found.scalars())

    async def row(unit: Unit, _: UUID) -> Any:
        found = await unit.transaction.execute(select(JoinRequest.__table__))
        return found.one()

    assert table.reads(table.coordinator, acts) == ["circle.asked", "circle.answered"]
    kept = table.reads(table.coordinator, row)
    assert SENTENCE.encode() not in bytes(kept.content)
    assert (kept.answer, kept.motive) == ("declined", "other_way")
