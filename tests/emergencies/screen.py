"""A seat at its screen: signs in again once its session is over, as people do at night."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from service.database import new_id
from service.unit import Actor
from service.web.provide import csrf_of
from tests.house import House
from tests.security.doors import Browser, sign_in


class Screen:
    def __init__(self, house: House, client: Any, actor: Actor) -> None:
        self.house, self.client, self.actor = house, client, actor
        self.until = house.workplace.clock.now()

    @property
    def browser(self) -> Browser:
        now = self.house.workplace.clock.now()
        if now >= self.until:
            self.until = now + timedelta(minutes=19)
            again = replace(self.actor, session_id=new_id())
            self._browser = Browser(self.client, sign_in(self.house, again))
        return self._browser

    def get(self, path: str) -> Any:
        return self.browser.get(path)

    def post(self, path: str, fields: dict[str, Any]) -> Any:
        return self.browser.form(path, fields)

    def send(self, method: str, path: str, body: object) -> Any:
        browser = self.browser
        return self.client.request(
            method,
            path,
            json=body,
            headers={**browser.headers, "x-csrf-token": csrf_of(browser.token)},
            follow_redirects=False,
        )
