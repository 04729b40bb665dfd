"""The errors of the service, and what each becomes at the edge.

    CelluleProblem
    ├── NotFound            404  absent, or hidden from this seat: the same bytes
    ├── SignInRequired      401  no live session, or no seat chosen
    ├── Refused             403  the circle may know that it exists, not do this
    ├── Conflict            409  someone else wrote first; nothing was lost
    ├── Invalid             422  a field is wrong: each names its remedy
    ├── TooMany             429  wait, then try again
    ├── RecordUnavailable   503  the act could not be recorded: nothing was shown
    └── CannotOpen          503  a box did not open: key, context or bytes

KeyringRefused (and `service.settings.SettingsRefused`) stop the start of a process.
Whatever else is raised is a defect: 500, logged with its own reference, never told.
"""

from dataclasses import dataclass


class CelluleProblem(Exception):
    """Base of everything that the edge translates."""


class NotFound(CelluleProblem):
    """What was asked does not exist, or must not be known to exist."""


class SignInRequired(CelluleProblem):
    """No live session: the edge sends the person to the sign-in page."""


class SeatRequired(SignInRequired):
    """Signed in, but no seat chosen yet among several employments."""


@dataclass
class Refused(CelluleProblem):
    """The rules say no. `reasons` are French sentences for this audience only."""

    reasons: tuple[str, ...] = ()
    remedy: str = ""

    def __str__(self) -> str:
        """Say nothing about what was refused."""
        return "refused"


@dataclass
class Conflict(CelluleProblem):
    """The row changed since it was read, or the act was already done."""

    sentence: str = (
        "Quelqu'un a modifié ce contenu pendant que vous écriviez. "
        "Relisez la version actuelle, puis reprenez votre texte."
    )

    def __str__(self) -> str:
        """Name no content."""
        return "conflict"


@dataclass
class Invalid(CelluleProblem):
    """Some fields are wrong. `fields` maps a field's name to what is wrong and the remedy."""

    fields: dict[str, str]

    def __str__(self) -> str:
        """Name the fields, never their values."""
        return "invalid: " + ", ".join(sorted(self.fields))


@dataclass
class TooMany(CelluleProblem):
    """Asked too often. `retry_after_seconds` is the shortest useful wait."""

    retry_after_seconds: int

    def __str__(self) -> str:
        """Say nothing about whom."""
        return "too many"


class RecordUnavailable(CelluleProblem):
    """The record could not be written: the act did not happen and nothing was shown."""


class CannotOpen(CelluleProblem):
    """A box did not open: wrong key, wrong context, wrong bytes or no permit. Never told apart."""


class KeyringRefused(Exception):
    """The root keyring is missing, readable by others or damaged: the process must not start."""
