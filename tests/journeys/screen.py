"""A page as someone sees it: its title, its words, where its links lead, what its forms ask.

A form is filled in by its fields' own names, and a name that the page does not show is an
error: a story told with this cannot post what no screen offers.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
SILENT = frozenset({"script", "style", "title", "template"})


@dataclass
class FormSeen:
    """One form: where it posts, what stands in it, what may be chosen, what its buttons send."""

    action: str
    method: str
    standing: list[tuple[str, str]] = field(default_factory=list)
    """What would be posted if nothing was touched."""
    offered: dict[str, set[str] | None] = field(default_factory=dict)
    """The values that each field offers; None where one writes freely."""
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Words, name and value of each button."""

    def filled(self, button: str = "", **answers: str | list[str]) -> list[tuple[str, str]]:
        """Return what is posted once these answers are given and that button is pressed.

        `__` stands for a hyphen in a field's name. Raises AssertionError for what the page
        does not offer.
        """
        given = {name.replace("__", "-"): value for name, value in answers.items()}
        for name, value in given.items():
            assert name in self.offered, f"no field {name} among {sorted(self.offered)}"
            choices = self.offered[name]
            for one in value if isinstance(value, list) else [value]:
                assert choices is None or one in choices, f"{name} does not offer {one}: {choices}"
        posted = [(name, value) for name, value in self.standing if name not in given]
        for name, value in given.items():
            posted += [(name, one) for one in (value if isinstance(value, list) else [value])]
        pressed = [found for found in self.buttons if button in found[0]]
        assert pressed, f"no button says {button!r}: {[found[0] for found in self.buttons]}"
        return posted + [(name, value) for _, name, value in pressed[:1] if name]


class Screen(HTMLParser):
    """One page, read."""

    def __init__(self, html: str, *, status: int = 200, url: str = "") -> None:
        """Read the page."""
        super().__init__(convert_charrefs=True)
        self.html, self.status, self.url = html, status, url
        self.title = ""
        self.links: list[tuple[str, str]] = []
        self.forms: list[FormSeen] = []
        self.headings: list[str] = []
        self._words: list[str] = []
        self._current: FormSeen | None = None
        self._open: list[str] = []
        self._link: tuple[str, list[str]] | None = None
        self._heading: list[str] | None = None
        self._button: tuple[dict[str, str], list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._textarea: tuple[str, list[str]] | None = None
        self._labels: list[tuple[str, str]] = []
        self._choices: dict[str, str] = {}
        self._label: tuple[str, list[str]] | None = None
        self._in_title = False
        self._in_main = False
        self.feed(html)

    @property
    def text(self) -> str:
        """Return the words of the main part of the page, spaces made single."""
        return " ".join(" ".join(self._words).split())

    @property
    def h1(self) -> str:
        """Return the page's heading."""
        return self.headings[0] if self.headings else ""

    def link(self, words: str) -> str:
        """Return where the first link with these words leads."""
        for text, href in self.links:
            if words in text:
                return href
        raise AssertionError(f"no link says {words!r}: {[text for text, _ in self.links]}")

    def value(self, words: str) -> str:
        """Return what choosing the option with these words posts."""
        for identifier, text in self._labels:
            if words in text and identifier in self._choices:
                return self._choices[identifier]
        raise AssertionError(f"nothing to choose says {words!r}")

    def form(self, action: str, button: str = "") -> FormSeen:
        """Return the form whose address ends so, and whose button says so."""
        for found in self.forms:
            if found.action.endswith(action) and any(button in said[0] for said in found.buttons):
                return found
        raise AssertionError(
            f"no form posts to {action}: {[found.action for found in self.forms]}; {self.text}"
        )

    # ---- the parser's own callbacks ------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        match tag:
            case "title":
                self._in_title = True
            case "main":
                self._in_main = True
            case "a":
                self._link = (given.get("href", ""), [])
            case "h1" | "h2" | "h3":
                self._heading = []
            case "form":
                method = given.get("method", "get").lower()
                self._current = FormSeen(given.get("action", ""), method)
                self.forms.append(self._current)
            case "button":
                self._button = (given, [])
            case "select":
                self._select = (given.get("name", ""), [])
            case "textarea":
                self._textarea = (given.get("name", ""), [])
            case "label":
                self._label = (given.get("for", ""), [])
            case "option":
                if self._select:
                    self._select[1].append((given.get("value", ""), "selected" in given))
            case "input":
                self._input(given)
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass
        match tag:
            case "title":
                self._in_title = False
            case "main":
                self._in_main = False
            case "a" if self._link:
                self.links.append((" ".join("".join(self._link[1]).split()), self._link[0]))
                self._link = None
            case "h1" | "h2" | "h3" if self._heading is not None:
                words = " ".join("".join(self._heading).split())
                if tag == "h1":
                    self.headings.insert(0, words)
                else:
                    self.headings.append(words)
                self._heading = None
            case "label" if self._label:
                identifier, words = self._label
                self._labels.append((identifier, " ".join("".join(words).split())))
                self._label = None
            case "button" if self._button and self._current:
                given, words = self._button
                if given.get("type", "submit") == "submit":
                    self._current.buttons.append(
                        ("".join(words).strip(), given.get("name", ""), given.get("value", ""))
                    )
                self._button = None
            case "select" if self._select and self._current:
                self._end_select(*self._select)
                self._select = None
            case "textarea" if self._textarea and self._current:
                name, words = self._textarea
                self._current.offered[name] = None
                self._current.standing.append((name, "".join(words).removeprefix("\n")))
                self._textarea = None
            case "form":
                self._current = None
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        if self._open and self._open[-1] in SILENT:
            return
        for collected in (self._link, self._label, self._button, self._textarea):
            if collected:
                collected[1].append(data)
        if self._heading is not None:
            self._heading.append(data)
        if self._in_main:
            self._words.append(data)

    def _input(self, given: dict[str, str]) -> None:
        form, name, kind = self._current, given.get("name", ""), given.get("type", "text")
        if form is None or not name:
            return
        if kind in {"radio", "checkbox"}:
            choices = form.offered.setdefault(name, set())
            assert choices is not None
            self._choices[given.get("id", "")] = given.get("value", "on")
            choices.add(given.get("value", "on"))
            if "checked" in given:
                form.standing.append((name, given.get("value", "on")))
            return
        form.standing.append((name, given.get("value", "")))
        if kind != "hidden":
            form.offered[name] = None

    def _end_select(self, name: str, options: list[tuple[str, bool]]) -> None:
        form = self._current
        assert form is not None
        chosen = [value for value, selected in options if selected]
        form.offered[name] = {value for value, _ in options}
        form.standing.append((name, (chosen or [options[0][0]])[0]))
