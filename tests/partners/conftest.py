"""Passwords cost little here too."""

from tests.people.conftest import cheap_passwords

__all__ = ["cheap_passwords"]
