"""Pages and API of emergency access, over HTTP, on the real application."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from policies.vocabulary import Section
from service.emergencies.rules import NOT_OPENED
from tests.emergencies.night import REASON, Night
from tests.emergencies.screen import Screen

FORM = {
    "sections": ["safety_risk", "somatic_health"],
    "reason_code": "rescue",
    "basis": "CP223_6",
    "reason": REASON,
    "hours": "4",
}


@pytest.fixture
def night(house):
    return Night.falls(house)


def form(**more):
    return FORM | {"access_id": str(uuid4())} | more


def test_from_the_situation_two_clicks_open_it_and_a_banner_follows(house, night):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)
    browser = Screen(house, house.client(), nurse)
    base = f"/situations/{night.situation_id}"
    page = browser.get(base).text
    assert f'href="{base}/emergency"' in page
    assert "data-emergency" not in page
    shown = browser.get(f"{base}/emergency").text
    for words in ("Accès d’urgence motivé", "article 223-6", "30 caractères", "en entier"):
        assert words in shown
    wrong = browser.post(f"{base}/emergency", form(reason="trop court"))
    assert wrong.status_code == 422
    assert "trop court" in wrong.text, "what was typed is kept"
    assert re.search(r'value="safety_risk"[^>]*checked', wrong.text)
    assert browser.get(base).text.count("data-emergency") == 0
    opened = browser.post(f"{base}/emergency", form())
    assert opened.status_code == 303
    for place in (base, f"{base}/sections/safety_risk", f"{base}/circle", f"{base}/timeline"):
        text = browser.get(place).text
        assert "Accès d’urgence ouvert." in text, place
        assert ">4\u00a0h<" in text, place
        assert 'data-countdown="14400"' in text, place
        assert "Fermer maintenant" in text, place
    night.passes(minutes=18)
    assert "3\u00a0h\u00a042\u00a0min" in browser.get(base).text
    assert "Votre accès d’urgence" in browser.get("/").text
    closed = browser.post(f"{base}/emergency/close", {})
    assert closed.headers["location"].startswith(base)
    assert "data-emergency" not in browser.get(base).text


def test_on_call_the_reference_opens_it_and_a_wrong_one_looks_the_same(house, night):
    nurse = night.cast.psychiatric_nurse()
    browser = Screen(house, house.client(), nurse)
    assert browser.get("/emergencies/new").status_code == 403
    assert "Vous êtes d’astreinte" not in browser.get("/").text
    night.on_call(nurse)
    assert "Vous êtes d’astreinte" in browser.get("/").text
    assert "Référence de la situation" in browser.get("/emergencies/new").text
    from service.sharing import operations as sharing

    night.does(night.dpo, sharing.freeze)
    answers = [
        browser.post("/emergencies/new", form(reference=reference, access_id="0" * 32))
        for reference in ("SIT-2026-99998", night.reference)
    ]
    night.does(night.dpo, sharing.unfreeze)
    texts = [
        answer.text.replace(night.reference, "X").replace("SIT-2026-99998", "X")
        for answer in answers
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert texts[0] == texts[1]
    assert NOT_OPENED.partition("'")[0] in texts[0]
    for _ in range(3):
        browser.post("/emergencies/new", form(reference="SIT-2026-99997"))
    stopped = browser.post("/emergencies/new", form(reference=night.reference))
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["retry-after"]) <= 3600
    night.passes(hours=1)
    opened = browser.post("/emergencies/new", form(reference=night.reference))
    assert opened.headers["location"].startswith(f"/situations/{night.situation_id}")
    assert "Accès d’urgence ouvert." in browser.get(f"/situations/{night.situation_id}").text
    closed = browser.post(f"/situations/{night.situation_id}/emergency/close", {})
    assert closed.headers["location"].startswith("/?done=")
    assert browser.get(f"/situations/{night.situation_id}").status_code == 404


def test_it_is_told_on_the_first_pages_reviewed_and_shown_by_seat(house, night):
    nurse, auditor = night.cast.psychiatric_nurse(), night.cast.auditor()
    night.joins(nurse)
    access_id = night.opens(nurse).access_id
    client = house.client()
    people = {
        name: Screen(house, client, seat)
        for name, seat in (
            ("nurse", nurse), ("dpo", night.dpo), ("coordinator", night.coordinator),
            ("auditor", auditor), ("landlord", night.landlord),
        )
    }  # fmt: skip
    for name in ("dpo", "coordinator", "auditor"):
        assert "1 est ouvert en ce moment" in people[name].get("/").text, name
    here = f"/emergencies/{access_id}"
    assert "Fermer cet accès" in people["dpo"].get(here).text
    assert REASON.split(",")[0] in people["auditor"].get(here).text
    assert night.reference not in people["auditor"].get(here).text
    assert people["landlord"].get(here).status_code == 404
    assert night.reference not in people["landlord"].get("/emergencies").text
    night.passes(days=8)
    for name in ("dpo", "coordinator"):
        assert "dont 1 en retard" in people[name].get("/").text, name
    today = house.workplace.clock.today()
    review = {
        "outcome": "excessive", "remarks": "Deux rubriques suffisaient.",
        "told_on-day": str(today.day), "told_on-month": str(today.month),
        "told_on-year": str(today.year), "told_by": str(nurse.employment_id), "means": "phone",
    }  # fmt: skip
    wrong = people["dpo"].post(f"{here}/review", review | {"outcome": ""})
    assert wrong.status_code == 422
    assert "Deux rubriques suffisaient." in wrong.text
    assert people["nurse"].post(f"{here}/review", review).status_code == 404
    assert people["auditor"].post(f"{here}/review", review).status_code == 404
    assert people["coordinator"].post(f"{here}/review", review).status_code == 303
    assert "trop large ou trop long" in people["nurse"].get(here).text
    assert "Deux rubriques suffisaient." not in people["auditor"].get(here).text
    assert "en retard" not in people["dpo"].get("/").text


def test_a_third_use_says_so_before_one_types_and_waits(house, night):
    nurse, other = night.cast.psychiatric_nurse(), night.cast.physician()
    for seat in (nurse, other):
        night.joins(seat)
    for _ in range(2):
        night.opens(nurse, Section.ANIMALS, hours=1)
    night.passes(hours=2)
    client = house.client()
    one, two = Screen(house, client, nurse), Screen(house, client, other)
    base = f"/situations/{night.situation_id}"
    assert "Ce sera votre 3ᵉ accès" in one.get(f"{base}/emergency").text
    access_id = uuid4()
    asked = one.post(f"{base}/emergency", form(access_id=str(access_id)))
    assert "done=emergency-asked" in asked.headers["location"]
    assert "data-emergency" not in one.get(base).text
    assert "1 demande attend une seconde personne" in two.get("/").text
    assert one.post(f"/emergencies/{access_id}/answer", {"granted": "yes"}).status_code == 422
    assert two.post(f"/emergencies/{access_id}/answer", {}).status_code == 422
    assert two.post(f"/emergencies/{access_id}/answer", {"granted": "yes"}).status_code == 303
    assert "data-emergency" in one.get(base).text
    assert "data-emergency" not in two.get(base).text


def test_the_api_does_the_same(house, night):
    nurse = night.cast.psychiatric_nurse()
    client = house.client()
    browser, dpo = Screen(house, client, nurse), Screen(house, client, night.dpo)
    coordinator = Screen(house, client, night.coordinator)
    now = house.workplace.clock.now()
    duty = {
        "employment_id": str(nurse.employment_id),
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=12)).isoformat(),
    }
    assert browser.send("POST", "/api/v1/on-call", duty).status_code == 403
    made = coordinator.send("POST", "/api/v1/on-call", duty)
    assert made.status_code == 201
    assert [one["now"] for one in coordinator.get("/api/v1/on-call").json()] == [True]
    wanted = {
        "access_id": str(uuid4()), "sections": ["safety_risk"], "reason_code": "rescue",
        "basis": "CP223_6", "reason": REASON, "reference": "SIT-2026-99999",
    }  # fmt: skip
    refused = browser.send("POST", "/api/v1/emergencies", wanted)
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"reference"})
    opened = browser.send("POST", "/api/v1/emergencies", wanted | {"reference": night.reference})
    assert opened.status_code == 201
    assert opened.json()["situation_id"] == str(night.situation_id)
    here = f"/api/v1/situations/{night.situation_id}"
    section = browser.get(f"{here}/sections/safety_risk")
    assert section.status_code == 200
    assert browser.get(f"{here}/emergency").json()["opened_lately"] == 1
    assert browser.send("DELETE", f"{here}/emergency", {}).status_code == 204
    assert browser.get(f"{here}/sections/safety_risk").status_code == 404
    review = {"outcome": "justified", "not_told": "Elle est hospitalisée sans connaissance."}
    access = f"/api/v1/emergencies/{wanted['access_id']}"
    assert browser.send("POST", f"{access}/review", review).status_code == 404
    assert dpo.send("POST", f"{access}/review", review).status_code == 204
    assert dpo.send("POST", f"{access}/review", review).status_code == 409
    assert dpo.get(access).json()["review"]["not_told"].startswith("Elle est")
    assert coordinator.send("DELETE", f"/api/v1/on-call/{made.json()['id']}", {}).status_code == 204


def test_duties_are_set_and_ended_on_a_page_by_whoever_may(house, night):
    nurse = night.cast.psychiatric_nurse()
    client = house.client()
    coordinator, own = Screen(house, client, night.coordinator), Screen(house, client, nurse)
    assert own.get("/on-call").status_code == 404
    assert "Personne n’est d’astreinte" in coordinator.get("/on-call").text
    day = (house.workplace.clock.now() + timedelta(days=1)).date()
    typed = {
        "employment_id": str(nurse.employment_id),
        "starts_at-day": str(day.day), "starts_at-month": str(day.month),
        "starts_at-year": str(day.year), "starts_hour": "20 h 00",
        "ends_at-day": str(day.day), "ends_at-month": str(day.month),
        "ends_at-year": str(day.year), "ends_hour": "23:30",
    }  # fmt: skip
    wrong = coordinator.post("/on-call", typed | {"ends_hour": "bientôt"})
    assert wrong.status_code == 422
    assert "bientôt" in wrong.text
    assert own.post("/on-call", typed).status_code in {403, 404}
    assert coordinator.post("/on-call", typed).status_code == 303
    page = coordinator.get("/on-call").text
    assert "à 20\u00a0h\u00a000" in page
    assert coordinator.post("/on-call", typed).status_code == 422, "twice the same hours"
    duty = re.search(r"/on-call/([0-9a-f-]{36})/end", page)[1]
    assert coordinator.post(f"/on-call/{duty}/end", {}).status_code == 303
    assert "Personne n’est d’astreinte" in coordinator.get("/on-call").text
