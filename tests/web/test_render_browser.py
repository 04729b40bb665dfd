"""The pages in a real browser: reading aids, small screens, and what happens to a text."""

import os
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Dialog,
    Page,
    expect,
    sync_playwright,
)

from service.web import render
from tests.web.style_page import a_context, style_page

CHROMIUM: Final = Path("/usr/bin/chromium")
STATIC: Final = Path(str(files("service.web"))) / "static"
SAVE_AFTER_MS: Final = 2001
POLICY: Final = (
    f"default-src 'none'; script-src 'self' '{render.INLINE_SCRIPT_HASH}'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
ERRORS: Final = {
    "question": "Écrivez la question que vous posez à la cellule",
    "visit_on": "La date est dans le passé : vérifiez l’année",
    "seen": "Dites si vous l’avez vu vous-même",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser once; without it these tests are skipped, unless it is required."""
    if not CHROMIUM.exists():
        if "browser" in os.environ.get("CELLULE_TEST_REQUIRE", ""):
            pytest.fail("Chromium is required and absent")
        pytest.skip("Chromium is absent")
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield started
        started.close()


class Place(ThreadingHTTPServer):
    """Our pages under the real policy; notes what is posted and answers `status` to it."""

    def __init__(self) -> None:
        """Listen on a free port of this machine only."""
        super().__init__(("127.0.0.1", 0), Answer)
        self.home = f"http://127.0.0.1:{self.server_port}"
        self.html = style_page()
        self.status = 204
        self.posted: list[tuple[str, str]] = []


class Answer(BaseHTTPRequestHandler):
    """One answer of the place."""

    server: Place

    def do_GET(self) -> None:
        """Give a static file, or the page for any other address."""
        path = self.path.split("?")[0]
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            self._give(200, TYPES.get(file.suffix, "font/woff2"), file.read_bytes())
        else:
            self._give(200, "text/html; charset=utf-8", self.server.html.encode())

    def do_POST(self) -> None:
        """Note what came."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posted.append((self.path, body))
        self._give(self.server.status, "text/plain", b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _give(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


class Visit:
    """One window on the place; what the browser complains of ends up in `heard`."""

    def __init__(self, context: BrowserContext, place: Place) -> None:
        """Open an empty window."""
        self.context = context
        self.place = place
        self.page: Page = context.new_page()
        self.heard: list[str] = []
        self.page.on("console", lambda message: self.heard.append(message.text))
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))

    def open(self, html: str = "") -> Page:
        """Go to a page (that of every macro unless given) and wait until its scripts ran."""
        self.place.html = html or self.place.html
        self.page.goto(f"{self.place.home}/situations/heron")
        return self.page

    def wait_for_post(self, path: str) -> str:
        """Return what was posted to a path, as soon as it was."""
        for _ in range(200):
            if found := [body for to, body in self.place.posted if to == path]:
                return found[0]
            self.page.wait_for_timeout(25)
        pytest.fail(f"nothing was posted to {path}")


@pytest.fixture
def place() -> Iterator[Place]:
    """Serve our pages while a test runs."""
    with Place() as opened:
        Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield opened
        opened.shutdown()


@pytest.fixture
def visit(chromium: Browser, place: Place) -> Iterator[Visit]:
    """Open a desk-sized window."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
    yield Visit(context, place)
    context.close()


@pytest.mark.parametrize(("width", "errors"), [(1280, {}), (390, ERRORS)])
def test_axe_finds_nothing_and_the_policy_forbids_nothing(
    visit: Visit, width: int, errors: dict[str, str]
) -> None:
    visit.page.set_viewport_size({"width": width, "height": 844})
    page = visit.open(style_page(errors))
    found = Axe().run(page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
    assert visit.heard == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_nothing_must_be_scrolled_sideways(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 640})
    page = visit.open()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_buttons_and_the_ways_out_are_large_enough_for_a_thumb(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.open()
    small = page.evaluate(
        """[...document.querySelectorAll("button, input, select, .govuk-button, .c-nav__link")]
        .filter((e) => e.checkVisibility() && !["hidden", "radio", "checkbox", "file"].includes(e.type))
        .filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"""
    )
    assert small == []


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(visit: Visit) -> None:
    page = visit.open(style_page(ERRORS))
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("link", name=ERRORS["visit_on"]).click()
    expect(page.get_by_label("Jour")).to_be_focused()


def test_the_keyboard_goes_to_the_content_first(visit: Visit) -> None:
    page = visit.open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_text_is_saved_with_its_token_and_says_when(visit: Visit) -> None:
    visit.page.clock.install()
    page = visit.open()
    page.get_by_label("Question posée à la cellule").fill("Comment entrer en lien ?")
    page.clock.fast_forward(SAVE_AFTER_MS)
    expect(page.locator("[data-draft-status]")).to_contain_text(
        re.compile(r"Enregistré à \d+\sh\s\d\d")
    )
    body = visit.wait_for_post("/draft")
    assert "_csrf_token=jeton" in body
    assert "question=Comment+entrer+en+lien" in body


def test_a_text_stays_when_the_network_is_lost_and_leaves_when_it_is_back(visit: Visit) -> None:
    visit.page.clock.install()
    page = visit.open()
    visit.context.set_offline(True)
    page.get_by_label("Remarque").fill("Elle relie des livres.")
    page.clock.fast_forward(SAVE_AFTER_MS)
    status = page.locator("[data-draft-status]")
    expect(status).to_contain_text("Pas de réseau : votre texte reste ici")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "relie" not in kept
    visit.context.set_offline(False)
    expect(status).to_contain_text("Enregistré à")
    expect(page.get_by_label("Remarque")).to_have_value("Elle relie des livres.")


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "Votre session est terminée"), (409, "Quelqu’un a modifié"), (422, "Non enregistré")],
)
def test_a_refused_draft_says_why_and_keeps_the_text(visit: Visit, status: int, words: str) -> None:
    visit.page.clock.install()
    page = visit.open()
    visit.place.status = status
    page.get_by_label("Remarque").fill("Un texte")
    page.clock.fast_forward(SAVE_AFTER_MS)
    expect(page.locator("[data-draft-status]")).to_contain_text(words)
    expect(page.get_by_label("Remarque")).to_have_value("Un texte")


def test_leaving_with_an_unsent_text_asks_first_and_leaving_without_does_not(visit: Visit) -> None:
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    visit.page.on("dialog", agree)
    page = visit.open()
    page.get_by_role("link", name="Accueil").first.click()
    page.wait_for_url(f"{visit.place.home}/")
    assert asked == []
    page.get_by_label("Remarque").press_sequentially("x")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Situations").first.click()
    page.wait_for_url("**/situations")
    assert asked == ["beforeunload"]


def test_an_idle_page_is_hidden_then_shown_again_on_demand(visit: Visit) -> None:
    visit.page.clock.install()
    page = visit.open()
    page.clock.fast_forward(301_000)
    expect(page.get_by_role("heading", name="Page masquée")).to_be_visible()
    expect(page.locator("h1")).to_be_hidden()
    assert page.title() == "cellule"
    expect(page.get_by_role("button", name="Afficher la page")).to_be_focused()
    page.get_by_role("button", name="Afficher la page").click()
    expect(page.locator("h1")).to_be_visible()
    assert page.title() == "Situation Héron — cellule"


def test_an_idle_session_is_closed(visit: Visit) -> None:
    visit.page.clock.install()
    page = visit.open()
    page.clock.fast_forward(1_201_000)
    assert visit.wait_for_post(render.SIGN_OUT_URL) == "_csrf_token=jeton"


def test_the_quick_exit_closes_the_session_and_leaves(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("button", name="Quitter vite").click()
    assert visit.wait_for_post(render.SIGN_OUT_URL) == "_csrf_token=jeton"
    expect(page).not_to_have_url(re.compile(re.escape(visit.place.home)))


def test_everything_is_there_without_script(chromium: Browser, place: Place) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = Visit(context, place).open()
    expect(page.get_by_role("heading", name="Situation Héron")).to_be_visible()
    expect(page.get_by_role("button", name="Enregistrer et continuer")).to_be_visible()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    expect(page.get_by_role("link", name="Signaler une situation").first).to_be_visible()
    expect(page.locator("[data-lock]")).to_be_hidden()
    context.close()


def test_forced_colours_mark_the_current_page_only(chromium: Browser, place: Place) -> None:
    context = chromium.new_context(forced_colors="active")
    page = Visit(context, place).open(render.render("errors/404.html", context=a_context()))
    borders = page.eval_on_selector_all(
        ".c-nav__link", "links => links.map((link) => getComputedStyle(link).borderBottomColor)"
    )
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert [border == ground for border in borders] == [True, False]
    context.close()
