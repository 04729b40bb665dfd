"""Sign-in: safe sessions, few guesses, the same answer for every refusal."""

import asyncio
from datetime import timedelta

from sqlalchemy import update

from service.database import transaction
from service.people import operations as people
from service.people.models import Account, Session
from service.people.rules import digest_of
from service.people.schemas import Visit
from service.people.sessions import Sessions
from tests.house import House
from tests.people.town import BOSS, PASSWORD, Town, csrf, post, sign_in

NURSE = "nadege.violleau@empp.example"


def _alive(client) -> bool:
    return client.get("/account", follow_redirects=False).status_code == 200


def test_signing_in_opens_one_seat_and_the_page_asked_for(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    client = town.client()
    answer = sign_in(client, "Nadege.Violleau@EMPP.example", next="/pledge")
    assert (answer.status_code, answer.headers["location"]) == (303, "/pledge")
    cookie = answer.headers.get_list("set-cookie")[0]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    page = client.get("/account")
    assert "Nadège Violleau" in page.text
    assert "Cette session".lower() in page.text.lower()


def test_the_cookie_is_host_only_and_secure_wherever_tls_is(house: House) -> None:
    from dataclasses import replace
    from types import SimpleNamespace

    from service.people.cookies import session_cookie
    from service.web.provide import Door

    secure = replace(house.settings, origin="https://cellule.example")
    workplace = SimpleNamespace(settings=secure)
    door = Door(workplace=workplace, doorkeeper=Sessions())
    request = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(door=door)))
    cookie = session_cookie(request, "token")
    assert cookie.key == "__Host-cellule"
    assert cookie.secure
    assert cookie.httponly
    assert cookie.path == "/"
    assert cookie.domain is None


def test_only_this_site_s_pages_are_gone_to(house: House) -> None:
    town = Town.on(house)
    for wanted in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/\tx",
        "javascript:1",
    ):
        answer = sign_in(town.client(), BOSS, next=wanted)
        assert answer.headers["location"] == "/"


