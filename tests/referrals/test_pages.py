"""The referral on screen and by JSON: nothing typed is lost, nothing withheld is shown."""

import re
from html import unescape

import pytest

from service.database import new_id
from service.referrals.form import BY_SLUG, Kind, Variant, blocks_of
from tests.cast import Cast
from tests.referrals.forms import MARK, a_draft, a_referral, complete_form
from tests.security.doors import Browser, sign_in

NUMBERS = ("15", "17", "18", "112", "114", "115", "119", "3919", "3114", "3977")


@pytest.fixture
def cast(house):
    return Cast.on(house)


@pytest.fixture
def client(house):
    return house.client()


def browser(house, client, seat):
    return Browser(client, sign_in(house, seat))


def hidden(answer, name):
    return re.search(rf'name="{name}" value="([^"]+)"', answer.text).group(1)


def typed(slug, answers):
    """Return answers as a browser posts them."""
    fields = {}
    for question in BY_SLUG[slug].questions:
        value = answers.get(question.code)
        if value is None:
            continue
        if question.kind is Kind.DAY:
            year, month, day = value.split("-")
            parts = {"day": day, "month": month, "year": year}
            fields |= {f"{question.code}-{part}": said for part, said in parts.items()}
        elif question.kind is Kind.ROWS:
            for number, row in enumerate(value):
                fields |= {f"{question.code}-{number}-{c}": str(v) for c, v in row.items()}
        else:
            fields[question.code] = value if isinstance(value, list) else str(value)
    return fields


def test_a_landlord_refers_from_a_phone_block_by_block_and_gets_a_receipt(house, cast, client):
    page = browser(house, client, cast.landlord())
    begun = page.get("/referrals/new")
    form = {"referral_id": hidden(begun, "referral_id"), "cell_id": str(cast.cell_id)}
    where = page.form("/referrals/new", form).headers["location"]
    assert page.form("/referrals/new", form).headers["location"] == where
    answers = complete_form()
    shown = [block.slug for block in blocks_of(Variant.FACTS_ONLY)]
    for slug in shown:
        assert where.endswith(f"/{slug}")
        fields = typed(slug, answers.get(slug, {}))
        fields["version"] = hidden(page.get(where), "version")
        where = page.form(where, fields | {"act": "next"}).headers["location"]
    check = page.get(where)
    assert where.endswith("/check")
    assert "Il manque des réponses" not in check.text
    here = where.removesuffix("/check")
    sent = page.form(f"{here}/send", {"version": hidden(check, "version")})
    again = page.form(f"{here}/send", {"version": hidden(check, "version")})
    assert sent.headers["location"] == again.headers["location"] == f"{here}/receipt"
    assert "SIT-2026-0001" in page.get(f"{here}/receipt").text
    assert page.get(here).headers["location"] == f"{here}/receipt"
    original = page.get(f"{here}/original")
    assert "Je n&#39;ouvre pas" in original.text
    assert original.headers["cache-control"] == "no-store"


