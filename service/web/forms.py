"""What a form posted, read field by field; every mistake is collected, then raised at once.

The error of a field says what is wrong and what to do; nothing is cut or repaired in silence.
"""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import FormMultiDict

from service.errors import Invalid
from service.web.words import day_of, is_clean

LONGEST_LINE = 200
LONGEST_TEXT = 20_000


@dataclass(slots=True)
class Form:
    """The fields of one post. Reading never raises: `check()` does, with every mistake."""

    values: dict[str, list[str]]
    errors: dict[str, str] = field(default_factory=dict)

    def raw(self) -> dict[str, str]:
        """Return the first value of every field, to show a form back as it was typed."""
        return {name: values[0] for name, values in self.values.items() if values}

    def line(self, name: str, *, required: str = "", longest: int = LONGEST_LINE) -> str:
        """Return one line of text; `required` is the sentence shown when it is empty."""
        return self._text(name, required=required, longest=longest, many_lines=False)

    def text(self, name: str, *, required: str = "", longest: int = LONGEST_TEXT) -> str:
        """Return a text of several lines; `required` is the sentence shown when it is empty."""
        return self._text(name, required=required, longest=longest, many_lines=True)

    def choice(self, name: str, among: Collection[str], *, required: str = "") -> str:
        """Return a code of a closed list, or "" when nothing was chosen and nothing required."""
        value = self._first(name).strip()
        if not value:
            if required:
                self.errors[name] = required
            return ""
        if value not in among:
            self.errors[name] = "Choisissez une des réponses proposées."
            return ""
        return value

    def choices(self, name: str, among: Collection[str], *, required: str = "") -> tuple[str, ...]:
        """Return the boxes that were ticked, in their order."""
        chosen = tuple(value for value in self.values.get(name, []) if value)
        if any(value not in among for value in chosen):
            self.errors[name] = "Choisissez parmi les réponses proposées."
            return ()
        if required and not chosen:
            self.errors[name] = required
        return chosen

    def ticked(self, name: str) -> bool:
        """Return whether a single box was ticked."""
        return self._first(name) in {"yes", "on", "1", "true"}

    def day(self, name: str, *, required: str = "") -> date | None:
        """Return a day typed in three fields (`name`-day, -month, -year)."""
        parts = [self._first(f"{name}-{part}") for part in ("year", "month", "day")]
        if not any(part.strip() for part in parts):
            if required:
                self.errors[name] = required
            return None
        found = day_of(*parts)
        if found is None:
            self.errors[name] = "Indiquez une date qui existe : jour, mois et année sur 4 chiffres."
        return found

    def number(self, name: str, *, least: int, most: int, required: str = "") -> int | None:
        """Return a whole number between two bounds."""
        value = self._first(name).strip()
        if not value:
            if required:
                self.errors[name] = required
            return None
        digits = value.isascii() and value.isdigit() and len(value) <= len(str(most)) + 1
        if not digits or not least <= int(value) <= most:
            self.errors[name] = f"Indiquez un nombre entier entre {least} et {most}."
            return None
        return int(value)

    def uuid(self, name: str, *, required: str = "") -> UUID | None:
        """Return an identifier chosen in a list."""
        value = self._first(name).strip()
        if not value:
            if required:
                self.errors[name] = required
            return None
        try:
            return UUID(value)
        except ValueError:
            self.errors[name] = "Choisissez dans la liste proposée."
            return None

    def version(self) -> int:
        """Return the version that the form was filled in from; a form without one is refused."""
        found = self.number("version", least=1, most=1_000_000, required="Rechargez la page.")
        return found or 0

    def only(self, known: Iterable[str]) -> None:
        """Refuse a field that the form does not have."""
        if set(self.values) - set(known) - {"_csrf_token"}:
            self.errors["form"] = "Ce formulaire a reçu un champ inconnu. Rechargez la page."

    def check(self) -> None:
        """Raise Invalid with every mistake found while reading."""
        if self.errors:
            raise Invalid(dict(self.errors))

    def _first(self, name: str) -> str:
        values = self.values.get(name)
        return values[0] if values else ""

    def _text(self, name: str, *, required: str, longest: int, many_lines: bool) -> str:
        value = self._first(name).replace("\r\n", "\n").strip()
        if not value:
            if required:
                self.errors[name] = required
            return ""
        if len(value) > longest:
            self.errors[name] = f"Ce texte dépasse {longest} caractères : raccourcissez-le."
        elif not is_clean(value) or (not many_lines and ("\n" in value or "\t" in value)):
            self.errors[name] = "Ce texte contient des signes invisibles : retapez-le sans coller."
        return value


async def posted(request: Request[Any, Any, Any]) -> FormMultiDict:
    """Return the fields of a post, whoever of a handler's dependencies asks first.

    They are asked side by side: two readers of one body would each get a part of it, and an
    empty form would lose what was typed.
    """
    reading: asyncio.Lock = request.scope["state"].setdefault("reading", asyncio.Lock())
    async with reading:
        return await request.form()


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """Return what a form posted; files and unreadable bytes are refused before this."""
    data = await posted(request)
    values: dict[str, list[str]] = {}
    for name, value in data.multi_items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value)
    return Form(values)
