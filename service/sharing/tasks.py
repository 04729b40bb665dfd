"""What the worker does for sharing: forgets what must not be kept, runs what is asked."""

from service.partners import operations as partners
from service.sharing import operations
from service.unit import Workplace, act


async def forget(workplace: Workplace) -> int:
    """Destroy the keys of sentences that were kept long enough, in every CLSM; return how many.

    Safe to run again, and in several workers at once: what is gone is not found again.
    """
    async with act(workplace, write=False) as unit:
        tenants = await partners.clsm_ids(unit)
    forgotten = 0
    for clsm_id in tenants:
        while True:
            async with act(workplace, write=True, clsm_id=clsm_id) as unit:
                some = await operations.forget_requests(unit, clsm_id)
            forgotten += some
            if not some:
                break
    return forgotten


async def simulate(workplace: Workplace) -> int:
    """Run every simulation that waits; return how many."""
    return await operations.run_simulations(workplace)


async def forget_simulations(workplace: Workplace) -> int:
    """Delete the simulations of more than thirty days; return how many."""
    return await operations.forget_simulations(workplace)
