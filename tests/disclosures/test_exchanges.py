"""Exchanges: only those named read, as long as the rules allow, and the sender knows who did."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from policies.vocabulary import Section
from service.database import new_id
from service.disclosures import operations as disclosures
from service.disclosures.models import Exchange
from service.disclosures.schemas.exchanges import Draft, ExchangeView
from service.errors import Conflict, Invalid, NotFound, Refused
from service.jobs.models import OutgoingMail
from service.sharing import operations as sharing
from service.sharing.schemas.targeted import GuestOffer
from service.unit import Actor, Unit
from service.web.provide import Door
from tests.house import House
from tests.sharing.table import PAPER, Table
from tests.situations.web import Seats, Site

WORDS = "Le réfrigérateur arrive mardi à 10 h : peux-tu être là ?"
YES = {f"I{number}_G{group}": "yes" for number in range(1, 11) for group in (1, 2)}


@pytest.fixture
def table(house: House) -> Table:
    """Lay a named situation with a social worker, a nurse, a physician and the landlord."""
    table = Table.laid(house)
    cast = table.cast
    table.seated = (cast.social_worker(), cast.psychiatric_nurse(), cast.physician())
    for seat in (*table.seated, table.landlord):
        table.joins(seat)
    table.named_by(table.seated[0], **YES)
    return table


def sends(
    table: Table,
    sender: Actor,
    *to: Actor,
    section: Section = Section.HOUSING,
    words: str = WORDS,
    exchange_id: UUID | None = None,
) -> UUID:
    """Let a seat send a message to others."""
    draft = Draft(
        exchange_id=exchange_id or new_id(),
        section=section,
        recipients=tuple(one.employment_id for one in to),
        purpose="coordination",
        text=words,
    )
    sent: UUID = table.does(sender, disclosures.send_exchange, draft)
    return sent


def opens(table: Table, reader: Actor, exchange_id: UUID) -> ExchangeView:
    """Let a recipient say that they open it, then read it."""
    table.does(reader, disclosures.open_exchange, exchange_id)
    view: ExchangeView = table.reads(reader, disclosures.read_exchange, exchange_id)
    return view


def counts(table: Table, reader: Actor) -> dict[UUID, int]:
    """Return what a first page counts."""

    async def count(unit: Unit, _: UUID) -> Any:
        return await disclosures.unread_by_situation(unit)

    found: dict[UUID, int] = table.reads(reader, count)
    return found


def test_those_named_read_it_and_nobody_else(table: Table) -> None:
    worker, nurse, physician = table.seated
    sent = sends(table, worker, nurse)
    assert counts(table, nurse) == {table.situation_id: 1}
    before = table.reads(nurse, disclosures.read_exchange, sent)
    assert before.text is None
    assert before.line.unread
    assert opens(table, nurse, sent).text == WORDS
    assert counts(table, nurse) == {}
    assert table.reads(worker, disclosures.read_exchange, sent).text == WORDS
    for other in (physician, table.landlord, table.coordinator):
        assert table.reads(other, disclosures.list_exchanges) == ()
        assert counts(table, other) == {}
        for wanted in (sent, uuid4()):
            with pytest.raises(NotFound):
                table.reads(other, disclosures.read_exchange, wanted)
            with pytest.raises(NotFound):
                table.does(other, disclosures.open_exchange, wanted)
    outsider = table.cast.psychiatric_nurse("Judith Malescot")
    with pytest.raises(NotFound):
        table.reads(outsider, disclosures.list_exchanges)


def test_the_sender_sees_who_read_and_when(table: Table) -> None:
    worker, nurse, physician = table.seated
    sent = sends(table, worker, nurse, physician)
    now = table.passes(hours=2)
    opens(table, nurse, sent)
    table.passes(hours=1)
    opens(table, nurse, sent)
    receipts = table.reads(worker, disclosures.read_exchange, sent).line.receipts
    read = {one.name.name: one.read_at for one in receipts}
    assert read == {nurse.name: now, physician.name: None}
    assert table.reads(nurse, disclosures.read_exchange, sent).line.receipts == ()


def test_who_may_be_named_is_decided_by_the_rules(table: Table) -> None:
    worker, nurse, physician = table.seated

    def offered(section: Section) -> dict[str, bool]:
        writing = table.reads(worker, disclosures.prepare_exchange, section)
        return {one.name.name: one.across for one in writing.recipients}

    assert offered(Section.HOUSING) == {nurse.name: True, physician.name: True}
    table.says(worker, I7_G1="no")
    assert offered(Section.MENTAL_HEALTH) == {}
    for refused in (table.landlord, table.coordinator, worker):
        with pytest.raises(Invalid) as problem:
            sends(table, worker, refused)
        assert set(problem.value.fields) == {"recipients"}
    with pytest.raises(Invalid):
        sends(table, worker, nurse, section=Section.MENTAL_HEALTH)
    for sender in (table.landlord, table.coordinator):
        with pytest.raises(Refused):
            sends(table, sender, nurse)
    with pytest.raises(Refused):
        table.reads(worker, disclosures.prepare_exchange, Section.NEIGHBOURHOOD)
    table.house.sequence()

    async def refusals(unit: Unit, _: UUID) -> int:
        asked = text(
            "SELECT count(*) FROM audit_shown WHERE act = 'exchange.sent' AND out = 'deny'"
        )
        return int((await unit.transaction.execute(asked)).scalar_one())

    assert table.reads(table.coordinator, refusals) == 6


def test_the_person_is_informed_first(house: House) -> None:
    table = Table.laid(house)
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    for seat in (worker, nurse):
        table.joins(seat)
    table.does(worker, sharing.record_information, groups=("G2",), **PAPER)
    table.does(worker, sharing.record_agreement, {}, general=True, **PAPER)
    assert table.reads(worker, disclosures.prepare_exchange, Section.HOUSING).recipients == ()
    table.does(worker, sharing.record_information, groups=("G1",), **PAPER)
    found = table.reads(worker, disclosures.prepare_exchange, Section.HOUSING).recipients
    assert [(one.name.name, one.across) for one in found] == [(nurse.name, True)]


def test_health_asks_for_a_second_factor(table: Table) -> None:
    worker, nurse, _ = table.seated
    weak = table.cast.seat(
        "Karim Tassin", kind="PSYCHIATRY", category="1", function="nurse", strong_auth=False
    )
    table.joins(weak)
    sent = sends(table, nurse, weak, section=Section.MENTAL_HEALTH)
    with pytest.raises(Refused):
        table.reads(weak, disclosures.read_exchange, sent)
    with pytest.raises(Refused):
        sends(table, weak, nurse, section=Section.MENTAL_HEALTH)
    assert opens(table, weak, sends(table, worker, weak)).text == WORDS


def test_what_changed_since_is_obeyed_at_each_reading(table: Table) -> None:
    worker, nurse, physician = table.seated
    dpo = table.cast.dpo()
    sent = sends(table, worker, nurse, physician)
    opens(table, nurse, sent)
    table.says(worker, I2_G1="no")
    with pytest.raises(Refused):
        table.reads(nurse, disclosures.read_exchange, sent)
    assert counts(table, physician) == {}
    assert [one.readable for one in table.reads(nurse, disclosures.list_exchanges)] == [False]
    assert table.reads(worker, disclosures.read_exchange, sent).text == WORDS
    table.says(worker, I2_G1="yes", I2_G2="no")
    assert table.reads(nurse, disclosures.read_exchange, sent).text == WORDS
    assert table.reads(worker, disclosures.read_exchange, sent).text == WORDS, "one's own words"
    table.says(worker, I2_G2="yes")
    table.does(dpo, sharing.freeze)
    with pytest.raises(Refused):
        table.reads(nurse, disclosures.read_exchange, sent)
    assert table.reads(worker, disclosures.read_exchange, sent).text == WORDS
    table.does(dpo, sharing.unfreeze)
    table.does(table.coordinator, sharing.leave_circle, physician.employment_id)
    with pytest.raises(NotFound):
        table.reads(physician, disclosures.read_exchange, sent)
    table.does(worker, sharing.withdraw_agreement, [], general=True, **PAPER)
    for seat in (worker, nurse):
        with pytest.raises((Refused, NotFound)):
            table.reads(seat, disclosures.read_exchange, sent)


def test_once_closed_nothing_is_read_any_more(table: Table) -> None:
    worker, nurse, _ = table.seated
    sent = sends(table, worker, nurse)
    opens(table, nurse, sent)
    table.does(table.coordinator, sharing.move, state="closed")
    table.does(table.coordinator, sharing.end_circle)
    for seat in (worker, nurse):
        with pytest.raises((Refused, NotFound)):
            table.reads(seat, disclosures.read_exchange, sent)


def test_an_answer_goes_to_everyone_named_who_still_may_be(table: Table) -> None:
    worker, nurse, physician = table.seated
    sent = sends(table, worker, nurse, physician)
    view = opens(table, nurse, sent)
    assert {one.employment_id for one in view.answers} == {
        worker.employment_id,
        physician.employment_id,
    }
    said = {"purpose": "continuity", "text": "J'y serai."}
    table.does(table.coordinator, sharing.leave_circle, physician.employment_id)
    view = table.reads(nurse, disclosures.read_exchange, sent)
    assert [one.name for one in view.unreachable] == [physician.name]
    answer = table.does(nurse, disclosures.reply, sent, new_id(), **said)
    read = opens(table, worker, answer)
    assert read.text == "J'y serai."
    assert [one.exchange_id for one in read.others] == [sent]
    assert read.line.thread_id == sent
    with pytest.raises(NotFound):
        table.does(table.landlord, disclosures.reply, sent, new_id(), **said)


def test_a_guest_takes_part_for_the_granted_section_only(table: Table) -> None:
    worker = table.seated[0]
    guest = table.cast.physician("Coralie Bastang")
    end = table.house.workplace.clock.now() + timedelta(days=5)
    table.does(
        table.coordinator,
        sharing.admit_guest,
        GuestOffer(
            employment_id=guest.employment_id,
            sections=("housing",),
            purpose="continuity",
            basis="CSP_L1110_4_II",
            until=end,
        ),
    )
    sent = sends(table, worker, guest)
    assert opens(table, guest, sent).text == WORDS
    with pytest.raises(Invalid):
        sends(table, worker, guest, section=Section.ANIMALS)
    table.house.hands.at = end
    with pytest.raises(NotFound):
        table.reads(guest, disclosures.read_exchange, sent)


def test_a_message_is_checked_and_written_once(table: Table) -> None:
    worker, nurse, _ = table.seated
    for wrong in ("", "a" * 2001, "Son numéro : 1 54 06 75 116 001 36"):
        with pytest.raises(Invalid) as problem:
            sends(table, worker, nurse, words=wrong)
        assert "text" in problem.value.fields
    with pytest.raises(Invalid):
        sends(table, worker)
    once = sends(table, worker, nurse, words="a" * 2000)
    assert sends(table, worker, nurse, exchange_id=once) == once
    with pytest.raises(Conflict):
        sends(table, nurse, worker, exchange_id=once)
    assert len(table.reads(nurse, disclosures.list_exchanges)) == 1

    async def kept(unit: Unit, _: UUID) -> Any:
        boxes = (await unit.transaction.execute(select(Exchange.content))).scalars().all()
        mails = (await unit.transaction.execute(select(OutgoingMail.kind))).scalars().all()
        return boxes, mails

    boxes, mails = table.reads(worker, kept)
    assert all(b"aaaa" not in bytes(box) for box in boxes)
    assert mails.count("exchange") == 1


@pytest.fixture
def site(house: House) -> Site:
    """Open the whole application over this house."""
    client, seats = house.client(), Seats(house)
    state = client.app.state
    state.door = Door(workplace=state.door.workplace, doorkeeper=seats)
    return Site(client.app, client, seats)


def test_the_pages_write_check_send_read_and_answer(site: Site, table: Table) -> None:
    worker, nurse, _ = table.seated
    here = f"/situations/{table.situation_id}"
    writes, reads = site.browser(worker), site.browser(nurse)
    form_at = f"{here}/sections/housing/exchanges"
    assert f'href="{form_at}"' in writes.get(f"{here}/sections/housing").text
    page = writes.get(form_at)
    assert page.status_code == 200
    assert "R.1110-3" in page.text
    assert table.landlord.name not in page.text
    sent = str(new_id())
    form = {
        "exchange_id": sent,
        "recipients": str(nurse.employment_id),
        "purpose": "coordination",
        "text": WORDS,
    }
    wrong = writes.post(form_at, form | {"purpose": ""})
    assert wrong.status_code == 422
    assert WORDS in wrong.text
    check = writes.post(form_at, form)
    assert check.status_code == 200
    assert "n’est pas un partage" in check.text
    assert nurse.name in check.text
    assert reads.get(f"{here}/exchanges/{sent}").status_code == 404
    again = writes.post(form_at, form | {"change": "yes"})
    assert again.status_code == 200
    assert WORDS in again.text
    done = writes.post(form_at, form | {"read_again": "yes"})
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"{here}/exchanges?done=exchange-sent",
    )
    assert "1 non lu" in reads.get("/").text
    assert "1 message non lu" in reads.get(here).text
    envelope = reads.get(f"{here}/exchanges/{sent}").text
    assert WORDS not in envelope
    assert reads.post(f"{here}/exchanges/{sent}/receipt", {}).status_code == 303
    assert WORDS in reads.get(f"{here}/exchanges/{sent}").text
    assert "lu par 1 sur 1" in writes.get(f"{here}/exchanges").text
    answer = {"exchange_id": str(new_id()), "purpose": "coordination", "text": "Oui."}
    empty = reads.post(f"{here}/exchanges/{sent}/replies", answer | {"text": ""})
    assert empty.status_code == 422
    assert reads.post(f"{here}/exchanges/{sent}/replies", answer).status_code == 303
    coordinator = site.browser(table.coordinator)
    named, absent = (coordinator.get(f"{here}/exchanges/{one}") for one in (sent, uuid4()))
    assert (named.status_code, named.content) == (absent.status_code, absent.content)
    assert named.status_code == 404
    assert "Aucun message" in coordinator.get(f"{here}/exchanges").text


def test_programs_do_the_same(site: Site, table: Table) -> None:
    worker, nurse, _ = table.seated
    here = f"/api/v1/situations/{table.situation_id}"
    writes, reads = site.browser(worker), site.browser(nurse)
    found = writes.get(f"{here}/sections/housing/exchanges/recipients").json()
    assert {one["name"]["name"] for one in found} == {one.name for one in table.seated[1:]}
    sent = str(new_id())
    body = {
        "exchange_id": sent,
        "recipients": [str(nurse.employment_id)],
        "purpose": "prevention",
        "text": WORDS,
    }
    assert writes.send("POST", f"{here}/sections/housing/exchanges", body).status_code == 201
    one = f"{here}/exchanges/{sent}"
    assert reads.get(one).json()["text"] is None
    assert reads.send("PUT", f"{one}/receipt", None).status_code == 204
    assert reads.get(one).json()["text"] == WORDS
    receipts = writes.get(f"{here}/exchanges").json()[0]["receipts"]
    assert receipts[0]["read_at"]
    answer = {"exchange_id": str(new_id()), "purpose": "prevention", "text": "Oui."}
    assert reads.send("POST", f"{one}/replies", answer).status_code == 201
    assert site.browser(table.landlord).get(one).status_code == 404
