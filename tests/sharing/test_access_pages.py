"""The same answers on screen, by program and by command; dates typed, kept, and refused."""

import contextlib
import io
import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from service.cli import main
from service.situations import operations as situations
from service.web.provide import Door
from service.web.render import level_label
from tests.demo.test_expected_decisions import patched_environment
from tests.house import House
from tests.sharing.table import Table
from tests.situations.web import Seats, Site

APRIL = "on-day=1&on-month=4&on-year=2026"


@pytest.fixture
def site(house: House) -> Site:
    """Open the whole application over this house; each seat has its own cookie."""
    client, seats = house.client(), Seats(house)
    state = client.app.state
    state.door = Door(workplace=state.door.workplace, doorkeeper=seats)
    return Site(client.app, client, seats)


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation named by agreement: a social worker, a nurse and the landlord around it."""
    table = Table.laid(house)
    table.seated = (table.cast.social_worker(), table.cast.psychiatric_nurse())
    for seat in (*table.seated, table.landlord):
        table.joins(seat)
    table.named_by(table.seated[0], I7_G1="yes", I7_G2="extract_only", I7_G5="no", I9_G5="no")
    return table


def commanded(house: House, *words: str) -> dict:
    """Run `cellule policy …` on this house's stores; return what it printed."""
    said = io.StringIO()
    with patched_environment(house.settings), contextlib.redirect_stdout(said):
        assert main(["policy", *words, "--json"]) == 0
    return json.loads(said.getvalue())


def reference_of(table: Table) -> str:
    async def read() -> str:
        async with table.house.act(table.coordinator, write=False) as unit:
            page = await situations.list_situations(unit)
            return next(
                line.reference for line in page.lines if line.situation_id == table.situation_id
            )

    return table.house.run(read())


def test_page_program_and_command_give_the_same_answers(site: Site, table: Table) -> None:
    house, browser = table.house, site.browser(table.coordinator)
    at = house.workplace.clock.now()
    instants = f"at={quote(at.isoformat())}&known_at={quote(at.isoformat())}"
    asked = ("--situation", reference_of(table), "--at", at.isoformat(), "--known-at",
             at.isoformat())  # fmt: skip
    here = f"/situations/{table.situation_id}"

    drawn = browser.get(f"/api/v1{here}/access?{instants}").json()
    printed = commanded(house, "map", *asked)
    levels = {one["name"]: one["levels"] for one in drawn["seats"]}
    assert levels == {one["name"]: one["levels"] for one in printed["seats"]}
    assert len(levels) == 4
    assert len({len(one) for one in levels.values()} | {21}) == 1

    section = "mental_health"
    told = browser.get(f"/api/v1{here}/sections/{section}/access?{instants}").json()
    could = commanded(house, "who", *asked, "--section", section, "--action", "read_extract")
    by_name = {one["name"]: one for one in told["lines"]}
    page = browser.get(f"{here}/sections/{section}/access")
    assert page.status_code == 200
    for one in could["seats"]:
        line = by_name[one["name"]]
        assert one["allowed"] is (line["level"] in {"read", "read_extract"})
        assert line["level"] == levels[one["name"]][section] == one["level"]
        assert line["ends"].split()[1:] == one["ends"].split()[1:]  # « votre », « son »
        assert bool(line["holds_until"]) is bool(one["holds_until"])
        assert one["policy"] == told["policy"]
        if one["name"] != table.coordinator.name:
            word = "ne lit pas" if line["level"] == "none" else level_label(line["level"])
            shown = re.search(
                rf"<h3[^>]*>{one['name']}, .*?c-tag[^>]*>(.*?)</h3>", page.text, re.DOTALL
            )
            assert shown
            assert word in shown[1]
    assert {one["allowed"] for one in could["seats"]} == {True, False}


def test_a_date_is_typed_kept_and_refused_in_french(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}"
    worker = site.browser(table.seated[0])
    table.passes(days=20)
    for address in (f"{here}/access", f"{here}/sections/housing/access"):
        past = worker.get(f"{address}?{APRIL}&known=then")
        assert past.status_code == 200
        assert "mercredi 1er avril 2026" in past.text
        assert "tel qu’on le savait alors" in past.text
        assert 'value="1"' in past.text
        now = worker.get(f"{address}?{APRIL}&known=now").text
        assert "tel qu’on le sait aujourd’hui" in now
        ahead = worker.get(f"{address}?on-day=1&on-month=9&on-year=2026").text
        assert "si rien ne change" in ahead
        for wrong, sentence in (
            ("on-day=31&on-month=2&on-year=2026", "Indiquez une date qui existe"),
            ("on-day=1&on-month=2&on-year=2031", "à un an au plus"),
            ("known=yesterday", "Choisissez une des réponses proposées"),
        ):
            refused = worker.get(f"{address}?{wrong}")
            assert refused.status_code == 422, wrong
            assert sentence in refused.text
            assert "Erreur" in refused.text
            assert "Revenir à aujourd" not in refused.text
        empty = worker.get(f"{address}?on-day=&on-month=&on-year=&known=then")
        assert empty.status_code == 200
        assert "Revenir à aujourd" not in empty.text


