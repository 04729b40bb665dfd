"""The policy over HTTP: read, proposed, refused with its line, approved; and time passing."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from policies import rules
from policies.vocabulary import Action, Level, Section
from service import worker
from service.database import new_id
from service.sharing import operations as sharing
from service.sharing.operations import simulations
from tests.rulebook.board import MOTIVE, NARROWER, TABLES, WEEK, WIDER_HEALTH, Board
from tests.security.doors import Browser, sign_in
from tests.sharing.table import Table

UNSOUND = TABLES | {"matrix": TABLES["matrix"] + "housing, reed, SOC, a\n"}
LINE = UNSOUND["matrix"].count("\n")


@pytest.fixture
def board(house):
    return Board.on(house)


@pytest.fixture
def site(board):
    """Give each of the board their browser on the real application."""
    client = board.house.client()
    board.people["unsigned"] = board.cast.seat("Zoé Marin", kind="CCAS", pledged=False)
    return {
        name: Browser(client, sign_in(board.house, actor)) for name, actor in board.people.items()
    }


def comes_back(board, browser, actor):
    """Sign in anew: a session does not outlive such a wait."""
    return Browser(browser.client, sign_in(board.house, replace(actor, session_id=new_id())))


def propose(browser, tables, motive=MOTIVE):
    return browser.form("/policy/versions", {**tables, "motive": motive, "source": "tables"})


def test_whoever_signed_reads_the_rules_in_french_with_their_sources(board, site):
    page = site["nurse"].get("/policy")
    assert page.status_code == 200
    for said in ("Les règles de partage", rules.load().digest, "Santé psychique", "L.1110-4"):
        assert said in page.text
    assert "/policy/versions" not in page.text, "no door that would be refused"
    table = site["nurse"].get("/policy/matrix")
    assert table.status_code == 200
    assert 'scope="row"' in table.text
    said = site["nurse"].get("/api/v1/policy").json()
    assert said["digest"] == rules.load().digest
    assert len(said["sections"]) > 20
    for path in ("/policy", "/policy/matrix", "/api/v1/policy"):
        assert site["unsigned"].get(path).status_code == 403
    for path in ("/policy/versions", "/policy/versions/new", "/api/v1/policy/versions"):
        assert site["nurse"].get(path).status_code == 403
        assert site["coordinator"].get(path).status_code == 200


def test_a_table_that_is_not_sound_is_shown_again_with_its_line_and_nothing_changes(board, site):
    answer = propose(site["coordinator"], UNSOUND)
    assert answer.status_code == 422
    assert f"matrix.csv, ligne {LINE} : action inconnue : « reed »." in answer.text.replace(
        "\xa0", " "
    )
    assert "housing, reed, SOC, a" in answer.text
    assert MOTIVE in answer.text.replace("&#39;", "'")
    api = site["coordinator"].send(
        "POST", "/api/v1/policy/versions", json={**UNSOUND, "motive": MOTIVE}
    )
    assert api.status_code == 422
    assert f"ligne {LINE}" in api.json()["fields"]["matrix"]
    assert site["dpo"].get("/api/v1/policy/versions").json()["versions"] == []
    assert site["nurse"].get("/api/v1/policy").json()["number"] == 0


def test_a_file_takes_the_place_of_what_was_typed(board, site):
    browser = site["coordinator"]
    from service.web.provide import csrf_of

    def send(content):
        return browser.client.post(
            "/policy/versions",
            data={**TABLES, "motive": MOTIVE, "source": "tables", "_csrf_token": csrf_of(browser.token)},
            files={"matrix_file": ("matrix.csv", content, "text/csv")},
            headers=browser.headers,
            follow_redirects=False,
        )  # fmt: skip

    answer = send(b"\xff\xfe\x00")
    assert answer.status_code == 422
    assert "UTF-8" in answer.text
    answer = send(NARROWER["matrix"].encode("utf-8-sig"))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/policy/versions/1?")


def test_what_opens_and_closes_is_read_before_it_is_approved(board, site):
    assert propose(site["auditor"], WIDER_HEALTH).status_code == 303
    page = site["coordinator"].get("/policy/versions/1")
    assert "Santé psychique" in page.text
    assert "Travailleurs sociaux" in page.text or "travailleurs sociaux" in page.text
    assert "Il manque 2 approbations" in page.text
    here = "/policy/versions/1/approve"
    unread = site["coordinator"].form(here, {"base_number": "0"})
    assert unread.status_code == 422
    seen = {"base_number": "0", "read": "yes"}
    assert site["auditor"].form(here, seen).status_code == 403
    assert site["coordinator"].form(here, seen).status_code == 303
    assert site["coordinator"].form(here, seen).status_code == 409
    done = site["dpo"].send("POST", "/api/v1/policy/versions/1/approvals", json={"base_number": 0})
    assert done.status_code == 201
    assert done.json()["effective_from"]
    listed = site["auditor"].get("/api/v1/policy/versions").json()["versions"][0]
    assert (listed["state"], listed["widens_health"]) == ("waiting", True)
    assert "entrera en vigueur" in site["nurse"].get("/policy").text
    assert site["dpo"].get("/policy/versions/1/withdraw").status_code == 200
    assert site["dpo"].form("/policy/versions/1/withdraw", {}).status_code == 303
    assert "entrera en vigueur" not in site["nurse"].get("/policy").text


def test_a_version_that_does_not_exist_is_not_found(board, site):
    browser = site["coordinator"]
    for number in ("2", "0", "-1", "999999999999999999999"):
        for path in (f"/policy/versions/{number}", f"/api/v1/policy/versions/{number}"):
            assert browser.get(path).status_code == 404
        here = f"/policy/versions/{number}"
        assert (
            browser.form(f"{here}/approve", {"base_number": "0", "read": "yes"}).status_code == 404
        )
        assert browser.form(f"{here}/simulations", {}).status_code == 404
        assert browser.get(f"{here}/simulations").status_code == 404


def test_decisions_just_before_and_just_after_use_the_version_of_then(board, site):
    table = Table.laid(board.house, board.cast)
    social = board.cast.social_worker()
    table.joins(social)
    table.named_by(social, I7_G2="yes")
    address = f"/api/v1/situations/{table.situation_id}/sections/mental_health/access"
    board.adopts(WIDER_HEALTH)
    agreed = board.house.hands.at
    levels = {}
    for name, gap in (("before", WEEK - timedelta(seconds=1)), ("after", WEEK)):
        board.house.hands.at = agreed + gap
        browser = comes_back(board, site["nurse"], social)
        levels[name] = browser.get(address).json()["level"]
    assert levels == {"before": "read_extract", "after": "read"}
    # A narrowing closes at the very next question of every process.
    board.waits(timedelta(minutes=1))
    board.adopts(TABLES | {"matrix": WIDER_HEALTH["matrix"].replace(
        "mental_health, read, SOC, b\n", "")})  # fmt: skip
    assert browser.get(address).json()["level"] not in {"read", "read_extract"}
    # And the past does not move: the question of then, as known then, under the policy of then.
    for gap, level in ((timedelta(0), Level.READ_EXTRACT), (WEEK, Level.READ)):
        asked = table.asks(
            social, Section.MENTAL_HEALTH, Action.READ, at=agreed + gap, known_at=agreed + gap
        )
        assert asked.level is level


def test_a_simulation_is_asked_run_by_the_worker_and_read_by_who_asked(board, site):
    table = Table.laid(board.house, board.cast)
    social = board.cast.social_worker()
    table.joins(social)
    table.named_by(social, I7_G2="yes")
    board.proposes("auditor", WIDER_HEALTH)
    for name in ("auditor", "nurse", "health"):
        assert site[name].form("/policy/versions/1/simulations", {}).status_code == 403
    asked = site["dpo"].form("/policy/versions/1/simulations", {})
    assert asked.status_code == 303
    here = asked.headers["location"]
    assert "va commencer" in site["dpo"].get(here).text
    assert 'hx-trigger="load' in site["dpo"].get(here).text
    assert board.house.run(sharing.run_simulations(board.house.workplace)) == 1
    page = site["dpo"].get(here)
    assert "hx-trigger" not in page.text
    assert "Santé psychique" in page.text
    assert "SIT-2026-" in page.text
    assert site["coordinator"].get(here).status_code == 404, "another's"
    mine = site["coordinator"].send("POST", "/api/v1/policy/versions/1/simulations")
    assert mine.status_code == 202
    board.house.run(sharing.run_simulations(board.house.workplace))
    said = (
        site["coordinator"].get(f"/api/v1/policy/simulations/{mine.json()['simulation_id']}").json()
    )
    assert said["state"] == "done"
    assert {one["section"] for one in said["result"]["opened"]} == {"mental_health"}
    assert here.rsplit("/", 1)[1] in site["dpo"].get("/policy/versions/1/simulations").text
    board.waits(timedelta(days=31))
    assert board.house.run(sharing.forget_simulations(board.house.workplace)) == 2
    dpo = comes_back(board, site["dpo"], board.people["dpo"])
    assert dpo.get(here).status_code == 404


def test_an_interrupted_simulation_is_begun_again_and_a_failed_one_says_so(
    board, site, monkeypatch
):
    board.proposes("auditor", NARROWER)
    here = site["dpo"].form("/policy/versions/1/simulations", {}).headers["location"]
    workplace = board.house.workplace

    async def broken(*_given, **_named):
        raise OSError

    async def look_once():
        stop = asyncio.Event()
        board.house.loop.call_later(0.2, stop.set)
        await worker.simulate_until(stop, workplace)

    with monkeypatch.context() as patched:
        patched.setattr(simulations, "simulate", broken)
        board.house.run(look_once())
    assert "interrompue" in site["dpo"].get(here).text

    again = site["dpo"].form("/policy/versions/1/simulations", {}).headers["location"]
    claimed = board.house.run(simulations._claim(workplace, board.cast.clsm_id))
    assert str(claimed) in again
    assert board.house.run(sharing.run_simulations(workplace)) == 0, "someone runs it"
    board.waits(simulations.ABANDONED_AFTER)
    board.house.run(look_once())
    assert "Ce qui se fermerait" in site["dpo"].get(again).text
