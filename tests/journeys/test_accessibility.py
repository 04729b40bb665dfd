"""Every page of the loaded demo, looked at with axe, on a desk, on a phone, and enlarged."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Served
from tests.journeys.person import PHONE, Person
from tests.journeys.walk import Place, Walk

pytestmark = pytest.mark.xdist_group("browser")

HALF_A_DESK = {"width": 640, "height": 450}
"""1280 pixels at 200 %."""

SMALLEST = {"width": 320, "height": 640}


@dataclass
class Looked:
    """What was found of one page."""

    place: Place
    title: str = ""
    headings: int = 0
    language: str = ""
    violations: list[str] = field(default_factory=list)
    too_wide: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def walk(served: Served) -> Iterator[Walk]:
    """Prepare the walk on the served demo."""
    walker = Walk(served)
    yield walker
    walker.client.close()


@pytest.fixture(scope="module")
def places(walk: Walk) -> tuple[Place, ...]:
    """Find every page."""
    return walk.places()


@pytest.fixture(scope="module")
def looked(chromium: Browser, served: Served, places: tuple[Place, ...]) -> tuple[Looked, ...]:
    """Look at every page once: axe at two widths, then narrower and enlarged."""
    return tuple(_look_everywhere(chromium, served, places))


def _look_everywhere(
    chromium: Browser, served: Served, places: tuple[Place, ...]
) -> Iterator[Looked]:
    for seat in sorted({place.seat for place in places}):
        person = Person(chromium, served, seat, bypass_csp=True)
        for place in places:
            if place.seat == seat:
                yield _look(person, place)
        person.context.close()


def _look(person: Person, place: Place) -> Looked:
    page = person.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(place.path)
    seen = Looked(
        place,
        title=page.title(),
        headings=page.locator("h1").count(),
        language=page.locator("html").get_attribute("lang") or "",
    )
    seen.violations += _violations(page)
    page.set_viewport_size(PHONE)
    seen.violations += _violations(page)
    for size in (HALF_A_DESK, SMALLEST):
        page.set_viewport_size(size)
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            seen.too_wide.append(size["width"])
    return seen


def _violations(page: Any) -> list[str]:
    options = {"resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def test_every_page_is_reached_by_following_links(walk: Walk, places: tuple[Place, ...]) -> None:
    reached = {walk.name_of(place.path.partition("?")[0]) for place in places}
    missing = {name for name in walk.routes if "{slug}" not in name} - reached
    assert missing <= {"/seats"}  # shown to whoever has several seats: nobody here
    assert sum(name.startswith("/referrals/{referral_id}/") for name in reached) >= 15


def test_axe_finds_nothing(looked: tuple[Looked, ...]) -> None:
    assert {
        (one.place.route, one.place.seat): one.violations for one in looked if one.violations
    } == {}


def test_nothing_is_scrolled_sideways(looked: tuple[Looked, ...]) -> None:
    assert {one.place.path: one.too_wide for one in looked if one.too_wide} == {}


def test_each_page_has_one_heading_its_language_and_a_title_of_its_own(
    looked: tuple[Looked, ...],
) -> None:
    assert {one.place.path: one.headings for one in looked if one.headings != 1} == {}
    assert {one.language for one in looked} == {"fr"}
    by_route = {one.place.route: one.title for one in looked if one.place.route != "/"}
    twice = {title for title, count in Counter(by_route.values()).items() if count > 1}
    assert {route: title for route, title in by_route.items() if title in twice} == {}
    assert all(title.endswith("— cellule") for title in by_route.values())


def test_no_page_is_complained_of_under_its_own_policy(
    chromium: Browser, served: Served, places: tuple[Place, ...]
) -> None:
    for seat in sorted({place.seat for place in places}):
        person = Person(chromium, served, seat)
        for place in places:
            if place.seat == seat:
                person.page.goto(place.path)
        person.leave()


def test_the_error_summary_takes_the_focus(
    chromium: Browser, served: Served, places: tuple[Place, ...]
) -> None:
    wrong = {
        "/sign-in": "Se connecter",
        "/referrals/new": "Commencer",
        "/situations/{situation_id}/sections/{section}/entries": "Enregistrer",
        "/situations/{situation_id}/agreement/information": "Enregistrer l’information",
        "/queue/{referral_id}/decision": "Enregistrer la réponse",
        "/account/password": "Changer le mot de passe",
    }
    for place in places:
        if place.route in wrong:
            person = Person(chromium, served, place.seat, bypass_csp=True)
            person.page.goto(place.path)
            person.press(wrong.pop(place.route))
            expect(person.page.locator(".govuk-error-summary")).to_be_focused()
            assert person.page.title().startswith("Erreur — ")
            assert _violations(person.page) == [], place.route
            person.context.close()
    assert wrong == {}


def test_a_refused_page_says_what_to_do(chromium: Browser, served: Served) -> None:
    person = Person(chromium, served, "fabrice.nolleau@hlm", bypass_csp=True)
    person.page.goto("/situations/019a0000-0000-7000-8000-000000000000")
    assert _violations(person.page) == []
    expect(person.page.get_by_role("main").get_by_role("link").first).to_be_visible()
    person.context.close()
