"""What a candidate policy would open and close, on the real situations: nothing is opened.

Each pair of a situation and a seat stands somewhere (a `Standpoint`); pairs that stand alike are
decided once, under both policies. Only the cells (column, section, action) of which the two
policies speak differently are asked.
"""

from collections.abc import Awaitable, Callable
from time import perf_counter

from policies.rules import Policy
from service.sharing.operations.crowd import (
    Place,
    Source,
    count_situations,
    read_batches,
    read_seats,
)
from service.sharing.operations.tally import Tally
from service.sharing.schemas import Simulation

Progress = Callable[[int, int], Awaitable[None] | None]


async def simulate(
    source: Source,
    place: Place,
    old: Policy,
    new: Policy,
    *,
    progress: Progress | None = None,
) -> Simulation:
    """Return what `new` opens and closes against `old`, for whom, and where.

    `progress` is told how many situations are done of how many, after each batch; it may be a
    coroutine function. Opens and records nothing: the caller has decided.
    """
    started = perf_counter()
    whole = await count_situations(source, place)
    infos, held = await read_seats(source, place)
    tally = Tally(place, old, new, infos, held)
    done = 0
    async for batch in read_batches(source, place):
        tally.add(batch)
        done += len(batch.situations)
        told = progress(done, max(whole, done)) if progress else None
        if told is not None:
            await told
    return tally.result(seconds=perf_counter() - started)
