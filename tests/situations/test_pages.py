"""Situations by HTTP: what each seat's page holds, and what a form gives back."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from policies.vocabulary import Section
from tests.house import House
from tests.situations.story import Story
from tests.situations.web import Site, site_of

HOUSING = "marqueur-logement-91c2"
HEALTH = "marqueur-sante-7f3a"


@pytest.fixture
def site(house: House) -> Iterator[Site]:
    with site_of(house) as opened:
        yield opened


@pytest.fixture
def story(house: House) -> Story:
    found = Story.followed(
        house, "social_worker", "inspector", "psychiatric_nurse", I7_G1="yes", I2_G5="no"
    )
    found.writes(found.seated["inspector"], Section.HOUSING, HOUSING)
    found.writes(found.seated["psychiatric_nurse"], Section.MENTAL_HEALTH, HEALTH)
    return found


def test_each_page_answers_to_its_seat(site: Site, story: Story) -> None:
    here = f"/situations/{story.situation_id}"
    worker = site.browser(story.seated["social_worker"])
    for address in (
        "/situations",
        "/situations?status=in_follow_up&urgency=U1",
        here,
        f"{here}/timeline",
        f"{here}/sections/housing",
        f"{here}/sections/housing/history",
        f"{here}/sections/housing/entries",
        f"{here}/sections/wishes_voice/entries",
        f"{here}/sections/consent_status",
    ):
        answer = worker.get(address)
        assert answer.status_code == 200, (address, answer.text[:400])
        assert answer.headers["cache-control"] == "no-store"
    assert "CARVENNEC" in worker.get("/situations").text
    page = worker.get(here).text
    assert HOUSING in page
    assert HEALTH not in page


def test_a_landlord_gets_no_byte_of_what_is_closed(site: Site, story: Story) -> None:
    here = f"/situations/{story.situation_id}"
    landlord = site.browser(story.landlord)
    for address in ("/situations", here, f"{here}/timeline", f"{here}/sections/housing"):
        answer = landlord.get(address)
        assert answer.status_code == 200
        for secret in (HOUSING, HEALTH, "CARVENNEC", "Alouettes"):
            assert secret not in answer.text
    for section in ("mental_health", "social_resources"):
        answer = landlord.get(f"{here}/sections/{section}")
        assert answer.status_code == 403
        assert HEALTH not in answer.text


def test_no_page_leads_to_a_history_that_is_refused(site: Site, story: Story) -> None:
    story.extracts(story.seated["inspector"], Section.HOUSING, "Porte étroite.")
    url = f"/situations/{story.situation_id}/sections/housing"
    nurse = site.browser(story.seated["psychiatric_nurse"])
    assert "Porte étroite." in nurse.get(url).text
    assert "/history" not in nurse.get(url).text
    assert nurse.get(f"{url}/history").status_code == 403
    assert "/history" in site.browser(story.seated["social_worker"]).get(url).text


def test_hidden_and_absent_are_the_same_bytes(site: Site, story: Story) -> None:
    stranger = site.browser(story.cast.physician())
    for prefix in ("", "/api/v1"):
        for path in ("", "/sections/housing", "/timeline", "/sections/housing/history"):
            hidden = stranger.get(f"{prefix}/situations/{story.situation_id}{path}")
            absent = stranger.get(f"{prefix}/situations/{uuid4()}{path}")
            assert (hidden.status_code, hidden.content) == (404, absent.content)


def test_an_unknown_section_is_not_found(site: Site, story: Story) -> None:
    worker = site.browser(story.seated["social_worker"])
    for code in ("situation", "health", "HOUSING", "%00", "housing%20"):
        answer = worker.get(f"/situations/{story.situation_id}/sections/{code}")
        assert answer.status_code in {400, 404}, code


def test_a_form_writes_and_says_so(site: Site, story: Story) -> None:
    inspector = site.browser(story.seated["inspector"])
    url = f"/situations/{story.situation_id}/sections/safety_risk"
    typed = {
        "entry_id": str(uuid4()),
        "text": "Multiprises sous papiers.",
        "seen": "seen",
        "observed_on-day": "20",
        "observed_on-month": "3",
        "observed_on-year": "2026",
        "observed_by": "inspectrice",
        "opinion": "Risque d'incendie.",
    }
    for _ in range(2):
        answer = inspector.post(f"{url}/entries", typed)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{url}?done=entry_added"
    page = inspector.get(f"{url}?done=entry_added").text
    assert page.count("Multiprises sous papiers.") == 1
    assert "Votre contribution est enregistrée." in page
    assert "vendredi 20 mars 2026" in page
    again = inspector.post(f"{url}/entries", typed | {"text": "Un autre texte."})
    assert again.status_code == 409
    assert "Un autre texte." in again.text


def test_a_mistake_gives_back_what_was_typed(site: Site, story: Story) -> None:
    inspector = site.browser(story.seated["inspector"])
    url = f"/situations/{story.situation_id}/sections/housing/entries"
    typed = {"entry_id": str(uuid4()), "text": "Elle est diabétique.", "opinion": "Mon avis."}
    answer = inspector.post(url, typed)
    assert answer.status_code == 422
    assert "Elle est diabétique." in answer.text
    assert "Mon avis." in answer.text
    assert 'name="confirmed"' in answer.text
    wrong_day = {"observed_on-day": "31", "observed_on-month": "2", "observed_on-year": "2026"}
    answer = inspector.post(url, typed | wrong_day)
    assert answer.status_code == 422
    assert 'href="#observed_on"' in answer.text
    assert inspector.post(url, typed | {"confirmed": "yes"}).status_code == 303


def test_editing_then_correcting(house: House, site: Site, story: Story) -> None:
    inspector = site.browser(story.seated["inspector"])
    written = story.writes(story.seated["inspector"], Section.ANIMALS, "Trois chats.")
    url = f"/situations/{story.situation_id}/sections/animals/entries/{written.entry_id}"
    assert "Trois chats." in inspector.get(url).text
    changed = {"kind": "edit", "version": "1", "text": "Quatre chats."}
    assert inspector.post(url, changed).status_code == 303
    stale = inspector.post(url, changed | {"text": "Cinq chats."})
    assert stale.status_code == 409
    assert "Cinq chats." in stale.text
    house.hands.advance(timedelta(hours=25))
    assert 'value="correct"' in inspector.get(url).text
    right = {"kind": "correct", "entry_id": str(uuid4()), "text": "Six chats."}
    assert inspector.post(url, right).status_code == 303
    page = inspector.get(f"/situations/{story.situation_id}/sections/animals").text
    assert "<s>Quatre chats.</s>" in page
    assert "Six chats." in page
    assert inspector.get(url).status_code == 404


def test_an_extract_by_form(site: Site, story: Story) -> None:
    nurse = site.browser(story.seated["psychiatric_nurse"])
    url = f"/situations/{story.situation_id}/sections/mental_health"
    assert nurse.get(f"{url}/extract").status_code == 200
    answer = nurse.post(f"{url}/extract", {"version": "0", "text": "visites courtes"})
    assert answer.headers["location"] == f"{url}?done=extract_written"
    assert "visites courtes" in nurse.get(f"{url}/extract").text
    stale = nurse.post(f"{url}/extract", {"version": "0", "text": "autre"})
    assert stale.status_code == 409
    assert "autre" in stale.text


def test_steering_by_form(site: Site, story: Story) -> None:
    coordinator = site.browser(story.coordinator)
    here = f"/situations/{story.situation_id}"
    assert coordinator.get(f"{here}/steering").status_code == 200
    for what, code in (("urgency", "U2"), ("adherence", "partial")):
        assert coordinator.post(f"{here}/{what}", {what: code}).status_code == 303
    assert coordinator.post(f"{here}/state", {"status": "suspended"}).status_code == 303
    assert coordinator.post(f"{here}/state", {"status": "closed"}).status_code == 409
    wrong = coordinator.post(f"{here}/mode", {"mode": "NAMED_BY_EXCEPTION", "basis": ""})
    assert wrong.status_code == 422
    assert 'href="#basis"' in wrong.text
    worker = site.browser(story.seated["social_worker"])
    assert worker.get(f"{here}/steering").status_code == 403
    assert worker.post(f"{here}/urgency", {"urgency": "U0"}).status_code == 403


def test_the_api_says_the_same(site: Site, story: Story) -> None:
    inspector = site.browser(story.seated["inspector"])
    here = f"/api/v1/situations/{story.situation_id}"
    found = inspector.get(here).json()
    shown = {section["section"]: section for section in found["sections"]}
    assert shown["housing"]["entries"][0]["content"]["text"] == HOUSING
    entry = {"entry_id": str(uuid4()), "content": {"text": "Un fait."}}
    created = inspector.send("POST", f"{here}/sections/housing/entries", entry)
    assert created.status_code == 201
    assert created.json() == {"entry_id": entry["entry_id"], "version": 1}
    edited = inspector.send(
        "PUT",
        f"{here}/sections/housing/entries/{entry['entry_id']}",
        {"version": 1, "content": {"text": "Un fait daté."}},
    )
    assert edited.json()["version"] == 2
    assert inspector.get("/api/v1/situations").json()["lines"][0]["state"] == "in_follow_up"
    assert inspector.get(f"{here}/timeline").status_code == 200
    assert len(inspector.get(f"{here}/sections/housing/history").json()["versions"]) == 3


def test_the_api_refuses_what_it_does_not_know(site: Site, story: Story) -> None:
    inspector = site.browser(story.seated["inspector"])
    here = f"/api/v1/situations/{story.situation_id}"
    url = f"{here}/sections/housing/entries"
    entry = {"entry_id": str(uuid4()), "content": {"text": "Un fait."}}
    for body in (
        entry | {"more": 1},
        {"entry_id": "x", "content": {"text": "a"}},
        {"entry_id": str(uuid4()), "content": {"text": "a\u202eb"}},
        {"entry_id": str(uuid4()), "content": {"text": "a", "seen": "heard"}},
        {"entry_id": str(uuid4()), "content": {"text": "x" * 20_001}},
        {"entry_id": str(uuid4()), "content": {"text": ""}},
    ):
        assert inspector.send("POST", url, body).status_code == 422, body
    assert inspector.send("PUT", f"{here}/urgency", {"code": "U9"}).status_code == 422
    assert inspector.get("/api/v1/situations?status=nope").status_code == 422
    assert inspector.get("/api/v1/situations?before=nope").status_code == 422
    landlord = site.browser(story.landlord)
    assert landlord.send("PUT", f"{here}/urgency", {"code": "U2"}).status_code == 403
