"""Pure rules of accounts: how long a session lives, what a password may be, where one may go."""

import re
import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import pairwise
from typing import Final

from service.web.words import is_clean

IDLE: Final = timedelta(minutes=20)
"""A session without a gesture dies. Source: settled.md 10."""

ABSOLUTE: Final = timedelta(hours=9)
"""A session dies however busy. Source: libraries.md 3.3."""

TOKEN_BYTES: Final = 32
"""256 bits from the system's generator, for cookies and invitations."""

GUESS_WINDOW: Final = timedelta(minutes=10)
GUESSES_AN_ACCOUNT: Final = 10
GUESSES_AN_ADDRESS: Final = 100
"""A whole town hall may stand behind one address."""

ATTEMPTS_KEPT: Final = timedelta(hours=1)
KNOWN_DEVICE_LASTS: Final = timedelta(days=180)
INVITATION_LASTS: Final = timedelta(days=7)

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
FEWEST_SIGNS: Final = 5
LONGEST_EMAIL: Final = 254

_EMAIL: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_MACHINES: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def new_token() -> str:
    """Return a fresh secret for a cookie or a link: 256 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """Return what is kept of a token: its SHA-256, enough for 256 random bits."""
    return sha256(token.encode()).digest()


def normal_email(typed: str) -> str:
    """Return an address as accounts keep it, or "" when it is none."""
    email = typed.strip().casefold()
    return email if len(email) <= LONGEST_EMAIL and _EMAIL.fullmatch(email) else ""


def normal_password(typed: str) -> str:
    """Return a password in one Unicode form: the same keys on two keyboards are the same."""
    return unicodedata.normalize("NFC", typed)


def password_problem(password: str, *about: str) -> str:  # noqa: PLR0911 — one a remedy
    """Return why a password is refused, with the remedy, or "".

    Length, and no guessable text: never a composition of signs. `about` are the words that
    it must not be made of, the person's address and name. Source: libraries.md 3.3.
    """
    if len(password) < SHORTEST_PASSWORD:
        return f"Choisissez au moins {SHORTEST_PASSWORD} caractères : quatre mots, par exemple."
    if len(password) > LONGEST_PASSWORD:
        return f"Choisissez au plus {LONGEST_PASSWORD} caractères."
    if not is_clean(password):
        return "Ce mot de passe contient des signes invisibles : retapez-le sans coller."
    if len(set(password)) < FEWEST_SIGNS:
        return "Ce mot de passe répète les mêmes signes : choisissez plusieurs mots."
    letters = _letters(password)
    if letters in _common() or _is_a_sequence(password):
        return "Ce mot de passe est trop courant : choisissez plusieurs mots sans lien."
    left = letters
    for word in sorted({_letters(part) for text in about for part in re.split(r"[\s@.-]+", text)}):
        if len(word) > 2:
            left = left.replace(word, "")
    if len(left) < len(letters) and len(left) < FEWEST_SIGNS:
        return "Ce mot de passe est fait de votre nom ou de votre adresse : choisissez autre chose."
    return ""


def _letters(text: str) -> str:
    """Return the letters alone, folded: « Soleil2026! » is « soleil »."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in folded if sign.isalpha())


def _is_a_sequence(text: str) -> bool:
    """Return whether a text only counts, up or down, or is a number: a date, a telephone."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return text.isdigit() or steps in ({1}, {-1})


@cache
def _common() -> frozenset[str]:
    text = (files("service.people") / "common_passwords.txt").read_text("ascii")
    return frozenset(text.split())


def safe_next(wanted: str) -> str:
    """Return where to go after signing in: a page of this site, else the home page.

    Only a path that begins with one slash: no scheme, no other host, no backslash that a
    browser would read as a slash, no sign that it would drop.
    """
    if not re.fullmatch(r"/(?![/\\])[A-Za-z0-9_./~%?=&-]*", wanted) or len(wanted) > 500:
        return "/"
    return "/" if wanted.startswith(("/sign-", "/seats", "/api/", "/static/")) else wanted


def browser_label(user_agent: str) -> str:
    """Return « Firefox, Windows »: enough to know one's own browsers, no more."""
    name = next((label for mark, label in _BROWSERS if mark in user_agent), "Autre navigateur")
    machine = next((label for mark, label in _MACHINES if mark in user_agent), "")
    return f"{name}, {machine}" if machine else name


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4, or the /64 that one IPv6 home may use."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network(f"{found}/64", strict=False))
    return str(found)
