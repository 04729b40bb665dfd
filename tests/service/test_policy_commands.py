"""`policy diff` and `policy show`: complete, in French, without any data and without a database."""

import json
from pathlib import Path

import pytest

from policies.rules import load, texts
from service.cli import main


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Return a folder with the shipped rules, to be changed."""
    for name, text in texts().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def change(rules: Path, file: str, before: str, after: str) -> None:
    text = (rules / file).read_text(encoding="utf-8")
    assert before in text
    (rules / file).write_text(text.replace(before, after), encoding="utf-8")


def told(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["policy", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_same_rules_are_told_the_same(capsys, rules: Path):
    code, out, err = told(capsys, "diff", "-", str(rules))
    assert (code, err) == (0, "")
    assert "Aucune différence" in out
    assert out.count(load().digest) == 2


def test_a_widening_of_health_is_told_with_its_example(capsys, rules: Path):
    change(
        rules, "matrix.csv", "somatic_health, read_extract, SOC, b", "somatic_health, read, SOC, b"
    )
    code, out, _ = told(capsys, "diff", "-", str(rules))
    assert code == 1
    assert "deux approbations" in out
    assert "S'ouvre : Santé somatique — travailleurs sociaux : lire le texte entier" in out
    assert "connexion à deux facteurs" in out
    code, back, _ = told(capsys, "diff", str(rules), "-")
    assert code == 1
    assert "deux approbations" not in back
    assert "Se ferme : Santé somatique" in back


def test_a_difference_is_written_whole_as_json(capsys, rules: Path):
    change(
        rules,
        "special.csv",
        "extract_only & !mission,",
        "extract_only & !mission & !emergency_access,",
    )
    code, out, _ = told(capsys, "diff", "-", str(rules), "--json")
    found = json.loads(out)
    assert code == 1
    assert found["widens"]
    assert not found["empty"]
    assert not found["closed"]
    assert {one["column"] for one in found["opened"]} == {"SCHS", "LHI"}
    for one in found["opened"]:
        assert {"extract_only", "emergency_access"} <= set(one["witness"])
        assert one["refused_by"] == ["CONSEQUENCES-ONLY-MISSION"]


@pytest.mark.parametrize(
    ("file", "before", "after", "reason"),
    [
        ("matrix.csv", "housing, read, BAIL, a", "housing, read, BAILLEUR, a", "unknown column"),
        ("matrix.csv", "housing, read, BAIL, a", "housing, read, BAIL", "3 fields, 4 expected"),
        (
            "special.csv",
            "*, opposed & !mission, deny",
            "*, opposed & !circle, deny",
            "a widened deny",
        ),
        (
            "special.csv",
            "see, *, territory & pledge & circle, allow",
            "see, *, pledge & circle, allow",
            "without territory",
        ),
    ],
)
@pytest.mark.parametrize("command", ["diff", "show"])
def test_unsound_rules_are_refused_with_file_line_and_reason(
    capsys, rules: Path, file: str, before: str, after: str, reason: str, command: str
):
    lines = (rules / file).read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if before in text)
    change(rules, file, before, after)
    asked = ("diff", "-", str(rules)) if command == "diff" else ("show", str(rules))
    code, out, err = told(capsys, *asked)
    assert code == 2
    assert out == ""
    assert f"{file}:{line}: " in err
    assert reason in err


def test_a_folder_that_is_not_there_is_refused(capsys, tmp_path: Path):
    code, out, err = told(capsys, "diff", "-", str(tmp_path / "none"))
    assert (code, out) == (2, "")
    assert "conditions.csv" in err or "matrix.csv" in err


def test_the_rules_are_said_in_sentences(capsys):
    code, out, _ = told(capsys, "show")
    assert code == 0
    assert load().digest in out
    assert "Ce qui ferme, et l'emporte toujours" in out
    assert "2. Logement" in out
    assert out.count("\n  - ") > 400
    assert "CSP, L.1110-4 II" in out


def test_the_rules_are_shown_as_a_table_with_their_letters(capsys, rules: Path):
    code, out, _ = told(capsys, "show", str(rules), "--matrix")
    assert code == 0
    assert "2 Logement (D1)" in out
    assert "  Bailleur : RC a" in out
    assert "R : lit le texte entier" in out
    assert "Code civil, 459" in out
