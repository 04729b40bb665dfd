"""`cellule policy`: the operator proposes, counts and closes; opening is two people's."""

import json
from datetime import timedelta

import pytest

from service.cli import main
from service.clock import Clock
from tests.rulebook.board import MOTIVE, NARROWER, SHIPPED, TABLES, WIDER_HEALTH, Board
from tests.service.environment import variables
from tests.sharing.table import Table


@pytest.fixture
def board(house, monkeypatch, tmp_path):
    house.hands.at = Clock().now() - timedelta(minutes=5)  # commands live in the machine's time
    board = Board.on(house)
    for name, value in variables(house).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return board


def folder(tmp_path, tables):
    place = tmp_path / "tables"
    place.mkdir(exist_ok=True)
    for name, text in (SHIPPED | {f"{field}.csv": said for field, said in tables.items()}).items():
        (place / name).write_text(text, encoding="utf-8")
    return str(place)


def told(capsys, *arguments):
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_operator_closes_at_once_and_never_opens(board, tmp_path, capsys):
    code, out, err = told(
        capsys, "policy", "propose", folder(tmp_path, WIDER_HEALTH), "--motive", MOTIVE
    )
    assert (code, out[:9]) == (0, "Version 1"), err
    code, _, err = told(capsys, "policy", "adopt", "1")
    assert code == 1
    assert "deux personnes" in err
    assert board.terms().number == 0
    told(capsys, "policy", "propose", folder(tmp_path, NARROWER), "--motive", MOTIVE)
    code, _, _ = told(capsys, "policy", "adopt", "2")
    board.house.hands.at = Clock().now()
    assert (code, board.terms().number) == (0, 2)
    assert told(capsys, "policy", "adopt", "2")[0] == 1
    assert told(capsys, "policy", "adopt", "9")[0] == 2
    code, out, _ = told(capsys, "policy", "list", "--json")
    states = {line["number"]: line["state"] for line in json.loads(out)}
    assert states == {1: "proposed", 2: "in_force"}
    assert "exploitation du service" in told(capsys, "policy", "list")[1]


@pytest.mark.parametrize("command", ["propose", "simulate"])
def test_a_directory_that_is_not_sound_is_refused_with_its_line(board, tmp_path, capsys, command):
    unsound = TABLES | {"special": TABLES["special"] + "# Source.\nX, SOC, *, housing, read, *\n"}
    line = unsound["special"].count("\n")
    more = ("--motive", MOTIVE) if command == "propose" else ()
    code, out, err = told(capsys, "policy", command, folder(tmp_path, unsound), *more)
    assert (code, out) == (2, "")
    assert f"special.csv, ligne {line} : 6 champs au lieu de 8" in err
    assert board.terms().digest == ""


def test_a_simulation_says_what_opens_for_whom_with_examples(board, tmp_path, capsys):
    table = Table.laid(board.house, board.cast)
    worker = board.cast.social_worker()
    table.joins(worker)
    table.named_by(worker, I7_G2="yes")
    code, out, err = told(capsys, "policy", "simulate", folder(tmp_path, WIDER_HEALTH), "--json")
    assert code == 0, err
    found = json.loads(out)
    assert {(one["column"], one["section"]) for one in found["opened"]} == {
        ("SOC", "mental_health")
    }
    assert found["seconds"] >= 0
    assert next(iter(found["references"].values())).startswith("SIT-2026-")
    code, out, _ = told(capsys, "policy", "simulate", folder(tmp_path, WIDER_HEALTH))
    assert "Travailleurs sociaux — Santé psychique : lire le texte entier" in out
    assert "Se fermerait : rien." in out
    assert told(capsys, "policy", "simulate", "7")[0] == 2
