"""Those who adopt a policy, and small changes that open or close."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from policies import rules
from service.rulebook import operations
from service.unit import Actor
from tests.cast import Cast
from tests.house import House

MOTIVE = "Décision du comité d'éthique du 12 mars."
WEEK = timedelta(days=7)
SHIPPED = dict(rules.texts())
TABLES = {
    "matrix": SHIPPED["matrix.csv"],
    "conditions": SHIPPED["conditions.csv"],
    "special": SHIPPED["special.csv"],
}


def changed(table: str, before: str, after: str) -> dict[str, str]:
    """Return the shipped tables with one passage changed."""
    assert before in TABLES[table], before
    return TABLES | {table: TABLES[table].replace(before, after, 1)}


WIDER_HEALTH = changed(
    "matrix", "mental_health, read_extract, SOC, b", "mental_health, read, SOC, b"
)
"""Social workers would read mental health in full."""
WIDER = changed("matrix", "housing, read_extract, PSY, a", "housing, read, PSY, a")
NARROWER = changed("matrix", "housing, read, BAIL, a\n", "housing, read_extract, BAIL, a\n")
"""Landlords would read the extract of the housing section only."""
MIXED = {**WIDER, "matrix": WIDER["matrix"].replace("animals, read, SCHS, a\n", "", 1)}
SAME = changed("matrix", "# Who may do what", "# Qui peut faire quoi")


@dataclass
class Board:
    """A coordinator, a DPO, a health co-facilitator, an auditor; and a nurse."""

    house: House
    cast: Cast
    people: dict[str, Actor] = field(default_factory=dict)

    @classmethod
    def on(cls, house: House) -> "Board":
        """Seat them in a CLSM of their own."""
        cast = Cast.on(house)
        return cls(
            house,
            cast,
            {
                "coordinator": cast.coordinator(),
                "dpo": cast.dpo(),
                "health": cast.seat(
                    "Anne Quéré",
                    kind="PSYCHIATRY",
                    category="1",
                    function="nurse",
                    office="health_cofacilitator",
                ),
                "auditor": cast.auditor(),
                "nurse": cast.psychiatric_nurse(),
            },
        )

    def does(self, who: str, act: Any, *arguments: Any, write: bool = True, **more: Any) -> Any:
        """Let someone do one operation, in a unit of its own."""

        async def work() -> Any:
            async with self.house.act(self.people[who], write=write) as unit:
                return await act(unit, *arguments, **more)

        return self.house.run(work())

    def proposes(self, who: str, tables: dict[str, str], motive: str = MOTIVE) -> int:
        """Propose a version."""
        number: int = self.does(who, operations.propose, tables, motive)
        return number

    def approves(self, who: str, number: int, base: int | None = None) -> Any:
        """Approve a version as it is compared now."""
        seen = self.terms().number if base is None else base
        return self.does(who, operations.approve, number, base_number=seen)

    def withdraws(self, who: str, number: int) -> None:
        """Withdraw a version."""
        self.does(who, operations.withdraw, number)

    def adopts(self, tables: dict[str, str]) -> int:
        """Propose and approve a version by the auditor, the coordinator and the DPO."""
        number = self.proposes("auditor", tables)
        if self.approves("coordinator", number) is None:
            self.approves("dpo", number)
        return number

    def terms(self) -> Any:
        """Return what decides now and what waits."""
        return self.does("coordinator", operations.terms_of, self.cast.clsm_id, write=False)

    def version(self, number: int, who: str = "coordinator") -> Any:
        """Read one version."""
        return self.does(who, operations.read_version, number, write=False)

    def waits(self, duration: timedelta) -> None:
        """Let time pass."""
        self.house.hands.at += duration
