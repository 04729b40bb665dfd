"""Passwords cost little here, so that the tests do not; one test looks at the real price."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from service.people.operations import passwords


@pytest.fixture(autouse=True)
def cheap_passwords(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Hash in a millisecond, unless the test is marked `real_passwords` by its name."""
    if "real_price" not in request.node.name:
        cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        monkeypatch.setattr(passwords, "_hasher", cheap)
        passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()
