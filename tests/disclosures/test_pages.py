"""Reports, notes and neutral answers over HTTP, as people and programs ask for them."""

import re
from html import unescape
from typing import Any

import pytest

from service.database import new_id
from service.disclosures import operations
from service.disclosures.rules.notes import NEUTRAL_ANSWER, REQUESTER_LABELS
from service.sharing import operations as sharing
from tests.disclosures.town import CARD, REASON, Town, report
from tests.security.doors import Browser

EXTRACT = "Vu le 20 mars : ni eau ni repas depuis deux jours."


def hidden(page: str) -> dict[str, str]:
    """Return what a page carries to the next."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name != "_csrf_token"}


def answered(browser: Browser, address: str, page: Any, **said: str) -> Any:
    """Answer the question of a page."""
    return browser.form(address, hidden(page.text) | said)


def to_the_check(town: Town, browser: Browser) -> Any:
    """Walk the pages of a report of a health professional up to the last."""
    address = f"/situations/{town.situation_id}/reports/new"
    page = browser.get(address)
    page = answered(browser, address, page, path="CP226_14_2")
    assert "Destinataire" in page.text
    page = answered(browser, address, page, recipient="prosecutor")
    assert "accord de la victime" in page.text
    page = answered(browser, address, page, victim="minor")
    assert "Extrait minimal" in page.text
    page = answered(browser, address, page, extract=EXTRACT)
    page = answered(browser, address, page, reason=REASON)
    said = {
        "informed": "informed",
        "informed_on-day": "24",
        "informed_on-month": "3",
        "informed_on-year": "2026",
        "informed_by": "L'infirmière",
    }
    return answered(browser, address, page, **said)


def test_a_report_is_written_one_question_a_page_and_printed(town: Town, client: Any) -> None:
    browser = town.browser(town.nurse, client)
    address = f"/situations/{town.situation_id}/reports/new"
    check = to_the_check(town, browser)
    assert check.status_code == 200
    assert EXTRACT in unescape(check.text)
    assert town.count("statutory_report") == 0

    back = answered(browser, address, check, goto="extract")
    assert EXTRACT in unescape(back.text)
    done = answered(browser, address, check)
    assert done.status_code == 303
    place = done.headers["location"].partition("?")[0]
    page, sheet = browser.get(place), browser.get(f"{place}/sheet")
    assert page.status_code == sheet.status_code == 200
    assert EXTRACT in unescape(page.text)
    assert REASON in unescape(page.text)
    assert EXTRACT in unescape(sheet.text)
    assert REASON not in unescape(sheet.text)
    assert "Document nominatif" in sheet.text

    handed = {"handed_on-day": "24", "handed_on-month": "3", "handed_on-year": "2026"}
    wrong = browser.form(f"{place}/handover", handed)
    assert wrong.status_code == 422
    assert "Choisissez comment." in wrong.text
    assert browser.form(f"{place}/handover", handed | {"means": "post"}).status_code == 303


def test_a_wrong_answer_is_asked_again_with_what_was_typed(town: Town, client: Any) -> None:
    browser = town.browser(town.worker, client)
    address = f"/situations/{town.situation_id}/reports/new"
    first = browser.get(address)
    assert "226-14, 2°" not in first.text  # reserved to health professionals
    assert "226-14, 4°" in first.text
    assert answered(browser, address, first).status_code == 422
    page = answered(browser, address, first, path="CP226_14_1")
    wrong = answered(browser, address, page, recipient="prefect")
    assert wrong.status_code == 422
    assert "destinataires que cette voie permet" in wrong.text
    page = answered(browser, address, page, recipient="prosecutor")
    long = answered(browser, address, page, extract="é" * 2_001)
    assert long.status_code == 422
    assert "é" * 2_001 in long.text
    assert town.count("statutory_report") == 0


def test_words_of_diagnosis_are_read_again_before_they_leave(town: Town, client: Any) -> None:
    browser = town.browser(town.nurse, client)
    address = f"/situations/{town.situation_id}/reports/new"
    check = to_the_check(town, browser)
    said = hidden(check.text) | {"extract": "Elle serait schizophrène."}
    asked = browser.form(address, said)
    assert asked.status_code == 422
    assert "mot de diagnostic" in asked.text
    assert browser.form(address, said | {"confirmed": "yes"}).status_code == 303


def test_a_reserved_path_is_refused_though_it_was_typed(town: Town, client: Any) -> None:
    browser = town.browser(town.landlord, client)
    said = {
        "report_id": str(new_id()),
        "path": "CP226_14_4",
        "recipient": "prefect",
        "extract": EXTRACT,
        "reason": REASON,
        "informed": "informed",
        "informed_on": "2026-03-24",
        "informed_by": "Moi",
    }
    answer = browser.send("POST", f"/api/v1/situations/{town.situation_id}/reports", json=said)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"path"}


def test_programs_make_and_follow_reports(town: Town, client: Any) -> None:
    worker, dpo = town.browser(town.worker, client), town.browser(town.dpo, client)
    base = f"/api/v1/situations/{town.situation_id}/reports"
    paths = worker.get(f"{base}/paths").json()
    assert {one["code"] for one in paths} >= {"CP226_14_4", "CASF119_2"}
    said = {
        "report_id": str(new_id()),
        "path": "CASF119_2",
        "recipient": "adult_protection_cell",
        "extract": EXTRACT,
        "reason": REASON,
        "informed": "not_informed",
        "motive": "L'informer la laisserait seule avec l'auteur des faits.",
    }
    made = worker.send("POST", base, json=said)
    assert made.status_code == 201
    report_id = made.json()["report_id"]
    assert worker.get(f"{base}/{report_id}").json()["extract"] == EXTRACT
    done = worker.send(
        "POST", f"{base}/{report_id}/handover", json={"handed_on": "2026-03-24", "means": "post"}
    )
    assert done.status_code == 204
    told = dpo.get("/api/v1/reports")
    assert told.json()["reports"][0]["informed"] == "not_informed"
    assert EXTRACT not in told.text
    assert EXTRACT not in dpo.get(f"/api/v1/reports/{report_id}").text
    reviewed = dpo.send("POST", f"/api/v1/reports/{report_id}/review", json={"outcome": "right"})
    assert reviewed.status_code == 204
    unused = {"report_id": str(new_id()), "path": "LHI", "reason": REASON}
    assert worker.send("POST", f"{base}/unused", json=unused).status_code == 201
    assert len(worker.get(base).json()["reports"]) == 2


def test_the_first_page_tells_the_coordinator_and_the_dpo(town: Town, client: Any) -> None:
    report_id = town.here(town.worker, operations.make_report, report())
    for seat in (town.coordinator, town.dpo):
        page = town.browser(seat, client).get("/")
        assert f"/reports/{report_id}" in page.text
        assert "Signalements à regarder" in page.text
    for seat in (town.worker, town.auditor, town.administrator):
        assert f"/reports/{report_id}" not in town.browser(seat, client).get("/").text
    browser = town.browser(town.coordinator, client)
    assert browser.form(f"/reports/{report_id}/review", {}).status_code == 422
    done = browser.form(f"/reports/{report_id}/review", {"outcome": "right"})
    assert done.status_code == 303
    assert "Signalements à regarder" not in browser.get("/").text


def test_the_note_to_the_mayor_has_five_fields_and_nothing_typed(town: Town, client: Any) -> None:
    browser = town.browser(town.worker, client)
    address = f"/situations/{town.situation_id}/mayor-note"
    form = browser.get(address)
    assert "<textarea" not in form.text
    assert 'type="text"' not in form.text
    wrong = browser.form(address, hidden(form.text) | {"recipient": "prefect"})
    assert wrong.status_code == 422
    said = hidden(form.text) | {
        "recipient": "mayor",
        "coordinator_id": str(town.worker.employment_id),
    }
    done = browser.form(address, said)
    assert done.status_code == 303
    note = unescape(browser.get(done.headers["location"]).text)
    for field in (CARD.name, CARD.address, "intervention coordonnée", "Bruno Escallier"):
        assert field in note
    assert {"report.read", "report.mayor_note_made"} <= set(town.recorded(town.worker))
    lines = town.does(town.dpo, operations.list_reports, write=False).notes
    assert [line.recipient_label for line in lines] == ["Maire de la commune"]
    assert CARD.last_name not in repr(lines)
    assert town.does(town.coordinator, operations.list_reports, write=False).notes == lines


def test_only_social_action_or_the_designated_coordinator_informs_the_mayor(
    town: Town, client: Any
) -> None:
    address = f"/api/v1/situations/{town.situation_id}/mayor-notes"
    said = {"note_id": str(new_id()), "recipient": "president"}
    nurse = town.browser(town.nurse, client)
    assert nurse.send("POST", address, json=said).status_code == 403
    assert town.browser(town.landlord, client).send("POST", address, json=said).status_code == 403
    assert town.browser(town.outsider, client).send("POST", address, json=said).status_code == 404

    coordinator = town.browser(town.coordinator, client)
    designation = {"employment_id": str(town.nurse.employment_id), "act_reference": "2026-114"}
    there = f"/api/v1/situations/{town.situation_id}/social-coordinator"
    assert nurse.send("PUT", there, json=designation).status_code == 403
    landlord = designation | {"employment_id": str(town.landlord.employment_id)}
    assert coordinator.send("PUT", there, json=landlord).status_code == 422
    assert coordinator.send("PUT", there, json=designation).status_code == 204
    assert nurse.send("POST", address, json=said).status_code == 201
    assert nurse.get(f"{address}/{said['note_id']}").json()["identity"] == CARD.name
    assert coordinator.send("DELETE", there).status_code == 204
    again = said | {"note_id": str(new_id())}
    assert nurse.send("POST", address, json=again).status_code == 403


def test_the_identity_of_a_note_opens_for_who_may_read_section_1_then(
    town: Town, client: Any
) -> None:
    address = f"/api/v1/situations/{town.situation_id}/mayor-notes"
    worker = town.browser(town.worker, client)
    said = {"note_id": str(new_id()), "recipient": "mayor"}
    assert worker.send("POST", address, json=said).status_code == 201
    assert worker.get(f"{address}/{said['note_id']}").status_code == 200
    assert town.browser(town.nurse, client).get(f"{address}/{said['note_id']}").status_code == 404

    async def object_to_it(unit: Any, situation_id: Any) -> None:
        await sharing.withdraw_agreement(
            unit, situation_id, {("I1", "G2"): "no"}, means="oral", notice_version="2026-01"
        )

    town.here(town.worker, object_to_it)
    closed = worker.get(f"{address}/{said['note_id']}")
    assert closed.status_code == 403
    assert CARD.last_name not in closed.text
    assert worker.send("POST", address, json=said | {"note_id": str(new_id())}).status_code == 403


def test_the_designation_is_recorded_on_the_page_of_the_note(town: Town, client: Any) -> None:
    browser = town.browser(town.coordinator, client)
    address = f"/situations/{town.situation_id}/mayor-note"
    said = {"employment_id": str(town.worker.employment_id), "act_reference": "Arrêté du maire"}
    assert browser.form(f"{address}/coordinator", said).status_code == 422
    assert browser.form(f"{address}/coordinator", {}).status_code == 422
    done = browser.form(f"{address}/coordinator", said | {"act_reference": "2026-114"})
    assert done.status_code == 303
    assert "2026-114" in browser.get(address).text
    assert browser.form(f"{address}/coordinator/end", {}).status_code == 303
    assert "2026-114" not in browser.get(address).text


@pytest.mark.parametrize("form", [True, False])
def test_whoever_asks_about_anyone_gets_the_same_bytes(
    town: Town,
    client: Any,
    form: bool,
) -> None:
    browser = town.browser(town.coordinator, client)
    day = {"received_on-day": "24", "received_on-month": "3", "received_on-year": "2026"}
    answers = set()
    for requester in REQUESTER_LABELS:
        said = {"requester": requester, "means": "mail"}
        if form:
            done = browser.form("/inquiries", day | said)
            assert done.status_code == 303
            answers.add(browser.get(done.headers["location"]).content)
        else:
            done = browser.send(
                "POST", "/api/v1/inquiries", json=said | {"received_on": "2026-03-24"}
            )
            assert done.status_code == 201
            answers.add(done.json()["answer"])
    assert len(answers) == 1
    shown = answers.pop()
    assert NEUTRAL_ANSWER in (unescape(shown.decode()) if form else shown)
    assert "ni qu'une situation existe" in NEUTRAL_ANSWER


def test_a_request_has_no_field_for_a_name(town: Town, client: Any) -> None:
    browser = town.browser(town.coordinator, client)
    page = browser.get("/inquiries/new").text
    names = set(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', page))
    assert names == {
        "_csrf_token",
        "requester",
        "means",
        "received_on-day",
        "received_on-month",
        "received_on-year",
    }
    said = {"requester": "elected", "means": "mail", "received_on": "2026-03-24"}
    named = browser.send("POST", "/api/v1/inquiries", json=said | {"name": "Ropartz"})
    assert named.status_code in {400, 422}
    later = browser.send("POST", "/api/v1/inquiries", json=said | {"received_on": "2026-03-25"})
    assert later.status_code == 422
    typed = browser.form("/inquiries", said | {"name": "Ropartz"})
    assert typed.status_code == 422
    assert "Ropartz" not in typed.text


def test_requests_are_listed_for_coordination_dpo_and_auditor_only(town: Town, client: Any) -> None:
    said = {"requester": "elected", "means": "mail", "received_on": "2026-03-24"}
    for seat, wanted in (
        (town.coordinator, 201),
        (town.dpo, 201),
        (town.auditor, 403),
        (town.worker, 403),
        (town.administrator, 403),
    ):
        browser = town.browser(seat, client)
        assert browser.send("POST", "/api/v1/inquiries", json=said).status_code == wanted
    for seat, wanted in (
        (town.coordinator, 200),
        (town.dpo, 200),
        (town.auditor, 200),
        (town.worker, 403),
        (town.administrator, 403),
    ):
        browser = town.browser(seat, client)
        assert browser.get("/inquiries").status_code == wanted
        assert browser.get("/api/v1/inquiries").status_code == wanted
    assert len(town.browser(town.auditor, client).get("/api/v1/inquiries").json()) == 2
    assert town.browser(town.worker, client).get("/inquiries/answer").status_code == 200
