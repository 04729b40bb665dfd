"""The first page of each seat: what is expected of it, and nothing that it may not know."""

import pytest

from service.home.rules import Home, home_of
from service.referrals.form import Variant
from tests.cast import Cast
from tests.referrals.forms import MARK, a_referral, complete_form
from tests.security.doors import Browser, sign_in


@pytest.mark.parametrize(
    ("offices", "kind", "category", "basis", "home"),
    [
        ({"coordinator"}, "COORDINATION", "NONE", "", Home.COORDINATOR),
        ({"auditor"}, "ETHICS", "NONE", "", Home.AUDITOR),
        ({"dpo"}, "DATA_PROTECTION", "NONE", "", Home.DPO),
        ({"copil_reader"}, "MUNICIPALITY", "NONE", "", Home.COPIL_READER),
        ({"administrator"}, "HOSTING", "NONE", "", Home.ADMINISTRATOR),
        ({"organisation_administrator"}, "CCAS", "2a", "", Home.ADMINISTRATOR),
        ({"health_cofacilitator"}, "PSYCHIATRY", "1", "", Home.COFACILITATOR),
        ((), "PSYCHIATRY", "1", "", Home.PROFESSIONAL),
        ((), "CCAS", "NONE", "CASF133_5", Home.PROFESSIONAL),
        ((), "DAC", "2j", "", Home.PROFESSIONAL),
        ((), "LANDLORD", "NONE", "", Home.PARTNER),
        ((), "MUNICIPALITY", "NONE", "", Home.PARTNER),
        ((), "PEER", "NONE", "", Home.PARTNER),
    ],
)
def test_a_home_follows_the_office_then_the_legal_category(offices, kind, category, basis, home):
    assert home_of(offices, kind, category, basis, "agent") is home


def test_each_seat_sees_its_own_first_page_and_no_health_word(house):
    cast = Cast.on(house)
    landlord, nurse, coordinator = cast.landlord(), cast.psychiatric_nurse(), cast.coordinator()
    client = house.client()
    reference = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt.reference
    seats = {
        landlord: ("Signaler une situation", False),
        nurse: ("Vos situations", True),
        coordinator: ("La cellule aujourd", True),
        cast.auditor(): ("Ouvrir le registre", False),
        cast.dpo(): ("Ouvrir le registre", False),
        cast.administrator(): ("Ouvrir l’annuaire", False),
        cast.seat("Corinne", kind="MUNICIPALITY", office="copil_reader"): ("publication", False),
    }
    for seat, (words, knows) in seats.items():
        answer = Browser(client, sign_in(house, seat)).get("/")
        assert answer.status_code == 200
        assert words in answer.text
        assert (reference in answer.text) is knows
        assert MARK not in answer.text
        assert "Carvennec" not in answer.text or seat is coordinator
        assert answer.headers["cache-control"] == "no-store"


def test_without_a_pledge_the_first_page_says_what_to_do(house):
    cast = Cast.on(house)
    newcomer = cast.seat("Alban", kind="LANDLORD", pledged=False)
    client = house.client()
    assert 'href="/pledge"' in Browser(client, sign_in(house, newcomer)).get("/").text
    member = Browser(client, sign_in(house, cast.landlord())).get("/")
    assert 'href="/pledge"' not in member.text
