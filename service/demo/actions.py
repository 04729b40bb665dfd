"""The actions of both situations, as far as rights go: given, for when, closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from service.database import new_id
from service.demo.scenes import COORDINATOR
from service.demo.stage import Stage, day
from service.sharing import operations as sharing
from service.sharing.rules.assigning import ActionLabel

NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Given:
    """One action: who has it, when it was given, for when at first, when it was closed."""

    key: str
    label: ActionLabel
    who: tuple[str, ...]
    given: str
    due: str
    closed: str = ""

    @property
    def alias(self) -> str:
        """Return the situation that the first letter of the key stands for."""
        return {"A": "Héron", "B": "Grésil"}[self.key[0]]


B1_BY: Final = ("Desmarchais", "Jolivet")

ACTIONS: Final = (
    Given("A1", ActionLabel.PROCEDURE, ("Nolleau",), "26/02/2026", "18/03/2026", "18/03/2026"),
    Given("A2", ActionLabel.CONTACT, ("Escallier",), "26/02/2026", "12/03/2026", "12/03/2026"),
    Given("A3", ActionLabel.VISIT, ("Marsan",), "18/03/2026", "27/03/2026", "24/03/2026"),
    Given("A4", ActionLabel.SAFETY, ("Nolleau",), "14/04/2026", "30/04/2026", "22/04/2026"),
    Given("A5", ActionLabel.REPAIR, ("Escallier",), "14/04/2026", "17/04/2026", "16/04/2026"),
    Given("A6", ActionLabel.OTHER, ("Bastang",), "14/04/2026", "24/04/2026", "21/04/2026"),
    Given("A7", ActionLabel.VISIT, ("Violleau",), "07/04/2026", "15/04/2026", "09/04/2026"),
    Given("A8", ActionLabel.ANIMALS, ("Roc",), "20/04/2026", "31/05/2026", "28/05/2026"),
    Given("A9", ActionLabel.RIGHTS, ("Escallier",), "14/04/2026", "30/05/2026", "18/06/2026"),
    Given("A10", ActionLabel.SORTING, ("Féron",), "16/06/2026", "30/09/2026", "20/10/2026"),
    Given("A11", ActionLabel.PESTS, ("Nolleau",), "16/06/2026", "15/07/2026", "08/07/2026"),
    Given("A12", ActionLabel.OTHER, ("Hérembert",), "03/11/2026", "30/11/2026"),
    Given("A13", ActionLabel.ACTIVITY, ("Escallier",), "03/11/2026", "15/12/2026"),
    Given("B1", ActionLabel.CONTACT, B1_BY, "28/05/2026", "23/06/2026", "23/06/2026"),
    Given("B2", ActionLabel.SAFETY, ("Lavaud",), "30/06/2026", "10/07/2026", "08/07/2026"),
    Given("B3", ActionLabel.REPAIR, ("Lavaud",), "30/06/2026", "31/07/2026", "29/07/2026"),
    Given("B4", ActionLabel.OTHER, ("Oriol",), "30/06/2026", "15/07/2026", "09/07/2026"),
    Given("B5", ActionLabel.CONTACT, ("Tassin",), "30/06/2026", "31/07/2026", "22/07/2026"),
    Given("B6", ActionLabel.OTHER, ("Ardouin",), "08/09/2026", "30/09/2026", "25/09/2026"),
    Given("B7", ActionLabel.RIGHTS, ("Desmarchais",), "30/06/2026", "30/09/2026", "22/09/2026"),
    Given("B8", ActionLabel.RIGHTS, ("Lavaud",), "06/10/2026", "15/12/2026"),
    Given("B9", ActionLabel.MEDIATION, ("Benhaddou",), "06/10/2026", "30/11/2026"),
    Given("B10", ActionLabel.OTHER, ("Desmarchais",), "08/09/2026", "31/10/2026", "12/10/2026"),
    Given("B11", ActionLabel.ACTIVITY, ("Perdreau", "Jolivet"), "17/11/2026", "05/12/2026"),
    Given("B12", ActionLabel.PROCEDURE, ("Jolivet",), "17/11/2026", "31/01/2027"),
)  # fmt: skip
"""From the tables of the demo. What each is in detail, and its proof, is not here."""


async def play(stage: Stage) -> None:
    """Give and close every action, each at noon of its day."""
    ids: dict[str, UUID] = {}
    acts: list[tuple[datetime, str, Given]] = []
    for one in ACTIONS:
        ids[one.key] = new_id()
        acts.append((day(one.given, NOON), "", one))
        if one.closed:
            acts.append((day(one.closed, NOON, 30), "closed", one))
    for when, closed, one in sorted(acts, key=lambda act: act[0]):
        async with stage.at(when, COORDINATOR) as unit:
            situation_id = stage.situations[one.alias]
            if closed:
                await sharing.close_assignment(unit, situation_id, ids[one.key])
                continue
            for who in one.who:
                await sharing.assign(
                    unit,
                    situation_id,
                    stage.seats[who].employment_id,
                    ids[one.key],
                    day(one.due, NOON),
                    label=one.label,
                )
