"""What is told by mail: after the commit, at least once, and never a word of anyone."""

import asyncio
import io
import socket
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service import jobs, logs, worker
from service.database import FOREVER, transaction
from service.jobs import draining, outbox
from service.jobs.draining import drain
from service.jobs.models import OutgoingMail
from service.jobs.post import SENTENCE, SUBJECT
from service.jobs.rules import BATCH, FIRST_WAIT, KEPT, LEASE, LONGEST_WAIT, STALE, Kind, next_try
from service.people import operations as people
from service.people.models import Account
from tests.cast import Cast
from tests.jobs.mailbox import open_mailbox


@pytest.fixture
def box():
    with open_mailbox() as opened:
        yield opened


@pytest.fixture
def cast(house):
    return Cast.on(house)


def tell(house, actor, *seats, kind=Kind.EMERGENCY_OPENED, **more):
    async def story():
        async with house.act(actor) as unit:
            await jobs.notify(unit, [seat.employment_id for seat in seats], kind, **more)

    house.run(story())


def drained(house, cast, box):
    return house.run(drain(house.workplace, box.post(), cast.clsm_id, people.mail_addresses))


def rows(house, cast):
    async def story():
        async with transaction(
            house.workplace.engine, write=False, clsm_id=cast.clsm_id
        ) as connection:
            found = await connection.execute(
                select(*OutgoingMail.__table__.c).order_by(OutgoingMail.mail_id)
            )
            return found.all()

    return house.run(story())


def test_a_mail_says_that_something_waits_and_nothing_else(house, cast, box):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    tell(house, nurse, coordinator)
    assert len(drained(house, cast, box).sent) == 1
    assert box.to == [f"{coordinator.account_id.hex}@essai.example"]
    (letter,) = box.letters
    assert letter["Subject"] == SUBJECT
    body = letter.get_payload(decode=True).decode()
    assert body.split() == f"{SENTENCE} https://cellule.example/".split()
    assert letter["Auto-Submitted"] == "auto-generated"
    whole = box.raw[0].decode().lower()
    for word in ("urgence", "emergency", "quintard", "violleau", "sit-", str(nurse.employment_id)):
        assert word not in whole


def test_all_mails_differ_by_address_date_and_identifier_only(house, cast, box):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    tell(house, nurse, coordinator, kind=Kind.EMERGENCY_OPENED)
    tell(house, nurse, coordinator, kind=Kind.CIRCLE)
    drained(house, cast, box)
    first, second = ({k: v for k, v in m.items() if k != "Message-ID"} for m in box.letters)
    assert first == second
    assert box.letters[0].get_payload() == box.letters[1].get_payload()
    assert box.letters[0]["Message-ID"] != box.letters[1]["Message-ID"]


def test_what_is_rolled_back_is_not_told(house, cast, box):
    coordinator = cast.coordinator()

    async def story():
        async with house.act(coordinator) as unit:
            await jobs.notify(unit, [coordinator.employment_id], Kind.CIRCLE)
            unit.undo()

    house.run(story())
    assert rows(house, cast) == []
    assert drained(house, cast, box).sent == []


def test_a_mail_waits_for_its_hour(house, cast, box):
    coordinator = cast.coordinator()
    later = house.workplace.clock.now() + timedelta(hours=2)
    tell(house, coordinator, coordinator, not_before=later)
    assert drained(house, cast, box).sent == []
    house.hands.advance(timedelta(hours=2))
    assert len(drained(house, cast, box).sent) == 1


def test_a_seat_that_ended_or_an_account_that_closed_is_not_written_to(house, cast, box):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    tell(house, coordinator, nurse)

    async def close():
        async with transaction(house.workplace.engine, write=True) as connection:
            await connection.execute(
                update(Account)
                .where(Account.account_id == nurse.account_id)
                .values(disabled_at=house.workplace.clock.now())
            )

    house.run(close())
    done = drained(house, cast, box)
    assert (done.sent, len(done.given_up), box.letters) == ([], 1, [])


def test_a_server_that_is_down_is_tried_again_later_each_time(house, cast, box):
    coordinator = cast.coordinator()
    tell(house, coordinator, coordinator)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port, box.port = box.port, nobody.getsockname()[1]
        assert len(drained(house, cast, box).later) == 1
    box.port = port
    assert drained(house, cast, box).sent == [], "its turn has not come back yet"
    house.hands.advance(FIRST_WAIT)
    assert len(drained(house, cast, box).sent) == 1
    assert rows(house, cast)[0].tries == 2


