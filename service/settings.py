"""The environment, read once into one frozen object.

Every variable begins with CELLULE_. An unknown one, a missing one or a wrong value stops the
start with a sentence that names it: nothing is defaulted in silence, and no secret has a
default. A secret is given as a file (CELLULE_…_FILE), never as a value that a process list or
a crash report could show.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit


class SettingsRefused(Exception):
    """The environment is incomplete or holds an unknown variable: the process must not start."""


PREFIX = "CELLULE_"
_TEST_ONLY = {"CELLULE_TEST_POSTGRES", "CELLULE_TEST_REQUIRE", "CELLULE_TEST_DRILL"}
_FILE_ONLY = {"CELLULE_SMTP_PASSWORD"}
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}")
LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process must know at its start."""

    database_url: str
    """sqlite+aiosqlite:///… or postgresql+asyncpg://… as the application role."""
    keystore_url: str
    """The keys' own database, kept apart with its own short backups."""
    keyring: Path
    """The root keyring's file (mode 0600 or stricter)."""
    origin: str
    """The address that people type, without a slash at the end: https://cellule.example."""
    sequencer_url: str = ""
    """PostgreSQL only: the same database as the sequencer's role, for `cellule work` and
    `cellule audit`; the web process is never given it."""
    demo: bool = False
    """Invented people, the demo's present, `strong_auth` granted to demo accounts."""
    trusted_proxies: str = ""
    """Addresses of the reverse proxies whose X-Forwarded-For is believed, comma separated."""
    smtp_url: str = ""
    """smtp://[login@]host[:587] (STARTTLS) or smtps://… for `cellule work`; none: mails wait."""
    smtp_password: str = ""
    """Given as a file only; with a login in the address."""
    mail_from: str = ""
    """The sender of those mails, an address alone."""

    @property
    def secure(self) -> bool:
        """Whether cookies must be Secure: everywhere but on the loopback over plain HTTP."""
        return self.origin.startswith("https://")

    @property
    def sqlite(self) -> bool:
        """Whether the service runs on SQLite."""
        return self.database_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this environment.

    Raises SettingsRefused for an unknown CELLULE_ variable, a missing one, or an origin that
    would send cookies in clear over a network.
    """
    given = os.environ if environment is None else environment
    named = {key: value for key, value in given.items() if key.startswith(PREFIX)}
    known: dict[str, str] = {}
    for field in fields(Settings):
        known[PREFIX + field.name.upper()] = field.name
    values: dict[str, str] = {}
    for key, value in named.items():
        if key in _TEST_ONLY:
            continue
        plain = key.removesuffix("_FILE")
        if plain not in known:
            message = f"{key} is not a setting of cellule: {', '.join(sorted(known))}"
            raise SettingsRefused(message)
        if key in _FILE_ONLY:
            message = f"{key} is a secret: give it as a file, {key}_FILE"
            raise SettingsRefused(message)
        if plain != key:
            value = _content(key, value)  # noqa: PLW2901
        if known[plain] in values:
            message = f"{plain} is given twice, as a value and as a file"
            raise SettingsRefused(message)
        values[known[plain]] = value
    return _checked(values)


def _content(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        message = f"{key} names a file that cannot be read"
        raise SettingsRefused(message) from problem


def _checked(values: Mapping[str, str]) -> Settings:
    required = ("database_url", "keystore_url", "keyring", "origin")
    missing = [PREFIX + name.upper() for name in required if not values.get(name)]
    if missing:
        message = f"missing: {', '.join(missing)} (each may be given as …_FILE)"
        raise SettingsRefused(message)
    origin = urlsplit(values["origin"])
    if origin.scheme not in {"http", "https"} or not origin.hostname or origin.path.strip("/"):
        message = "CELLULE_ORIGIN must look like https://cellule.example, without a path"
        raise SettingsRefused(message)
    if origin.scheme == "http" and origin.hostname not in LOOPBACK:
        message = "CELLULE_ORIGIN must be https unless it is this machine itself"
        raise SettingsRefused(message)
    for name in ("database_url", "keystore_url", "sequencer_url"):
        if name in values and not values[name].startswith(
            ("sqlite+aiosqlite://", "postgresql+asyncpg://")
        ):
            message = (
                f"{PREFIX}{name.upper()} must begin with sqlite+aiosqlite or postgresql+asyncpg"
            )
            raise SettingsRefused(message)
    _check_mail(values)
    demo = values.get("demo", "0")
    if demo not in {"0", "1"}:
        message = "CELLULE_DEMO is 0 or 1"
        raise SettingsRefused(message)
    return Settings(
        database_url=values["database_url"],
        keystore_url=values["keystore_url"],
        keyring=Path(values["keyring"]),
        origin=values["origin"].rstrip("/"),
        sequencer_url=values.get("sequencer_url", ""),
        demo=demo == "1",
        trusted_proxies=values.get("trusted_proxies", ""),
        smtp_url=values.get("smtp_url", ""),
        smtp_password=values.get("smtp_password", ""),
        mail_from=values.get("mail_from", ""),
    )


def _check_mail(values: Mapping[str, str]) -> None:
    """Refuse a mail server that would be found wrong by the first mail only."""
    given = values.get("smtp_url", "")
    if not given:
        return
    url = urlsplit(given)
    try:
        right = url.scheme in {"smtp", "smtps"} and bool(url.hostname) and url.port != 0
    except ValueError:
        right = False
    if not right or url.path.strip("/") or url.query or url.password is not None:
        message = (
            "CELLULE_SMTP_URL must look like smtp://login@smtp.example:587 or smtps://…; the "
            "password is a file, CELLULE_SMTP_PASSWORD_FILE"
        )
        raise SettingsRefused(message)
    if bool(url.username) is not bool(values.get("smtp_password")):
        message = "CELLULE_SMTP_URL's login and CELLULE_SMTP_PASSWORD_FILE go together"
        raise SettingsRefused(message)
    if _ADDRESS.fullmatch(values.get("mail_from", "")) is None:
        message = "CELLULE_MAIL_FROM is the address alone of the sender: cellule@town.example"
        raise SettingsRefused(message)