def test_a_program_names_the_instant_that_is_wrong(site: Site, table: Table) -> None:
    here = f"/api/v1/situations/{table.situation_id}/access"
    worker = site.browser(table.seated[0])
    now = table.house.workplace.clock.now()
    for asked, field in (
        (f"at={quote((now + timedelta(days=900)).isoformat())}", "at"),
        (f"known_at={quote((now + timedelta(days=1)).isoformat())}", "known_at"),
        ("at=2026-03-24T10:00:00", "at"),
    ):
        answer = worker.get(f"{here}?{asked}")
        assert answer.status_code == 422, asked
        assert set(answer.json()["fields"]) == {field}
    assert worker.get(f"{here}?at=yesterday").status_code == 422
    member = worker.get(here).json()
    assert member["seats"] == []
    assert member["own"]["levels"]["housing"] == "read"
    assert member["own"]["ends"] == "votre place dans le cercle prend fin"


def test_the_map_page_shows_each_its_part(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}/access"
    nurse = table.seated[1].name
    for seat in (table.coordinator, table.cast.auditor(), table.cast.dpo()):
        page = site.browser(seat).get(here)
        assert page.status_code == 200
        assert nurse in page.text
        assert page.text.count('<table class="c-map"') == 1
    member = site.browser(table.seated[0]).get(here)
    assert nurse not in member.text
    assert "professionnels de psychiatrie" in member.text
    landlord = site.browser(table.landlord).get(here).text
    assert landlord.count("Pourquoi\xa0?") == 21
    assert site.browser(table.cast.physician()).get(here).status_code == 404


def test_an_action_is_given_and_closed_on_screen(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}/assignments"
    cleaner = table.cast.seat("Alban Féron", kind="CLEANING", function="team_leader")
    coordinator = site.browser(table.coordinator)
    form = f"{here}/new?organisation={cleaner.organisation_id}"
    page = coordinator.get(form)
    assert cleaner.name in page.text
    action_id = re.search(r'name="action_id" value="([^"]+)"', page.text)[1]
    fields = {
        "organisation": str(cleaner.organisation_id),
        "employment_id": str(cleaner.employment_id),
        "action_id": action_id,
        "label": "sorting",
    }
    due = {"due_at-day": "30", "due_at-month": "9", "due_at-year": "2026"}
    wrong = coordinator.post(f"{here}/new", fields | due | {"due_at-month": "13"})
    assert wrong.status_code == 422
    assert "Indiquez une date qui existe" in wrong.text
    assert action_id in wrong.text
    given = coordinator.post(f"{here}/new", fields | due)
    assert given.status_code == 303
    assert "confiée" in coordinator.get(given.headers["location"]).text
    again = coordinator.post(f"{here}/new", fields | due)
    assert again.status_code == 422
    assert "déjà confiée" in again.text

    alias = table.does(table.coordinator, situations.give_alias)
    mine = site.browser(cleaner)
    for address in ("", "/assignments", "/access", "/sections/housing/access"):
        page = mine.get(f"/situations/{table.situation_id}{address}")
        assert page.status_code == 200
        assert alias not in page.text, address
    assert alias in coordinator.get(here).text
    situation = mine.get(f"/situations/{table.situation_id}")
    assert "Vous avez une action confiée, lisible jusqu’au" in situation.text
    assert "vendredi 30 octobre 2026" in situation.text
    assert "Clore" not in mine.get(here).text
    assert mine.post(f"{here}/{action_id}/closing", {}).status_code == 403
    closed = coordinator.post(f"{here}/{action_id}/closing", {})
    assert closed.status_code == 303
    assert "Close le" in coordinator.get(here).text
    assert coordinator.post(f"{here}/{action_id}/closing", {}).status_code == 409


def test_programs_give_and_close_actions(site: Site, table: Table) -> None:
    here = f"/api/v1/situations/{table.situation_id}/assignments"
    cleaner = table.cast.seat("Alban Féron", kind="CLEANING", function="team_leader")
    coordinator = site.browser(table.coordinator)
    new = {
        "employment_id": str(cleaner.employment_id),
        "action_id": str(table.situation_id),
        "label": "sorting",
        "due_at": "2026-04-30T10:00:00Z",
    }
    given = coordinator.send("POST", here, new)
    assert given.status_code == 201
    assert given.json()["readable_until"].startswith("2026-05-30T10:00:00")
    naive = coordinator.send("POST", here, new | {"due_at": "2026-04-30T10:00:00"})
    assert set(naive.json()["fields"]) == {"due_at"}
    assert coordinator.send("POST", here, new | {"more": 1}).status_code in {400, 422}
    own = site.browser(cleaner).get(here).json()
    assert [one["label"] for one in own["lines"]] == ["sorting"]
    assert own["may_give"] is False
    closing = f"{here}/{table.situation_id}/closing"
    assert coordinator.send("POST", closing, None).status_code == 201
    assert coordinator.send("POST", closing, None).status_code == 409
    situation = site.browser(cleaner).get(f"/api/v1/situations/{table.situation_id}").json()
    assert situation["header"]["assigned_until"].startswith("2026-03-31")
