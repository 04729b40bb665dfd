"""Filters and pages of the record, without any content."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from audit.event import Act, Event, Outcome
from audit.leaf import Emitter
from audit.reading import by_name, entries
from tests.audit.databases import DIALECTS, on
from tests.audit.stories import FIRST_US, write

ANNA, BELA = b"A" * 16, b"B" * 16
ONE, TWO, THREE = b"1" * 16, b"2" * 16, b"3" * 16
START = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=FIRST_US)
MADE = [
    Event(act=Act.SIGNED_IN, tenant="t07", org="o12", actor=ANNA),
    Event(act=Act.SITUATION_LISTED, tenant="t07", org="o12", actor=ANNA, subjects=(ONE, TWO)),
    Event(act=Act.SECTION_READ, tenant="t07", org="o12", actor=ANNA, subjects=(ONE,),
          obj={"k": "situation", "ss": ["animals:read", "housing:read_extract"]}),
    Event(act=Act.SECTION_READ, tenant="t07", org="o13", actor=BELA, subjects=(ONE,),
          out=Outcome.DENY, obj={"k": "section", "s": "housing"}),
    Event(act=Act.SECTION_READ, tenant="t08", org="o12", actor=ANNA, subjects=(THREE,)),
    Event(act=Act.SECTION_WRITTEN, tenant="t07", org="o12", actor=BELA, subjects=(TWO,),
          obj={"org": "o13", "s": "housing"}),
    Event(act=Act.POLICY_LOADED),
]  # fmt: skip


async def recorded(engine):
    """Write the events, one a minute."""
    emitter = Emitter(lambda: 0)
    made = [
        emitter.entry(event, at_us=FIRST_US + minute * 60_000_000)
        for minute, event in enumerate(MADE)
    ]
    await write(engine, made)


async def found(engine, **filters):
    """What these filters show."""
    filters = {"tenant": "t07", **filters}
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text(f"SET LOCAL cellule.clsm_id = '{filters['tenant']}'"))
        return await entries(connection, **filters)


SHOWN = [
    ({}, [5, 3, 2, 1, 0]),
    ({"tenant": "t08"}, [4]),
    ({"tenant": "nobody"}, []),
    ({"subjects": [ONE]}, [3, 2, 1]),
    ({"subjects": [TWO]}, [5, 1]),
    ({"subjects": [THREE]}, []),
    ({"actors": [BELA]}, [5, 3]),
    ({"subjects": [TWO, THREE]}, [5, 1]),
    ({"subjects": []}, []),
    ({"actors": [ANNA, BELA]}, [5, 3, 2, 1, 0]),
    ({"actors": []}, []),
    ({"section": "housing"}, [5, 3, 2]),
    ({"section": "animals"}, [2]),
    ({"section": "read"}, []),
    ({"section": "hous"}, []),
    ({"act": "section.read"}, [3, 2]),
    ({"out": "deny"}, [3]),
    ({"org": "o12", "actors": [ANNA]}, [2, 1, 0]),
    ({"org": "o13"}, [3]),
    ({"since": START + timedelta(minutes=2), "until": START + timedelta(minutes=5)}, [3, 2]),
    ({"limit": 2}, [5, 3]),
    ({"limit": 2, "before": 3}, [2, 1]),
    ({"before": 0}, []),
    ({"subjects": [ONE], "actors": [ANNA], "before": 2, "org": "o12"}, [1]),
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_record_is_filtered_and_paged_without_any_opening(dialect, tmp_path):
    async def story(engine):
        await recorded(engine)
        seen = [[entry.index for entry in await found(engine, **filters)] for filters, _ in SHOWN]
        assert seen == [indices for _, indices in SHOWN]
        refusal = (await found(engine, out="deny"))[0]
        assert by_name([refusal]) == ["section.read deny"]
        assert refusal.event == MADE[3]
        assert refusal.at == START + timedelta(minutes=3)

    on(dialect, tmp_path, story)
