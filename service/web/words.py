"""Texts that people type, checked once at the edge.

Refused everywhere: control characters, NUL, half surrogates and the signs that turn the
direction of a line (a name or a sentence could then show as another). PostgreSQL refuses NUL
where SQLite keeps it: neither ever sees one.
"""

import re
from datetime import date
from typing import Annotated, Final

import msgspec

_FORBIDDEN: Final = (
    "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"  # controls but tab and line ends
    "\\u202a-\\u202e\\u2066-\\u2069"  # turns of direction
    "\\ud800-\\udfff"  # half surrogates
)
_LINE = f"^[^\\n\\r\\t{_FORBIDDEN}]*$"
PARAGRAPHS: Final = f"^[^{_FORBIDDEN}]*$"

Line = Annotated[str, msgspec.Meta(max_length=200, pattern=_LINE)]
"""One line of at most 200 characters."""

Code = Annotated[str, msgspec.Meta(max_length=80, pattern="^[A-Za-z0-9_.:/*>=-]*$")]
"""A code of ours: never free text."""

Paragraphs = Annotated[str, msgspec.Meta(max_length=20_000, pattern=PARAGRAPHS)]
"""A text of at most 20,000 characters."""

_forbidden = re.compile(f"[{_FORBIDDEN}]")


def is_clean(text: str) -> bool:
    """Return whether a text holds none of the signs that are refused everywhere."""
    return _forbidden.search(text) is None


def day_of(year: str, month: str, day: str) -> date | None:
    """Return a day from three typed fields, or None when they are not a day.

    Only ASCII digits and years of four digits: other digits pass int() and surprise later.
    """
    parts = (year.strip(), month.strip(), day.strip())
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None
