"""The search finds what it is meant to find: without this, « 0 hits » would prove nothing."""

import base64
import gzip
import html
import json
import urllib.parse
import zlib

import pytest

from tests.security.canary import Canary, encodings


def test_a_marker_is_128_bits_of_its_own_and_stable() -> None:
    canary = Canary()
    assert canary("name") == canary("name")
    assert canary("name") != canary("address")
    assert len({Canary()("name") for _ in range(50)}) == 50
    assert canary("name").isalpha()
    assert canary("name").islower()


@pytest.mark.parametrize("shift", range(7))
def test_every_encoding_is_found_wherever_it_starts(shift: int) -> None:
    canary = Canary()
    text = ("x" * shift + "Adresse : " + canary("address") + ", à gauche").encode()
    for said in (text, text.upper(), text.title()):
        for coded in (
            said,
            said.decode().encode("utf-16"),
            said.hex().encode(),
            base64.b64encode(said),
            base64.urlsafe_b64encode(said),
            base64.b32encode(said),
            urllib.parse.quote_from_bytes(said).encode(),
            gzip.compress(said),
            zlib.compress(said),
        ):
            assert canary.traces(coded)


def test_each_declared_encoding_is_found_in_the_middle_of_bytes() -> None:
    canary = Canary()
    for _, coded in encodings(canary("name")):
        assert canary.traces(b"\x00" * 13 + coded + b"\xff" * 7)


def test_escaped_text_is_found() -> None:
    canary = Canary()
    marker = canary("name")
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in marker)
    assert json.loads(f'"{escaped}"') == marker
    assert canary.traces(escaped.encode())
    entities = "".join(f"&#{ord(sign)};" for sign in marker)
    assert html.unescape(entities) == marker
    assert canary.traces(entities.encode())


def test_a_marker_is_named_and_a_part_of_one_is_seen() -> None:
    canary = Canary()
    page = f"<h1>Jeanne {canary('last_name').upper()}</h1><p>{canary('address')}</p>".encode()
    assert canary.named(page) == {"last_name", "address"}
    assert canary.named(canary("address")[:30].encode()) == {"unnamed"}
    assert canary.named(b"nothing of the kind") == frozenset()
    assert not Canary().traces(page)


def test_a_leak_names_its_place_and_its_field() -> None:
    canary = Canary()
    clear = canary("wishes").encode()
    assert canary.leaks([("log", b"ok"), ("page", clear)]) == ["page: utf-8 (wishes)"]
