"""A draft: resumable, its author's alone, never half written, destroyed for good."""

import pytest
from sqlalchemy import select

from audit.event import Act
from service.database import new_id
from service.encryption.keys import key_data
from service.errors import Conflict, Invalid, NotFound, Refused
from service.referrals import operations
from service.referrals.form import Variant
from service.referrals.models import Referral
from service.referrals.schemas import NewReferral
from tests.cast import Cast
from tests.referrals.forms import MARK, a_draft, complete_form, recorded, save


@pytest.fixture
def cast(house):
    return Cast.on(house)


def read(house, seat, referral_id):
    async def work():
        async with house.act(seat, write=False) as unit:
            return await operations.read_draft(unit, referral_id)

    return house.run(work())


def test_a_draft_is_taken_up_again_as_it_was_left(house, cast):
    nurse = cast.psychiatric_nurse()
    form = complete_form(Variant.FULL)
    del form["voice"]
    referral_id = a_draft(house, cast, nurse, form)
    draft = read(house, nurse, referral_id)
    assert draft.form == form
    assert list(draft.wanting) == ["person_view"]
    assert [draft.deleted_on.day, draft.deleted_on.month] == [23, 4]


def test_nobody_else_learns_that_a_draft_exists(house, cast):
    nurse, other, coordinator = cast.psychiatric_nurse(), cast.physician(), cast.coordinator()
    referral_id = a_draft(house, cast, nurse, {"person": {"last_name": "Carvennec"}})
    for seat in (other, coordinator):
        for unknown in (referral_id, new_id()):
            with pytest.raises(NotFound):
                read(house, seat, unknown)
    assert (Act.REFERRAL_READ, "deny") in recorded(house, cast)


def test_a_stale_version_is_told_and_nothing_of_either_text_is_lost(house, cast):
    landlord = cast.landlord()
    referral_id = a_draft(house, cast, landlord, {"voice": {"person_view": "Premier."}})
    version = read(house, landlord, referral_id).version
    save(house, landlord, referral_id, "voice", {"person_view": "Deuxième."}, version)
    with pytest.raises(Conflict):
        save(house, landlord, referral_id, "voice", {"person_view": "Autre."}, version)
    assert read(house, landlord, referral_id).answers("voice") == {"person_view": "Deuxième."}


def test_two_clicks_make_one_draft_and_another_author_never_takes_it(house, cast):
    landlord, other = cast.landlord(), cast.inspector()
    new = NewReferral(cell_id=cast.cell_id, referral_id=new_id())

    async def start(seat):
        async with house.act(seat) as unit:
            return await operations.start_draft(unit, new)

    assert house.run(start(landlord)) == house.run(start(landlord)) == new.referral_id
    with pytest.raises(Conflict):
        house.run(start(other))


def test_who_may_not_refer_is_told_whom_to_ask(house, cast):
    async def start(seat, cell_id):
        async with house.act(seat) as unit:
            return await operations.start_draft(unit, NewReferral(cell_id=cell_id))

    with pytest.raises(Refused) as refused:
        house.run(start(cast.auditor(), cast.cell_id))
    assert "CCAS" in refused.value.remedy
    with pytest.raises(Invalid):
        house.run(start(cast.landlord(), new_id()))


def test_a_facts_only_form_never_stores_block_i_even_if_posted(house, cast):
    landlord = cast.landlord()
    referral_id = a_draft(house, cast, landlord, {})
    version = read(house, landlord, referral_id).version
    with pytest.raises(NotFound):
        save(house, landlord, referral_id, "health", {"known_risk": MARK}, version)
    with pytest.raises(Invalid):
        save(house, landlord, referral_id, "housing", {"known_risk": MARK}, version)
    row = house.run(_row(house, cast, referral_id))
    assert row.health is None
    assert row.form == "facts_only"
    assert read(house, landlord, referral_id).form.keys() == {"request"}


async def _row(house, cast, referral_id):
    async with house.act(cast.seats[next(iter(cast.seats))], write=False) as unit:
        found = await unit.transaction.execute(
            select(Referral.__table__).where(
                Referral.clsm_id == cast.clsm_id, Referral.referral_id == referral_id
            )
        )
        return found.first()


def test_a_danger_saved_for_good_is_redirected_once_and_autosave_says_nothing(house, cast):
    landlord = cast.landlord()
    referral_id = a_draft(house, cast, landlord, {})
    version = read(house, landlord, referral_id).version
    answers = complete_form()["urgency"] | {"danger_fire": "yes"}
    saved = save(house, landlord, referral_id, "urgency", answers, version, lenient=True)
    assert saved.danger == ()
    saved = save(house, landlord, referral_id, "urgency", answers, saved.version)
    assert saved.danger == ("danger_fire",)
    saved = save(house, landlord, referral_id, "urgency", answers, saved.version)
    assert saved.danger == ()
    acts = [act for act, _ in recorded(house, cast)]
    assert acts.count(Act.REFERRAL_REDIRECTED) == 1


def test_a_discarded_draft_leaves_neither_row_nor_key(house, cast):
    nurse = cast.psychiatric_nurse()
    referral_id = a_draft(house, cast, nurse, complete_form(Variant.FULL))
    situation_id = read(house, nurse, referral_id).situation_id

    async def discard():
        async with house.act(nurse) as unit:
            await operations.discard_draft(unit, referral_id)
        keystore = house.workplace.keyring._keystore
        return await keystore.read(
            select(key_data.c.section).where(key_data.c.situation_id == situation_id)
        )

    assert [row.section for row in house.run(discard())] == ["audit"]
    assert house.run(_row(house, cast, referral_id)) is None
    with pytest.raises(NotFound):
        read(house, nurse, referral_id)
    acts = [act for act, _ in recorded(house, cast)]
    assert acts.count(Act.KEY_DESTROYED) == 2
