"""Whatever the loader refuses is said in French, with its place; nothing falls through."""

import re

import pytest

from policies import rules
from policies.rules import PolicyRefused
from service.rulebook.rules import refused_in_french
from tests.policies import test_rules as loader
from tests.rulebook.board import SHIPPED

CASES = loader.test_an_unsound_line_is_refused_where_it_stands.pytestmark[0].args[1]
ENGLISH = re.compile(r"\b(unknown|without|not|line|would|expected|empty|does)\b")


def test_every_line_that_the_loader_refuses_is_explained_where_it_stands():
    said = set()
    for file, line, _ in CASES:
        with pytest.raises(PolicyRefused) as refused:
            rules.read(SHIPPED | {file: SHIPPED[file] + line + "\n"})
        sentence = refused_in_french(refused.value)
        assert sentence.startswith(f"{file}, ligne {refused.value.line} : ")
        assert "n'est pas comprise" not in sentence
        assert not ENGLISH.search(sentence), sentence
        assert sentence.endswith(".")
        said.add(sentence)
    assert len(said) > 25


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("matrix.csv", "# rien\n", "cette table est vide"),
        ("special.csv", "# S.\nX, SOC, *, housing, read, *, territory & pledge, allow\n", "refuse"),
        ("model.conf", "# rien\n", "ce n'est pas le modèle"),
        ("matrix.csv", SHIPPED["matrix.csv"] + "housing, read, COORD, a\n", "deux fois"),
        ("matrix.csv", SHIPPED["matrix.csv"] + 'housing, read, "COORD, a\n', "guillemet"),
    ],
)
def test_what_concerns_a_whole_table_is_explained_too(file, text, said):
    with pytest.raises(PolicyRefused) as refused:
        rules.read(SHIPPED | {file: text})
    sentence = refused_in_french(refused.value)
    assert said in sentence
    assert not ENGLISH.search(sentence), sentence
