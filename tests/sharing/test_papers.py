"""What is printed for the person, and what the grid says of where each answer comes from."""

import re

import pytest

from service.sharing import operations as sharing
from service.sharing.rules import CATEGORIES, GROUPS
from service.sharing.rules.paper import (
    CATEGORIES_IN_PLAIN_WORDS,
    GROUPS_IN_PLAIN_WORDS,
    NOTICE_IN_USE,
    NOTICE_TEMPLATES,
    NOTICES,
)
from service.web.provide import Door
from tests.house import House
from tests.sharing.table import PAPER, Table
from tests.situations.web import Seats, Site

LONGEST_SENTENCE = 16
"""Words of a sentence that is easy to read; titles of rights and addresses apart."""


@pytest.fixture
def site(house: House) -> Site:
    """Open the whole application over this house; each seat has its own cookie."""
    client, seats = house.client(), Seats(house)
    state = client.app.state
    state.door = Door(workplace=state.door.workplace, doorkeeper=seats)
    return Site(client.app, client, seats)


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation named by agreement, with a social worker and the landlord."""
    table = Table.laid(house)
    table.cast.dpo()
    table.seated = (table.cast.social_worker(),)
    for seat in (*table.seated, table.landlord):
        table.joins(seat)
    table.named_by(table.seated[0], I7_G1="extract_only", I9_G5="no")
    return table


def test_the_notice_says_the_four_things_of_the_law_and_whom_to_call(
    site: Site, table: Table
) -> None:
    shown = site.browser(table.landlord).get("/agreement-papers/notice").text
    for words in (*CATEGORIES_IN_PLAIN_WORDS.values(), *GROUPS_IN_PLAIN_WORDS.values()):
        assert words.replace("'", "&#39;") in shown
    for title in ("Quelles informations", "Avec quels professionnels", "Où sont écrites",
                  "Comment sont-elles protégées", "le droit de dire non", "changer d’avis"):  # fmt: skip
        assert title in shown
    assert "CLSM de Valmaurin" in shown
    assert "Paul Achard" in shown
    assert NOTICE_IN_USE in shown
    unknown = site.browser(table.landlord).get("/agreement-papers/notice?version=FALC v9")
    assert unknown.status_code == 404


def test_every_version_of_the_notice_is_kept_and_its_sentences_are_short(
    site: Site, table: Table
) -> None:
    assert set(NOTICE_TEMPLATES) == set(NOTICES)
    assert set(CATEGORIES_IN_PLAIN_WORDS) == set(CATEGORIES)
    assert set(GROUPS_IN_PLAIN_WORDS) == set(GROUPS)
    browser = site.browser(table.seated[0])
    for version in NOTICES:
        shown = browser.get(f"/agreement-papers/notice?version={version}").text
        told = re.findall(r"<p>([^<]+)</p>", shown.split('class="c-paper')[1])
        sentences = [one for text in told for one in re.split(r"[.!?:]\s*", text) if one]
        assert len(sentences) > 30
        long = [one for one in sentences if len(one.split()) > LONGEST_SENTENCE]
        assert not [one for one in long if "CNIL" not in one and "Fontenoy" not in one]


def test_blank_papers_hold_nothing_of_anyone(site: Site, table: Table) -> None:
    browser = site.browser(table.seated[0])
    for path in ("", "/grid", "/withdrawal"):
        shown = browser.get(f"/agreement-papers{path}")
        assert shown.status_code == 200
        assert "SIT-2026" not in shown.text
        assert "Document nominatif" not in shown.text
    assert "☐ oui" in browser.get("/agreement-papers/grid").text


def test_filled_papers_are_for_who_reads_the_grid_and_say_what_they_are(
    site: Site, table: Table
) -> None:
    here = f"/situations/{table.situation_id}/agreement"
    browser = site.browser(table.seated[0])
    paper, slip = browser.get(f"{here}/paper"), browser.get(f"{here}/slip")
    for shown in (paper, slip):
        assert shown.status_code == 200
        assert "Document nominatif" in shown.text
        assert "SIT-2026" in shown.text
    assert "conséquences seulement" in paper.text
    assert "NON" in paper.text
    assert "Les soignants : ma santé psychique" in slip.text
    assert "Le bailleur ou le syndic : les photos" not in slip.text
    refused = site.browser(table.landlord).get(f"{here}/paper")
    assert refused.status_code == 403
    hidden = site.browser(table.cast.physician()).get(f"{here}/slip")
    assert hidden.status_code == 404


def test_each_answer_points_to_the_event_that_it_comes_from(table: Table) -> None:
    worker = table.seated[0]
    table.passes(days=1)
    table.says(worker, I9_G5="yes")
    grid = table.reads(worker, sharing.read_agreement)
    numbered = {line.number: line for line in grid.history}
    assert set(numbered) == {1, 2, 3}
    assert numbered[grid.notes["I7", "G1"]].kind == "general"
    assert numbered[grid.notes["I9", "G5"]].cells == {("I9", "G5"): "yes"}
    own = table.reads(table.landlord, sharing.read_agreement)
    assert set(own.notes) <= set(own.cells)
    assert {line.number for line in own.history} == set(range(1, len(own.history) + 1))


def test_forms_propose_the_notice_in_use(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}/agreement"
    browser = site.browser(table.seated[0])
    for form in ("information", "answers", "withdrawal"):
        assert f'value="{NOTICE_IN_USE}"' in browser.get(f"{here}/{form}").text
    assert browser.get("/api/v1/agreement-notice").json()["version"] == NOTICE_IN_USE


def test_the_will_of_the_person_on_screen_and_for_programs(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}/agreement"
    browser = site.browser(table.seated[0])
    assert browser.get(f"{here}/will").status_code == 200
    assert site.browser(table.landlord).get(f"{here}/will").status_code == 404
    assert browser.post(f"{here}/will", {}).status_code == 422
    assert browser.post(f"{here}/will", {"ground": "physician"}).status_code == 303
    assert "hors d’état d’exprimer sa volonté depuis" in browser.get(here).text
    refused = browser.post(f"{here}/answers", PAPER | {"revision": "9", "I4-G2": "yes"})
    assert refused.status_code == 409
    assert browser.post(f"{here}/will/end", {}).status_code == 303
    api = f"/api/v1{here}"
    made = browser.send("POST", f"{api}/unable", {"ground": "emergency"})
    assert made.status_code == 201
    assert browser.get(api).json()["unable_until"] == made.json()["valid_to"]
    assert browser.send("DELETE", f"{api}/unable", None).status_code == 204
    assert browser.get(api).json()["unable_until"] is None
