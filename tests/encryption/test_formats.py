"""The bytes of sealing: frozen answers, and every malformed input refused alike."""

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from service.encryption import formats
from service.errors import CannotOpen

SITUATION = UUID("01a2001b-0000-7000-8000-0000000000c4")
DATA_KEY = b"\x22" * 32
NONCE = b"\x33" * 12
BINDING = formats.box_binding(b"t07", SITUATION, "health", "*", 3)
KEY_BINDING = formats.data_key_binding(b"t07", SITUATION, "health", 1)
KNOWN_BINDING = (
    "6361736566696c652f7365616c2f7631000374303701a2001b0000700080000000000000c4"
    "066865616c7468012a0000000000000003"
)
KNOWN_BOX = (
    "010100013333333333333333333333330de1a283144b18077b84e8522ff36ce151c906e27acde9f10ad728f6"
    "9e8f027d8be8af57f13bd48447ad35f2d7aebcca809da989f69ebd01bb5204d8b92e1a1a7b908e04ce5cb2a3"
    "1363e324b72927d3"
)
KNOWN_WRAP = (
    "01010000000733333333333333333333333309d27bfd6e87616b12ba5a64eaf199f687c3c5f234de35d471dd"
    "60a8697463fcdcd8d90dd41f99e378b0646483d90fae"
)

box_key = AESGCM(DATA_KEY)
section_key = AESGCM(b"\x44" * 32)


def test_the_known_box_is_made_byte_for_byte():
    padded = formats.pad(b'{"diagnosis":"asthme"}', 64)
    assert BINDING.hex() == KNOWN_BINDING
    assert formats.seal_box(box_key, 1, BINDING, padded, NONCE).hex() == KNOWN_BOX


def test_the_known_box_opens():
    assert formats.open_box(box_key, bytes.fromhex(KNOWN_BOX), BINDING) == b'{"diagnosis":"asthme"}'


def test_the_known_data_key_is_wrapped_byte_for_byte_and_unwraps():
    wrapped = formats.wrap(section_key, 7, KEY_BINDING, DATA_KEY, NONCE)
    assert wrapped.hex() == KNOWN_WRAP
    assert len(wrapped) == 66
    assert formats.epoch_of(wrapped) == 7
    assert formats.unwrap(section_key, wrapped, KEY_BINDING, 32) == DATA_KEY


def test_the_known_commitment_and_index_tag_are_computed():
    assert formats.commitment(DATA_KEY).hex() == "ad138e2284465378c627709d714b19ef"
    tag = formats.index_tag(b"\x77" * 32, "name_dob", ["dupont jean", "1980-01-01"])
    assert tag.hex() == "29be722afe3d6bafa2060dd2e3729e4f"


def test_a_commitment_is_to_one_key_only():
    assert formats.is_committed(DATA_KEY, formats.commitment(DATA_KEY))
    assert not formats.is_committed(b"\x23" * 32, formats.commitment(DATA_KEY))


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=600), st.sampled_from([64, 256]))
def test_padding_is_undone_whatever_the_text_ends_with(text, bucket):
    padded = formats.pad(text, bucket)
    assert len(padded) % bucket == 0
    assert formats.unpad(padded) == text


def test_texts_of_one_bucket_have_boxes_of_one_length():
    assert {len(formats.pad(b"x" * length, 256)) for length in range(256)} == {256}
    assert len(formats.pad(b"x" * 256, 256)) == 512
    assert {len(formats.pad(b"x" * length, 64)) for length in range(64)} == {64}


@pytest.mark.parametrize("bucket", [0, 1, 63, 128, 512])
def test_other_buckets_are_refused(bucket):
    with pytest.raises(ValueError, match="bucket"):
        formats.pad(b"x", bucket)


@pytest.mark.parametrize("padded", [b"", b"\0" * 64, b"x" * 64, b"\x80" + b"\0" * 62])
def test_what_is_not_padded_is_refused(padded):
    with pytest.raises(CannotOpen):
        formats.unpad(padded)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_flipped_bit_of_a_box_or_of_a_wrap_closes_it(data):
    for known, opens in (
        (KNOWN_BOX, lambda raw: formats.open_box(box_key, raw, BINDING)),
        (KNOWN_WRAP, lambda raw: formats.unwrap(section_key, raw, KEY_BINDING, 32)),
    ):
        raw = bytearray.fromhex(known)
        bit = data.draw(st.integers(0, len(raw) * 8 - 1))
        raw[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen) as refused:
            opens(bytes(raw))
        assert refused.value.args == ()
        assert refused.value.__context__ is None


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=120))
def test_arbitrary_bytes_are_never_opened(noise):
    for call in (
        lambda: formats.open_box(box_key, noise, BINDING),
        lambda: formats.open_box(box_key, b"\x01\x01" + noise, BINDING),
        lambda: formats.unwrap(section_key, noise, KEY_BINDING, 32),
        lambda: formats.unwrap(section_key, b"\x01\x01" + noise, KEY_BINDING, 32),
    ):
        with pytest.raises(CannotOpen):
            call()


@pytest.mark.parametrize("length", range(96))
def test_a_truncated_box_is_refused(length):
    with pytest.raises(CannotOpen):
        formats.open_box(box_key, bytes.fromhex(KNOWN_BOX)[:length], BINDING)


@pytest.mark.parametrize("start", ["0201", "0001", "0100", "0102"])
def test_unknown_formats_and_algorithms_are_refused(start):
    with pytest.raises(CannotOpen):
        formats.key_version_of(bytes.fromhex(start + KNOWN_BOX[4:]))
    with pytest.raises(CannotOpen):
        formats.epoch_of(bytes.fromhex(start + KNOWN_WRAP[4:]))


def test_a_wrap_of_another_length_is_refused():
    wrapped = formats.wrap(section_key, 7, KEY_BINDING, b"short", NONCE)
    with pytest.raises(CannotOpen):
        formats.unwrap(section_key, wrapped, KEY_BINDING, 32)


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'"\xff"', b"null"])
def test_text_of_another_shape_is_refused_without_a_cause(text):
    with pytest.raises(CannotOpen) as refused:
        formats.from_json(text, dict)
    assert refused.value.__context__ is None
