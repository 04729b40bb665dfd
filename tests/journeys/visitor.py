"""Someone at their screen, over HTTP: opens pages, follows links, fills in the forms shown."""

from typing import Any

from tests.journeys.screen import FormSeen, Screen

PASSWORD = "une-demo-sans-secret-2026"


class Visitor:
    """One person; several share the client that carries their requests, never its cookies."""

    def __init__(self, client: Any, email: str) -> None:
        """Sit down; nobody is signed in yet."""
        self.client = client
        self.email = email
        self.cookies: dict[str, str] = {}
        self.screen = Screen("")

    def sign_in(self) -> "Visitor":
        """Sign in with the demo's password."""
        self.open("/sign-in")
        self.send("/sign-in", "Se connecter", email=self.email, password=PASSWORD)
        assert self.screen.status == 200, self.screen.text
        assert "sign-in" not in self.screen.url, self.screen.text
        return self

    def open(self, path: str) -> Screen:
        """Open a page."""
        return self._ask("GET", path)

    def follow(self, words: str) -> Screen:
        """Follow the first link of the page that says these words."""
        return self.open(self.screen.link(words))

    def send(self, action: str, button: str = "", /, **answers: str | list[str]) -> Screen:
        """Fill in the form of this page that posts there, press its button, go where it leads."""
        return self.post(self.screen.form(action, button), button, **answers)

    def post(self, form: FormSeen, button: str = "", /, **answers: str | list[str]) -> Screen:
        """Post one form as it was filled in."""
        fields: dict[str, list[str]] = {}
        for name, value in form.filled(button, **answers):
            fields.setdefault(name, []).append(value)
        if form.method == "get":
            return self._ask("GET", form.action, params=fields)
        return self._ask("POST", form.action, data=fields)

    def _ask(self, method: str, path: str, **body: Any) -> Screen:
        self.client.cookies.clear()
        for name, value in self.cookies.items():
            self.client.cookies.set(name, value)
        answer = self.client.request(method, path, follow_redirects=True, **body)
        self.cookies = {cookie.name: cookie.value for cookie in self.client.cookies.jar}
        url = str(answer.url).removeprefix(str(self.client.base_url).rstrip("/"))
        self.screen = Screen(answer.text, status=answer.status_code, url=url)
        return self.screen
