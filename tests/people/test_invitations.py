"""Invitations: single use, seven days, one sentence for every bad link."""

import asyncio
import re
from datetime import timedelta

import pytest

from service.errors import Conflict, Invalid, NotFound, Refused
from service.people import operations as people
from service.people.models import Invitation
from service.people.schemas import NewInvitation, Visit
from tests.house import House
from tests.people.town import BOSS, PASSWORD, Town, csrf, post, sign_in

GUEST = "coralie.bastang@ssiad.example"
NEUTRAL = "Cette invitation ne peut pas être utilisée."


def _wanted(organisation_id, **more) -> NewInvitation:
    values = {
        "organisation_id": organisation_id,
        "email": GUEST,
        "category": "1",
        "function": "nurse",
        "title": "infirmière coordinatrice",
    }
    return NewInvitation(**(values | more))


def _invite(town: Town, seat, wanted: NewInvitation):
    async def work():
        async with town.house.act(seat) as unit:
            return await people.invite(unit, wanted)

    return town.house.run(work())


def _accept(town: Town, token: str, password: str = PASSWORD, name: str = "Coralie Bastang"):
    return town.house.run(
        people.accept_invitation(
            town.house.workplace,
            Visit(request_id=bytes(16)),
            token=token,
            name=name,
            password=password,
        )
    )


def test_someone_invited_comes_in_with_that_seat(house: House) -> None:
    town = Town.on(house)
    ssiad = town.organisation("o_ssiad", "HEALTH", "SSIAD Orze Domicile")
    boss = town.signed_in(BOSS)
    form = boss.get(f"/invitations/new?organisation={ssiad}")
    assert "SSIAD Orze Domicile" in form.text
    answer = post(
        boss,
        "/invitations",
        {
            "organisation_id": str(ssiad),
            "email": GUEST,
            "category": "1",
            "function": "nurse",
            "title": "infirmière coordinatrice",
        },
    )
    assert answer.status_code == 201, answer.text
    link = re.search(r"http://[^<\s]+/invitations/accept/\S+?(?=<)", answer.text).group()
    assert GUEST in boss.get("/invitations").text
    guest = town.client()
    proposal = guest.get(link)
    assert "SSIAD Orze Domicile" in proposal.text
    assert GUEST in proposal.text
    weak = guest.post(link, data={"name": "Coralie Bastang", "password": "Coralie"})
    assert weak.status_code == 422
    assert "12 caractères" in weak.text
    assert 'value="Coralie Bastang"' in weak.text
    done = guest.post(
        link, data={"name": "Coralie Bastang", "password": PASSWORD}, follow_redirects=False
    )
    assert done.headers["location"] == "/sign-in?done=invitation-accepted"
    sign_in(guest, GUEST)
    assert "infirmière coordinatrice, SSIAD Orze Domicile" in guest.get("/account").text
    assert GUEST not in boss.get("/invitations").text


def test_used_expired_revoked_and_unknown_links_have_one_answer(house: House) -> None:
    town = Town.on(house)
    ssiad = town.organisation("o_ssiad", "HEALTH")
    used = _invite(town, town.admin, _wanted(ssiad))
    _accept(town, used.token)
    revoked = _invite(town, town.admin, _wanted(ssiad, email="b@x.example"))

    async def revoke() -> None:
        async with house.act(town.admin) as unit:
            await people.revoke_invitation(unit, revoked.invitation_id)

    house.run(revoke())
    expired = _invite(town, town.admin, _wanted(ssiad, email="c@x.example"))
    client = town.client()
    assert client.get(f"/invitations/accept/{expired.token}").status_code == 200
    house.hands.advance(timedelta(days=7))
    pages = set()
    for token in (used.token, revoked.token, expired.token, "n" * 43):
        page = client.get(f"/invitations/accept/{token}")
        assert page.status_code == 404
        assert NEUTRAL in page.text
        pages.add(page.text)
        answer = client.post(
            "/api/v1/invitations/accept",
            json={"token": token, "name": "X Y", "password": PASSWORD},
        )
        assert answer.status_code == 422
        assert NEUTRAL in answer.json()["fields"]["token"]
    assert len(pages) == 1


def test_two_who_accept_at_once_are_one(house: House) -> None:
    town = Town.on(house)
    invited = _invite(town, town.admin, _wanted(town.organisation("o_ssiad", "HEALTH")))

    async def one() -> str:
        try:
            await people.accept_invitation(
                house.workplace,
                Visit(request_id=bytes(16)),
                token=invited.token,
                name="Coralie Bastang",
                password=PASSWORD,
            )
        except (Invalid, Conflict) as problem:
            return type(problem).__name__
        return "in"

    async def both() -> list[str]:
        return await asyncio.gather(one(), one(), one())

    assert house.run(both()).count("in") == 1
    assert town.accounts(GUEST) == 1


