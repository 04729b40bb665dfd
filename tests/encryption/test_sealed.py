"""A box shows nothing, goes nowhere by accident, and its column takes nothing else."""

import copy
import json
import pickle

import msgspec
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, literal, select
from sqlalchemy.exc import CompileError, StatementError

from service.encryption.sealed import Sealed, SealedColumn

BOX = b"\x01\x01\x00\x01 marker in the box"
table = Table("t", MetaData(), Column("n", Integer, primary_key=True), Column("box", SealedColumn))


def test_a_box_prints_as_nothing():
    box = Sealed(BOX)
    for shown in (repr(box), str(box), f"{box}", f"{box!r:>40}", f"{[box]}"):
        assert "marker" not in shown
        assert "…" in shown


def test_boxes_are_equal_when_their_bytes_are():
    assert Sealed(BOX) == Sealed(BOX)
    assert len({Sealed(BOX), Sealed(BOX)}) == 1
    assert Sealed(BOX) != Sealed(BOX + b"x")
    assert Sealed(BOX) != BOX


@pytest.mark.parametrize(
    "leak", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode]
)
def test_a_box_is_not_carried_away_by_accident(leak):
    with pytest.raises(TypeError):
        leak(Sealed(BOX))


@pytest.mark.parametrize("value", ["text", None, 4, bytearray(b"x")])
def test_a_box_is_made_of_bytes(value):
    with pytest.raises(TypeError):
        Sealed(value)


def test_a_column_gives_back_the_box_it_was_given():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"n": 1, "box": Sealed(BOX)}, {"n": 2, "box": None}])
        assert connection.scalars(select(table.c.box).order_by(table.c.n)).all() == [
            Sealed(BOX),
            None,
        ]
        found = select(table.c.n).where(table.c.box == Sealed(BOX))
        assert connection.scalars(found).all() == [1]


@pytest.mark.parametrize("clear", ["clear text", b"clear bytes", {"a": 1}])
def test_a_column_refuses_what_is_not_a_box(clear):
    engine = create_engine("sqlite://", hide_parameters=True)
    with engine.begin() as connection:
        table.create(connection)
        with pytest.raises(StatementError, match="only a sealed box") as refused:
            connection.execute(insert(table), {"n": 1, "box": clear})
    assert "clear" not in str(refused.value)


def test_a_box_is_not_written_into_a_statement():
    clause = literal(Sealed(BOX), SealedColumn())
    with pytest.raises(CompileError) as refused:
        clause.compile(compile_kwargs={"literal_binds": True})
    assert "marker" not in str(refused.value)
