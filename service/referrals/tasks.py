"""What the worker does for referrals, once a day: forget what must not be kept."""

from service.referrals import operations
from service.referrals.operations import Forgotten
from service.unit import Workplace, act


async def forget(workplace: Workplace) -> Forgotten:
    """Destroy expired drafts and the keys of referrals that were not retained, in every CLSM.

    Safe to run again, and in several workers at once: what is gone is not found again.
    """
    async with act(workplace, write=False) as unit:
        tenants = await operations.tenants(unit)
    drafts = referrals = 0
    for clsm_id in tenants:
        while True:
            async with act(workplace, write=True, clsm_id=clsm_id) as unit:
                some = await operations.forget_drafts(unit, clsm_id)
                more = await operations.forget_referrals(unit, clsm_id)
            drafts, referrals = drafts + some, referrals + more
            if not some and not more:
                break
    return Forgotten(drafts, referrals)
