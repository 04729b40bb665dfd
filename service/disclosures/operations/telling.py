"""Who is told at once that something left by a legal path: the cell's coordination, the DPO."""

from policies.vocabulary import Office
from service import jobs
from service.access.facts import SituationFacts
from service.partners import operations as partners
from service.unit import Unit


async def tell_overseers(unit: Unit, facts: SituationFacts) -> None:
    """Tell the coordinators of the cell and the DPO, by a mail that says nothing; not oneself."""
    told = await partners.holders(unit, Office.COORDINATOR, facts.cell_id)
    told |= await partners.holders(unit, Office.DPO)
    await jobs.notify(unit, sorted(told - {unit.actor.employment_id}), jobs.Kind.REPORT)
