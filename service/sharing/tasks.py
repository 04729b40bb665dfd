"""What the worker does for sharing, once a day: forget the sentences of requests to join."""

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