def test_the_link_s_secret_is_kept_nowhere(house: House) -> None:
    town = Town.on(house)
    invited = _invite(town, town.admin, _wanted(town.organisation("o_ssiad", "HEALTH")))
    assert len(invited.token) == 43
    from service.people.rules import digest_of

    assert town.rows(Invitation, Invitation.token_digest == digest_of(invited.token)) == 1


def test_who_has_an_account_proves_it(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse("coralie.bastang@empp.example")
    invited = _invite(
        town,
        town.admin,
        _wanted(town.organisation("o_ssiad", "HEALTH"), email="coralie.bastang@empp.example"),
    )
    client = town.client()
    page = client.get(f"/invitations/accept/{invited.token}")
    assert "a déjà un compte" in page.text
    assert 'name="name"' not in page.text
    with pytest.raises(Invalid) as wrong:
        _accept(town, invited.token, "un autre mot de passe")
    assert list(wrong.value.fields) == ["password"]
    _accept(town, invited.token)
    client = town.client()
    assert sign_in(client, "coralie.bastang@empp.example").headers["location"].startswith("/seats")
    assert nurse.account_id


def test_who_may_invite_and_where(house: House) -> None:
    town = Town.on(house)
    ccas, ssiad = town.organisation("o_ccas", "CCAS"), town.organisation("o_ssiad", "HEALTH")
    rachel = town.seat(
        town.account("rachel.osei@ccas.example", "Rachel Osei"), ccas, function="administrator"
    )
    town.office(rachel, "organisation_administrator")
    coordinator, nurse = town.coordinator(), town.nurse()
    social = {"category": "2a", "function": "social_worker"}
    assert _invite(town, rachel, _wanted(ccas, **social))
    with pytest.raises(Refused):
        _invite(town, rachel, _wanted(ssiad))
    with pytest.raises(Refused):
        _invite(town, nurse, _wanted(nurse.organisation_id))
    assert _invite(town, coordinator, _wanted(ssiad))
    with pytest.raises(NotFound):
        _invite(town, coordinator, _wanted(coordinator.employment_id))

    async def listed(seat) -> int:
        async with house.act(seat, write=False) as unit:
            return len(await people.list_invitations(unit))

    assert [house.run(listed(seat)) for seat in (rachel, coordinator, nurse)] == [1, 2, 0]


def test_revoking_is_for_those_who_invite(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    invited = _invite(town, town.admin, _wanted(town.organisation("o_ssiad", "HEALTH")))

    async def revoke(seat) -> None:
        async with house.act(seat) as unit:
            await people.revoke_invitation(unit, invited.invitation_id)

    with pytest.raises(Refused):
        house.run(revoke(nurse))
    house.run(revoke(town.admin))
    with pytest.raises(NotFound):
        house.run(revoke(town.admin))


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("HEALTH", {"email": "pas une adresse"}, "email"),
        ("HEALTH", {"category": "2h"}, "category"),
        ("HEALTH", {"function": "sorcière"}, "function"),
        ("HEALTH", {"title": "  "}, "title"),
        ("HEALTH", {"secrecy_basis": "CASF133_5"}, "secrecy_basis"),
        ("LANDLORD", {"category": "2a"}, "category"),
        ("LANDLORD", {"category": "2g"}, "category"),
        ("CCAS", {"category": "2j"}, "category"),
    ],
)
def test_a_wrong_invitation_names_its_field(house: House, kind, change, field) -> None:
    town = Town.on(house)
    with pytest.raises(Invalid) as wrong:
        _invite(town, town.admin, _wanted(town.organisation("o_x", kind), **change))
    assert list(wrong.value.fields) == [field]


def test_one_invitation_at_a_time_for_an_address_and_an_organisation(house: House) -> None:
    town = Town.on(house)
    ssiad = town.organisation("o_ssiad", "HEALTH")
    _invite(town, town.admin, _wanted(ssiad))
    with pytest.raises(Conflict):
        _invite(town, town.admin, _wanted(ssiad))
    boss = town.signed_in(BOSS)
    again = boss.post(
        "/invitations",
        data={
            "_csrf_token": csrf(boss),
            "organisation_id": str(ssiad),
            "email": GUEST,
            "category": "1",
            "function": "nurse",
            "title": "infirmière",
        },
    )
    assert again.status_code == 409
    assert GUEST in again.text