def test_the_check_page_lists_what_is_missing_and_links_to_each_field(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    here = f"/referrals/{a_draft(house, cast, landlord, {})}"
    check = page.get(f"{here}/check")
    assert f'href="{here}/voice#person_view"' in check.text
    refused = page.form(f"{here}/send", {"version": hidden(check, "version")})
    assert refused.status_code == 422
    assert f'href="{here}/person#last_name"' in refused.text
    target = page.get(f"{here}/person")
    assert 'id="last_name"' in target.text


def test_a_wrong_field_comes_back_with_what_was_typed(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    here = f"/referrals/{a_draft(house, cast, landlord, {})}/person"
    version = hidden(page.get(here), "version")
    fields = {"last_name": "Carvennec", "first_name": "Odile", "birth_date-day": "31"}
    fields |= {"birth_date-month": "2", "birth_date-year": "1954", "version": version}
    answer = page.form(here, fields)
    assert answer.status_code == 422
    assert 'href="#birth_date"' in answer.text
    for value in ("Carvennec", "Odile", "31", "1954"):
        assert f'value="{value}"' in answer.text
    assert 'value="Carvennec"' not in page.get(here).text


def test_two_windows_keep_both_texts(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    here = f"/referrals/{a_draft(house, cast, landlord, {})}/voice"
    version = hidden(page.get(here), "version")
    page.form(here, {"person_view": "Premier texte.", "version": version})
    answer = page.form(here, {"person_view": "Second texte.", "version": version})
    assert answer.status_code == 409
    assert "Premier texte." in answer.text
    assert "Second texte." in answer.text
    done = page.form(here, {"person_view": "Réunis.", "version": hidden(answer, "version")})
    assert done.status_code == 303


def test_autosave_keeps_an_unfinished_date_and_gives_the_next_version(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    here = f"/referrals/{a_draft(house, cast, landlord, {})}/person"
    version = hidden(page.get(here), "version")
    fields = {"last_name": "Carv", "birth_date-day": "17", "birth_date-month": ""}
    fields |= {"birth_date-year": "", "version": version}
    saved = page.form(f"{here}/draft", fields)
    assert saved.status_code == 200
    assert saved.json() == {"version": int(version) + 1}
    assert page.form(f"{here}/draft", fields).status_code == 409
    shown = page.get(here)
    assert 'value="17"' in shown.text
    assert hidden(shown, "version") == str(int(version) + 1)
    bad = page.form(
        f"{here}/draft",
        {"access_notes": "2540699123456", "version": hidden(shown, "version")},
    )
    assert bad.status_code == 422
    assert 'value="Carv"' in page.get(here).text


def test_warnings_are_shown_and_confirmed_never_silently_passed(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    here = f"/referrals/{a_draft(house, cast, landlord, {})}/housing"
    fields = {"observations": "Syndrome de Diogène.", "tenure_status": "owner"}
    version = hidden(page.get(here), "version")
    answer = page.form(here, fields | {"version": version, "act": "next"})
    assert answer.headers["location"].startswith(here)
    shown = page.get(here)
    assert "mot de diagnostic" in unescape(shown.text)
    assert "Enregistrer quand même" in shown.text
    confirmed = page.form(here, fields | {"version": hidden(shown, "version"), "act": "confirm"})
    assert confirmed.headers["location"].endswith("/neighbourhood")
    assert "mot de diagnostic" in unescape(page.get(here.replace("housing", "check")).text)


def test_a_danger_shows_every_number_and_the_draft_goes_on_afterwards(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    here = f"/referrals/{a_draft(house, cast, landlord, complete_form())}"
    fields = typed("urgency", complete_form()["urgency"] | {"danger_injury": "yes"})
    fields["version"] = hidden(page.get(f"{here}/urgency"), "version")
    answer = page.form(f"{here}/urgency", fields | {"act": "next"})
    assert answer.headers["location"] == f"{here}/danger"
    danger = page.get(f"{here}/danger")
    for number in NUMBERS:
        assert f'href="tel:{number}"' in danger.text
    version = hidden(danger, "version")
    blocked = page.form(f"{here}/send", {"version": version})
    assert blocked.headers["location"] == f"{here}/danger"
    assert page.form(f"{here}/danger", {"version": version}).status_code == 303
    version = hidden(page.get(f"{here}/check"), "version")
    sent = page.form(f"{here}/send", {"version": version})
    assert sent.headers["location"] == f"{here}/receipt"


def test_a_landlord_sees_no_health_page_and_posting_there_is_a_404(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    here = f"/referrals/{a_draft(house, cast, landlord, {})}"
    assert f"{here}/health" not in page.get(here).text
    assert page.get(f"{here}/health").status_code == 404
    posted = page.form(f"{here}/health", {"known_risk": MARK, "version": "1"})
    assert posted.status_code == 404
    unknown = page.get(f"{here}/nothing")
    assert unknown.content == page.get(f"/referrals/{new_id()}").content
    assert unknown.status_code == 404
    hidden_field = {"known_risk": MARK, "version": hidden(page.get(f"{here}/housing"), "version")}
    assert page.form(f"{here}/housing", hidden_field).status_code == 422


def test_the_queue_pages_show_no_health_and_a_hidden_referral_is_an_absent_one(house, cast, client):
    nurse, coordinator = cast.psychiatric_nurse(), cast.coordinator()
    referral_id = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt.referral_id
    page = browser(house, client, coordinator)
    here = f"/queue/{referral_id}"
    for path in ("/queue", here, f"{here}/duplicates", f"{here}/decision", "/"):
        answer = page.get(path)
        assert answer.status_code == 200
        assert MARK not in answer.text
        assert "Soin quotidien" not in answer.text
    assert "renseigné" in page.get(here).text
    assert page.get(f"{here}/health").status_code == 403
    outsider = browser(house, client, cast.social_worker())
    hidden_one, absent = outsider.get(here), outsider.get(f"/queue/{new_id()}")
    assert hidden_one.status_code == absent.status_code == 404
    assert hidden_one.content == absent.content
    for path in ("", "/blocks/voice", "/receipt", "/original"):
        first = outsider.send("GET", f"/api/v1/referrals/{referral_id}{path}")
        second = outsider.send("GET", f"/api/v1/referrals/{new_id()}{path}")
        assert first.content == second.content


def test_a_decision_with_an_error_keeps_what_was_typed(house, cast, client):
    coordinator = cast.coordinator()
    referral_id = a_referral(house, cast, cast.landlord()).receipt.referral_id
    page = browser(house, client, coordinator)
    here = f"/queue/{referral_id}"
    for step in ("receive", "begin"):
        page.form(f"{here}/{step}", {"version": hidden(page.get(here), "version")})
    shown = page.get(f"{here}/decision")
    fields = {"version": hidden(shown, "version"), "outcome": "refused", "explanation": "Non car."}
    answer = page.form(f"{here}/decision", fields)
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.text
    assert "Non car." in answer.text
    stale = fields | {"version": "1", "reason": "out_of_scope"}
    assert page.form(f"{here}/decision", stale).status_code == 409
    done = page.form(f"{here}/decision", fields | {"reason": "out_of_scope"})
    assert done.status_code == 303
    assert "Hors champ" in page.get(here).text


def test_programs_do_the_same_by_json(house, cast, client):
    landlord = cast.landlord()
    page = browser(house, client, landlord)
    api = "/api/v1/referrals"
    begun = page.send("POST", api, json={"cell_id": str(cast.cell_id)})
    assert begun.status_code == 201
    here = f"{api}/{begun.json()['referral_id']}"
    version = page.send("GET", here).json()["version"]
    for slug, answers in complete_form().items():
        body = {"version": version, "answers": answers}
        saved = page.send("POST", f"{here}/blocks/{slug}", json=body)
        assert saved.status_code == 200, saved.text
        version = saved.json()["version"]
    for body, status in (
        ({"version": version, "answers": {"nir": "x"}}, 422),
        ({"version": version, "answers": {}, "more": 1}, 422),
        ({"version": version - 1, "answers": {}}, 409),
        ({"version": version, "answers": {"last_name": "a\u202eb"}}, 422),
    ):
        assert page.send("POST", f"{here}/blocks/person", json=body).status_code == status
    body = {"version": version, "answers": {"known_risk": MARK}}
    assert page.send("POST", f"{here}/blocks/health", json=body).status_code == 404
    sent = page.send("POST", f"{here}/send", json={"version": version})
    assert sent.json()["receipt"]["reference"] == "SIT-2026-0001"
    assert page.send("GET", api).json()["lines"][0]["words"] == "envoyée"
