"""Pure rules of accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.people.rules import (
    browser_label,
    network_of,
    normal_email,
    password_problem,
    safe_next,
)


@pytest.mark.parametrize(
    "password",
    [
        "court",
        "x" * 201,
        "aaaaaaaaaaaaaa",
        "motdepasse2026!",
        "Azertyuiop123",
        "123456789012",
        "abcdefghijklmno",
        "bastang coralie",
        "Coralie.Bastang1",
        "mots\x00 sans lien",
    ],
)
def test_a_guessable_password_is_refused(password: str) -> None:
    assert password_problem(password, "coralie.bastang@ssiad.example", "Coralie Bastang")


@pytest.mark.parametrize(
    "password", ["quatre mots sans lien", "Bastang aime les hiboux", "éèàùçâêîôûëï", "7h-X!q2@Lm9z"]
)
def test_length_is_enough_without_any_composition(password: str) -> None:
    assert not password_problem(password, "coralie.bastang@ssiad.example", "Coralie Bastang")


@given(st.text(max_size=80))
def test_where_to_go_is_always_a_path_of_this_site(wanted: str) -> None:
    found = safe_next(wanted)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert all(" " < sign < "\x7f" and sign != "\\" for sign in found)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("/situations/42?x=1", "/situations/42?x=1"),
        ("", "/"),
        ("situations", "/"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("/sign-out", "/"),
        ("/api/v1/session", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
    ],
)
def test_only_pages_of_this_site(wanted: str, found: str) -> None:
    assert safe_next(wanted) == found


def test_one_ipv6_home_is_one_address() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("testclient") == "testclient"


def test_addresses_are_kept_in_one_form() -> None:
    assert normal_email("  Nadege.Violleau@EMPP.example ") == "nadege.violleau@empp.example"
    for wrong in (
        "",
        "x",
        "a@b",
        "a b@c.example",
        "é@c.example",
        "a@c.example\n",
        "a" * 250 + "@c.fr",
    ):
        assert normal_email(wrong) == "" or "\n" in wrong


def test_a_browser_is_named_in_two_words() -> None:
    assert browser_label("Mozilla/5.0 (iPhone) AppleWebKit Safari/605") == "Safari, iPhone"
    assert browser_label("curl/8") == "Autre navigateur"