def test_waits_double_then_stay_at_an_hour(house):
    now = house.workplace.clock.now()
    waits = [next_try(tries, now) - now for tries in (1, 2, 3, 7, 500)]
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [1, 2, 4, 60, 60]
    assert waits[-1] == LONGEST_WAIT


def test_a_mailbox_that_refuses_for_now_does_not_keep_the_others(house, cast, box):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    tell(house, coordinator, coordinator, nurse)
    box.answers[f"{coordinator.account_id.hex}@essai.example"] = "451 greylisted"
    done = drained(house, cast, box)
    assert (len(done.sent), len(done.later), len(done.given_up)) == (1, 1, 0)


def test_a_recipient_refused_for_good_is_given_up_and_its_address_is_not_logged(house, cast, box):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    tell(house, coordinator, coordinator, nurse)
    address = f"{coordinator.account_id.hex}@essai.example"
    box.answers[address] = f"550 no such user {address}"
    lines = io.StringIO()
    logs.configure(lines)
    done = drained(house, cast, box)
    assert (len(done.sent), len(done.given_up), done.later) == (1, 1, [])
    assert "mail_refused" in lines.getvalue()
    assert "essai.example" not in lines.getvalue()
    house.hands.advance(LONGEST_WAIT)
    assert drained(house, cast, box).sent == []


def test_a_worker_that_dies_after_the_server_took_it_sends_it_again_under_the_same_name(
    house, cast, box, monkeypatch
):
    coordinator = cast.coordinator()
    tell(house, coordinator, coordinator)

    async def dies(*_arguments, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(draining.outbox, "end", dies)
        with pytest.raises(RuntimeError):
            house.run(
                _caught(drain(house.workplace, box.post(), cast.clsm_id, people.mail_addresses))
            )
    assert drained(house, cast, box).sent == [], "the lease still runs"
    house.hands.advance(LEASE)
    assert len(drained(house, cast, box).sent) == 1
    assert len({letter["Message-ID"] for letter in box.letters}) == 1
    assert len(box.letters) == 2


async def _caught(work):
    """Run what stops a process without stopping this test's loop."""
    try:
        await work
    except KeyboardInterrupt as stopped:
        raise RuntimeError from stopped


def test_several_workers_send_each_mail_once(house, cast, box):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    count = 2 * BATCH + 3
    for _ in range(count):
        tell(house, coordinator, nurse)

    async def together():
        work = [
            drain(house.workplace, box.post(), cast.clsm_id, people.mail_addresses)
            for _ in range(4)
        ]
        return await asyncio.gather(*work)

    done = house.run(together())
    assert sum(len(one.sent) for one in done) == count == len(box.letters)
    assert len({letter["Message-ID"] for letter in box.letters}) == count


def test_stale_mails_are_given_up_then_deleted(house, cast, box):
    coordinator = cast.coordinator()
    tell(house, coordinator, coordinator)
    house.hands.advance(STALE)
    assert drained(house, cast, box).sent == [], "old news is no news"
    assert house.run(worker.purge_mails(house.workplace)) == 0
    assert rows(house, cast)[0].ended_at < FOREVER
    assert not rows(house, cast)[0].sent
    house.hands.advance(KEPT)
    assert house.run(worker.purge_mails(house.workplace)) == 1
    assert rows(house, cast) == []


def test_the_worker_serves_every_clsm_and_outlives_a_failure(house, cast, box, monkeypatch):
    other = Cast.on(house)
    for one in (cast, other):
        coordinator = one.coordinator()
        tell(house, coordinator, coordinator)
    assert house.run(worker.send_mails(house.workplace, box.post())) is True
    assert len(box.letters) == 2

    async def breaks(*_arguments):
        raise RuntimeError("marqueur")

    monkeypatch.setattr(worker, "drain", breaks)
    lines = io.StringIO()
    logs.configure(lines)
    assert house.run(worker.send_mails(house.workplace, box.post())) is False
    assert "task_failed" in lines.getvalue()
    assert "marqueur" not in lines.getvalue()


def test_the_operator_is_told_counts(house, cast, box):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()

    def standing():
        async def story():
            async with transaction(
                house.workplace.engine, write=False, clsm_id=cast.clsm_id
            ) as connection:
                return await outbox.standing(connection, cast.clsm_id)

        return house.run(story())

    assert standing() == outbox.Standing(0, None, 0)
    told_at = house.workplace.clock.now()
    tell(house, coordinator, coordinator, nurse)
    assert standing() == outbox.Standing(2, told_at, 0)
    box.answers["*"] = "550 no"
    drained(house, cast, box)
    assert standing() == outbox.Standing(0, None, 2)
