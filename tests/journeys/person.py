"""Someone in front of a real browser; what their console complains of is kept."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Served
from tests.journeys.visitor import PASSWORD

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
MOST_TABS = 120


class Person:
    """One person of the demo, in a window of their own."""

    def __init__(
        self,
        browser: Browser,
        served: Served,
        email: str = "",
        *,
        size: dict[str, int] = DESK,
        **options: Any,
    ) -> None:
        """Open a window; sign in when an address is given."""
        self.served = served
        self.context = browser.new_context(
            base_url=served.address,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            viewport=size,
            **options,
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if email:
            self.sign_in(email)

    def sign_in(self, email: str) -> None:
        """Sign in as anyone would."""
        self.page.goto("/sign-in")
        self.page.get_by_label("Adresse électronique").fill(f"{email}.example")
        self.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        self.press("Se connecter")
        expect(self.page.get_by_role("button", name="Se déconnecter")).to_be_visible()

    def press(self, words: str) -> None:
        """Press a button of the page, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("main").get_by_role("button", name=words).first.click()

    def follow(self, words: str | re.Pattern[str]) -> None:
        """Follow a link of the page."""
        with self.page.expect_navigation():
            self.page.get_by_role("main").get_by_role("link", name=words).first.click()

    def refused(self, path: str) -> int:
        """Ask for a page that must not be shown; return the status."""
        return self.context.request.get(path).status

    def tab_to(self, name: str, value: str = "") -> None:
        """Press Tab until the field (or the button with this value) has the focus."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(
                "[document.activeElement.name ?? '', document.activeElement.value ?? '']"
            )
            if here[0] == name and value in {"", here[1]}:
                return
        raise AssertionError(f"the keyboard does not reach {name} {value}")

    @property
    def path(self) -> str:
        """Return the address of the page, without its host."""
        return urlsplit(self.page.url).path

    @property
    def main(self) -> str:
        """Return the words of the page."""
        return self.page.get_by_role("main").inner_text()

    def fits(self) -> None:
        """Nothing must be scrolled sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"], (self.path, wide)

    def leave(self) -> None:
        """Close the window; nothing may have been complained of."""
        self.context.close()
        assert not self.complaints, self.complaints
