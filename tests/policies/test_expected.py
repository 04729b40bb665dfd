"""The whole table of rights is what was reviewed."""

import difflib

from policies.vocabulary import Column, Section
from tests.policies.golden import EXPECTED, table
from tests.policies.worlds import WORLDS

ALLOWED_SHARE = (0.05, 0.25)


def test_the_table_is_the_reviewed_one():
    reviewed = EXPECTED.read_text(encoding="utf-8").splitlines()
    present = list(table())
    difference = list(
        difflib.unified_diff(reviewed, present, "reviewed", "present", n=0, lineterm="")
    )
    assert not difference, (
        "\n".join(difference[:80])
        + "\nIf this is what was wanted: python -m tests.policies.golden, and read the diff."
    )


def test_the_table_opens_something_and_not_everything():
    share = (len(table()) - 1) / (len(WORLDS) * len(Section) * len(Column))
    assert ALLOWED_SHARE[0] < share < ALLOWED_SHARE[1], share
