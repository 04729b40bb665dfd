"""Nothing opens without a permit that the gate made, for this box, in this process."""

import asyncio
import copy
import pickle
import subprocess
import sys
import types
from pathlib import Path
from uuid import uuid4

import pytest

from service.encryption.context import BoxContext
from service.encryption.minting import mint
from service.encryption.permit import Permit
from service.errors import CannotOpen

ROOT = Path(__file__).parents[2]
SITUATION = uuid4()


@pytest.fixture
def sealed_case(sqlite_store, clsm):
    """Make a keyring, a box in it and its place."""
    context = BoxContext(clsm, SITUATION, "somatic_health")

    async def fill():
        async with sqlite_store.keyring() as keyring:
            await keyring.prepare(clsm, SITUATION, ["somatic_health", "housing"])
            return keyring

    keyring = asyncio.run(fill())
    return keyring, keyring.seal(context, "asthme"), context


def test_the_gates_permit_opens_what_it_covers(sealed_case, clsm):
    keyring, box, context = sealed_case
    permit = mint(clsm, {(SITUATION, "somatic_health")}, "section.read")
    assert permit.covers(context)
    assert keyring.open(box, context, permit, str) == "asthme"


@pytest.mark.parametrize("pairs", [[], [(SITUATION, "housing")], [(uuid4(), "somatic_health")]])
def test_a_permit_for_something_else_opens_nothing(sealed_case, clsm, pairs):
    keyring, box, context = sealed_case
    permit = mint(clsm, frozenset(pairs), "section.read")
    assert not permit.covers(context)
    with pytest.raises(CannotOpen):
        keyring.open(box, context, permit, str)


def test_a_permit_of_another_clsm_opens_nothing(sealed_case, other_clsm):
    keyring, box, context = sealed_case
    permit = mint(other_clsm, {(SITUATION, "somatic_health")}, "section.read")
    with pytest.raises(CannotOpen):
        keyring.open(box, context, permit, str)


def test_a_permit_is_not_constructed():
    with pytest.raises(TypeError):
        Permit()
    with pytest.raises(TypeError):
        Permit(None)
    with pytest.raises(TypeError):
        type("Wider", (Permit,), {})


def test_a_permit_is_neither_copied_nor_pickled_nor_widened(clsm):
    permit = mint(clsm, {(SITUATION, "housing")}, "section.read")
    for leak in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            leak(permit)
    with pytest.raises(AttributeError):
        permit.covers = lambda _: True
    assert str(SITUATION) not in repr(permit)


def test_a_shell_made_by_hand_opens_nothing(sealed_case):
    keyring, box, context = sealed_case
    shell = object.__new__(Permit)
    assert not shell.covers(context)
    assert repr(shell) == "Permit(void)"
    with pytest.raises(CannotOpen):
        keyring.open(box, context, shell, str)


@pytest.mark.parametrize(
    "forged",
    [None, True, "permit", Permit, types.SimpleNamespace(covers=lambda _: True)],
    ids=["none", "true", "text", "class", "look-alike"],
)
def test_what_is_no_permit_is_a_defect(sealed_case, forged):
    keyring, box, context = sealed_case
    with pytest.raises(TypeError):
        keyring.open(box, context, forged, str)


def test_an_object_that_claims_the_class_is_no_permit(sealed_case):
    keyring, box, context = sealed_case

    class Liar:
        __class__ = Permit

        def covers(self, _context):
            return True

    assert isinstance(Liar(), Permit)
    with pytest.raises(TypeError):
        keyring.open(box, context, Liar(), str)


CHECKED = """
from service.encryption.context import BoxContext
from service.encryption.keyring import Keyring
from service.encryption.permit import Permit
from service.encryption.sealed import Sealed


def right(keyring: Keyring, box: Sealed, context: BoxContext, permit: Permit) -> str:
    return keyring.open(box, context, permit, str)


def wrong(keyring: Keyring, box: Sealed, context: BoxContext, permit: Permit) -> None:
    keyring.open(box, context, str)  # E: call-arg arg-type
    keyring.open(box, context, None, str)  # E: arg-type
    keyring.open(box, context, object(), str)  # E: arg-type
    keyring.open(b"box", context, permit, str)  # E: arg-type
    Permit()  # E: call-arg
    Permit(context)  # E: arg-type
    keyring.open(box, context, permit, str) + 1  # E: operator


class Wider(Permit):  # E: misc
    pass
"""


def test_the_type_checker_refuses_opening_without_a_permit(tmp_path):
    file = tmp_path / "checked.py"
    file.write_text(CHECKED)
    settings = tmp_path / "mypy.ini"
    settings.write_text(
        "[mypy]\nstrict = true\nfollow_imports = silent\n"
        "[mypy-sqlalchemy.*,cryptography.*,msgspec.*]\nfollow_imports = skip\n"
    )
    run = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(settings)),
            *("--cache-dir", str(tmp_path / "cache"), "--no-error-summary", str(file)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        (int(line.split(":")[1]), line.rsplit("[", 1)[-1].rstrip("]"))
        for line in run.stdout.splitlines()
        if ": error: " in line
    }
    expected = {
        (number, code)
        for number, line in enumerate(CHECKED.splitlines(), 1)
        if "# E: " in line
        for code in line.split("# E: ")[1].split()
    }
    assert found == expected, run.stdout + run.stderr