def test_a_cookie_planted_before_is_never_adopted(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    attacker = town.signed_in(BOSS)
    planted = attacker.cookies["cellule"]
    victim = town.client()
    victim.cookies.set("cellule", planted, domain="127.0.0.1", path="/")
    sign_in(victim, NURSE)
    assert victim.cookies["cellule"] != planted
    assert not _alive(attacker)
    made_up = town.client()
    made_up.cookies.set("cellule", "a" * 43, domain="127.0.0.1", path="/")
    sign_in(made_up, NURSE)
    assert made_up.cookies["cellule"] != "a" * 43
    assert town.rows(Session, Session.token_digest == digest_of("a" * 43)) == 0


def test_who_only_looks_leaves_no_session(house: House) -> None:
    town = Town.on(house)
    client = town.client()
    for path in ("/sign-in", "/directory", "/api/v1/session", "/invitations/accept/nothing"):
        client.get(path, follow_redirects=False)
    assert town.sessions() == 0
    assert not client.cookies


def test_the_cookie_s_value_is_kept_nowhere(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    assert town.rows(Session, Session.token_digest == digest_of(client.cookies["cellule"])) == 1
    assert client.cookies["cellule"].encode() not in _all_of(town, Session)


def _all_of(town: Town, table: type) -> bytes:
    async def read() -> bytes:
        async with transaction(town.house.workplace.engine, write=False) as connection:
            rows = await connection.execute(table.__table__.select())
            return repr(rows.all()).encode()

    return town.house.run(read())


def test_signing_out_holds_even_with_a_request_under_way(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    token = client.cookies["cellule"]
    house.hands.advance(timedelta(minutes=5))
    doors = Sessions()

    async def slow_request() -> None:
        async with transaction(house.workplace.engine, write=False) as connection:
            found = await doors.find(connection, house.workplace, token)
            assert found is not None
            assert found.seen_long_ago
        await asyncio.to_thread(lambda: post(client, "/sign-out"))
        await doors.touch(house.workplace, token)

    house.run(slow_request())
    assert town.sessions() == 0
    again = town.client()
    again.cookies.set("cellule", token)
    assert not _alive(again)


def test_signing_out_takes_the_cookie_away_and_needs_our_own_form(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    assert client.post("/sign-out", data={"_csrf_token": "0" * 64}).status_code == 403
    assert _alive(client)
    answer = post(client, "/sign-out")
    assert answer.headers["location"] == "/sign-in?done=signed-out"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "déconnecté" in client.get(answer.headers["location"]).text


def test_a_session_dies_idle(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    house.hands.advance(timedelta(minutes=19))
    assert _alive(client)
    house.hands.advance(timedelta(minutes=19))
    assert _alive(client)
    house.hands.advance(timedelta(minutes=20))
    assert not _alive(client)


def test_a_session_dies_after_nine_hours_however_busy(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    for _ in range(35):
        house.hands.advance(timedelta(minutes=15))
        assert _alive(client)
    house.hands.advance(timedelta(minutes=15))
    assert not _alive(client)


def test_ten_guesses_an_account_then_a_wait_that_slides(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    client = town.client()
    for _ in range(10):
        assert sign_in(client, NURSE, "mauvais mot de passe").status_code == 422
        house.hands.advance(timedelta(seconds=30))
    refused = sign_in(client, NURSE)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert sign_in(client, BOSS).status_code == 303, "another account is not concerned"
    house.hands.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert sign_in(client, NURSE).status_code == 303


def test_guesses_made_at_the_same_instant_are_counted_too(house: House) -> None:
    town = Town.on(house)
    town.nurse()

    async def guess() -> str:
        try:
            await people.sign_in(
                house.workplace,
                Visit(request_id=bytes(16), address="192.0.2.7"),
                email=NURSE,
                password="mauvais mot de passe",
            )
        except Exception as problem:  # noqa: BLE001
            return type(problem).__name__
        return "in"

    async def flood() -> list[str]:
        return await asyncio.gather(*[guess() for _ in range(24)])

    answers = house.run(flood())
    assert answers.count("Invalid") <= 10
    assert set(answers) <= {"Invalid", "TooMany"}
    assert "TooMany" in answers


def test_a_hundred_guesses_an_address_whatever_the_accounts(house: House) -> None:
    from service.errors import TooMany
    from service.people.operations.throttle import take_guess

    Town.on(house)

    async def guess(number: int, address: str) -> bool:
        try:
            await take_guess(house.workplace, f"n{number}@x.example", address=address)
        except TooMany:
            return False
        return True

    async def all_of_them() -> list[bool]:
        return [await guess(number, f"2001:db8::{number:x}") for number in range(101)]

    done = house.run(all_of_them())
    assert done == [True] * 100 + [False], "one /64 is one address"
    assert house.run(guess(200, "192.0.2.9"))


def test_a_stranger_s_guesses_do_not_lock_out_a_known_browser(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    owner = town.signed_in(NURSE)
    post(owner, "/sign-out")
    stranger = town.client()
    for _ in range(10):
        sign_in(stranger, NURSE, "mauvais mot de passe")
    assert sign_in(stranger, NURSE).status_code == 429
    assert sign_in(owner, NURSE).status_code == 303
    forged = town.client()
    forged.cookies.set("cellule-known", "0" * 32 + "." + "0" * 32)
    assert sign_in(forged, NURSE).status_code == 429


def test_no_address_and_no_email_is_kept_in_clear(house: House) -> None:
    from service.people.models import SignInAttempt

    town = Town.on(house)
    sign_in(town.client(), NURSE, "mauvais mot de passe")
    assert town.attempts() == 1
    kept = _all_of(town, SignInAttempt)
    assert b"violleau" not in kept
    assert b"testclient" not in kept


def test_every_refusal_is_the_same_answer(house: House) -> None:
    town = Town.on(house)
    closed = town.nurse("fermee@empp.example")
    town.nurse("nadege.violleau@cmp.example")

    async def close() -> None:
        async with transaction(house.workplace.engine, write=True) as connection:
            await connection.execute(
                update(Account)
                .where(Account.account_id == closed.account_id)
                .values(disabled_at=house.hands.at)
            )

    house.run(close())
    wrong = "mauvais mot de passe"
    answers = [
        sign_in(town.client(), email, password)
        for email, password in (
            ("nadege.violleau@cmp.example", wrong),
            ("personne@nulle-part.example", wrong),
            ("fermee@empp.example", PASSWORD),
        )
    ]
    pages = {
        answer.text.replace(email, "…")
        for answer, email in zip(
            answers,
            ("nadege.violleau@cmp.example", "personne@nulle-part.example", "fermee@empp.example"),
            strict=True,
        )
    }
    assert len(pages) == 1
    assert {answer.status_code for answer in answers} == {422}
    assert "Adresse ou mot de passe incorrect" in pages.pop()


def test_an_unknown_address_costs_a_password_as_well(house: House, monkeypatch) -> None:
    from service.people.operations import passwords

    town = Town.on(house)
    tried = []
    real = passwords._hasher.verify

    class Watch:
        hash = passwords._hasher.hash

        def verify(self, kept: str, typed: str) -> bool:
            tried.append(kept)
            return bool(real(kept, typed))

    monkeypatch.setattr(passwords, "_hasher", Watch())
    sign_in(town.client(), "personne@nulle-part.example", PASSWORD)
    assert len(tried) == 1
    assert tried[0].startswith("$argon2id$")


def test_a_demo_account_exists_only_in_a_demo(house: House) -> None:
    from dataclasses import replace

    town = Town.on(house)
    town.nurse(demo=True)
    client = town.signed_in(NURSE)
    token = client.cookies["cellule"]
    real = replace(house.workplace, settings=replace(house.settings, demo=False))

    async def look(workplace) -> object:
        async with transaction(house.workplace.engine, write=False) as connection:
            return await Sessions().find(connection, workplace, token)

    found = house.run(look(house.workplace))
    assert found.actor.strong_auth
    assert house.run(look(real)) is None


def test_an_ordinary_account_has_no_strong_authentication(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)

    async def look() -> object:
        async with transaction(house.workplace.engine, write=False) as connection:
            return await Sessions().find(connection, house.workplace, client.cookies["cellule"])

    assert house.run(look()).actor.strong_auth is False


def test_one_s_own_sessions_are_listed_and_revoked(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    here, elsewhere = town.signed_in(BOSS), town.client()
    elsewhere.headers["user-agent"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    sign_in(elsewhere, BOSS)
    stranger = town.signed_in(NURSE)
    listed = here.get("/api/v1/sessions").json()
    assert len(listed) == 2
    assert listed[0]["current"]
    other = listed[1]
    assert other["browser"] == "Firefox, Windows"
    refused = post(stranger, f"/account/sessions/{other['session_id']}/revoke")
    assert refused.status_code == 404
    assert _alive(elsewhere)
    assert post(here, f"/account/sessions/{other['session_id']}/revoke").status_code == 303
    assert not _alive(elsewhere)
    assert _alive(here)


def test_a_new_password_ends_every_other_session(house: House) -> None:
    town = Town.on(house)
    here, elsewhere = town.signed_in(BOSS), town.signed_in(BOSS)
    fresh = "cinq mots vraiment sans lien"
    wrong = post(here, "/account/password", {"old_password": "pas celui-ci", "new_password": fresh})
    assert wrong.status_code == 422
    assert "mot de passe actuel" in wrong.text
    weak = post(here, "/account/password", {"old_password": PASSWORD, "new_password": "court"})
    assert weak.status_code == 422
    assert "12 caractères" in weak.text
    assert _alive(elsewhere)
    done = post(here, "/account/password", {"old_password": PASSWORD, "new_password": fresh})
    assert done.headers["location"] == "/account?done=password-changed"
    assert _alive(here)
    assert not _alive(elsewhere)
    assert sign_in(town.client(), BOSS).status_code == 422
    assert sign_in(town.client(), BOSS, fresh).status_code == 303


def test_the_old_password_is_guessed_no_faster_than_at_the_door(house: House) -> None:
    town = Town.on(house)
    here = town.signed_in(BOSS)
    tried = {"old_password": "mauvais mot de passe", "new_password": "cinq mots vraiment sans lien"}
    codes = [post(here, "/account/password", tried).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


def test_the_api_opens_reads_and_ends_a_session(house: House) -> None:
    town = Town.on(house)
    client = town.client()
    bad = client.post("/api/v1/session", json={"email": BOSS, "password": "x" * 13})
    assert (bad.status_code, list(bad.json()["fields"])) == (422, ["password"])
    unknown = client.post("/api/v1/session", json={"email": BOSS, "password": "x", "admin": True})
    assert unknown.status_code == 422
    opened = client.post("/api/v1/session", json={"email": BOSS, "password": PASSWORD})
    assert opened.status_code == 201, opened.text
    assert opened.json()["seat"]["organisation"] == "Administration du CLSM"
    assert client.get("/api/v1/session").json() == opened.json()
    assert client.delete("/api/v1/session").status_code == 403, "without the CSRF token"
    token = {"x-csrf-token": opened.json()["csrf_token"]}
    assert client.delete("/api/v1/session", headers=token).status_code == 204
    assert client.get("/api/v1/session").status_code == 401


def test_csrf_tokens_are_of_one_session(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    here, other = town.signed_in(BOSS), town.signed_in(NURSE)
    assert here.post("/sign-out", data={"_csrf_token": csrf(other)}).status_code == 403


def test_the_real_price_of_a_password_is_argon2id_as_recommended(house: House) -> None:
    kept = house.run(people.hash_password(PASSWORD))
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_weaker_hash_is_renewed_at_sign_in(house: House) -> None:
    from argon2 import PasswordHasher

    town = Town.on(house)
    seat = town.nurse()
    old = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)

    async def weaken() -> None:
        async with transaction(house.workplace.engine, write=True) as connection:
            await connection.execute(
                update(Account)
                .where(Account.account_id == seat.account_id)
                .values(password_hash=old)
            )

    house.run(weaken())
    town.signed_in(NURSE)
    assert town.rows(Account, Account.password_hash == old) == 0
    town.signed_in(NURSE)
