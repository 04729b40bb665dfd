"""The register on screen and for programs: the same answers, the same refusals."""

import pytest

from audit.event import Act
from service.access import record
from tests.cast import Cast
from tests.security.doors import Browser, sign_in


@pytest.fixture
def cast(house):
    return Cast.on(house)


def browser_of(cast, actor):
    """A signed-in browser."""
    return Browser(cast.house.client(), sign_in(cast.house, actor))


def test_the_page_shows_what_the_api_answers(cast):
    auditor, nurse = cast.auditor(), cast.psychiatric_nurse()

    async def read():
        async with cast.house.act(nurse) as unit:
            await record.note(
                unit, Act.SECTION_READ, obj={"k": "section", "s": "housing"}, role="PSY"
            )

    cast.house.run(read())
    cast.house.sequence()
    browser = browser_of(cast, auditor)
    page = browser.get("/record?act=section.read&section=housing")
    assert page.status_code == 200
    assert "Section lue" in page.text
    assert "Logement" in page.text
    assert nurse.organisation_name in page.text
    answer = browser.get("/api/v1/record?act=section.read&section=housing").json()
    assert [line["said"] for line in answer["lines"]] == ["Section lue"]
    assert answer["lines"][0]["actor"][:8] in page.text
    assert answer["policy"][:16] in page.text


def test_a_wrong_filter_is_shown_again_with_its_remedy(cast):
    browser = browser_of(cast, cast.auditor())
    page = browser.get("/record?reference=SIT-2026-9999&since=31/02/2026")
    assert page.status_code == 422
    assert "SIT-2026-9999" in page.text
    assert "Écrivez un jour qui existe" in page.text
    answer = browser.get("/api/v1/record?since=31/02/2026")
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["since"]


def test_what_is_typed_is_never_markup(cast):
    browser = browser_of(cast, cast.auditor())
    page = browser.get("/record?reference=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("path", ["/record", "/api/v1/record"])
def test_a_coordinator_is_refused_by_page_and_by_api(cast, path):
    assert browser_of(cast, cast.coordinator()).get(path).status_code == 403


@pytest.mark.parametrize("seat", ["coordinator", "landlord", "auditor", "administrator"])
def test_everyone_reads_their_own_acts(cast, seat):
    browser = browser_of(cast, getattr(cast, seat)())
    assert browser.get("/record/mine").status_code == 200
    assert browser.get("/api/v1/record/mine").status_code == 200


def test_the_menu_leads_each_to_their_register(cast):
    assert 'href="/record"' in browser_of(cast, cast.auditor()).get("/record/mine").text
    nurse = browser_of(cast, cast.psychiatric_nurse()).get("/record/mine").text
    assert 'href="/record/mine"' in nurse
    assert 'href="/record"' not in nurse
