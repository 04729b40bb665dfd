"""Composition root of the background process: indexes the record, sends mails, forgets.

Any number of them may run: the sequencer elects its leader by itself, and each task is right
when it is done twice.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from audit import sequencer
from service import logs
from service.clock import Clock
from service.database import open_engine
from service.jobs import outbox
from service.jobs.draining import drain
from service.jobs.post import Post
from service.partners import operations as partners
from service.people import operations as people
from service.people import tasks as people_tasks
from service.process import open_workplace
from service.referrals import tasks as referral_tasks
from service.settings import Settings, SettingsRefused
from service.sharing import tasks as sharing_tasks
from service.unit import Workplace, act

Task = Callable[[Workplace], Awaitable[object]]

DAY: Final = timedelta(days=1)
BETWEEN_LOOKS: Final = timedelta(seconds=2)
"""Between two looks for a simulation that someone waits for, in front of a page."""
BETWEEN_MAILS: Final = timedelta(seconds=5)
AFTER_A_FAILURE: Final = timedelta(minutes=10)


async def work(settings: Settings, clock: Clock | None = None) -> None:
    """Work until the process is told to stop (SIGTERM, SIGINT).

    Raises SettingsRefused on PostgreSQL without CELLULE_SEQUENCER_URL: the application's role
    may not index the record.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await work_until(stop, settings, clock)


async def work_until(stop: asyncio.Event, settings: Settings, clock: Clock | None = None) -> None:
    """Work until `stop` is set; what was begun is ended."""
    if not settings.sqlite and not settings.sequencer_url:
        raise SettingsRefused(
            "CELLULE_SEQUENCER_URL is missing: on PostgreSQL the record is indexed by its own role"
        )
    async with open_workplace(settings, clock) as workplace, asyncio.TaskGroup() as group:
        if settings.sequencer_url:
            group.create_task(_sequence(settings.sequencer_url, stop))
        group.create_task(_repeat_daily(workplace, stop))
        group.create_task(simulate_until(stop, workplace))
        if post := Post.of(settings):
            group.create_task(_send_mails(workplace, post, stop))


async def _sequence(url: str, stop: asyncio.Event) -> None:
    engine = open_engine(url)
    try:
        await sequencer.run(engine, stop=stop)
    finally:
        await engine.dispose()


async def _send_mails(workplace: Workplace, post: Post, stop: asyncio.Event) -> None:
    while not stop.is_set():
        done = await send_mails(workplace, post)
        await _pause(stop, BETWEEN_MAILS if done else AFTER_A_FAILURE)


async def send_mails(workplace: Workplace, post: Post) -> bool:
    """Send what is due in every CLSM, once; a failure is logged, and the next pass remains."""
    try:
        async with act(workplace, write=False) as unit:
            tenants = await partners.clsm_ids(unit)
        for clsm_id in tenants:
            await drain(workplace, post, clsm_id, people.mail_addresses)
    except Exception as problem:  # noqa: BLE001 — what was taken comes back when its lease ends
        _say_failed("send_mails", problem)
        return False
    return True


async def simulate_until(stop: asyncio.Event, workplace: Workplace) -> None:
    """Run the simulations that are asked, until `stop` is set; one that fails is logged."""
    while not stop.is_set():
        try:
            await sharing_tasks.simulate(workplace)
        except Exception as problem:  # noqa: BLE001 — it is marked failed, the next is run
            _say_failed("simulate", problem)
        await _pause(stop, BETWEEN_LOOKS)


async def purge_mails(workplace: Workplace) -> int:
    """Delete the rows of mails sent or given up a month ago; return how many."""
    async with act(workplace, write=False) as unit:
        tenants = await partners.clsm_ids(unit)
    count = 0
    for clsm_id in tenants:
        async with act(workplace, write=True, clsm_id=clsm_id) as unit:
            count += await outbox.purge(unit.transaction, clsm_id, unit.now())
    return count


DAILY: Final[tuple[tuple[str, Task], ...]] = (
    ("forget_referrals", referral_tasks.forget),
    ("forget_requests", sharing_tasks.forget),
    ("forget_sessions", people_tasks.forget),
    ("purge_mails", purge_mails),
    ("forget_simulations", sharing_tasks.forget_simulations),
)
"""What is done at the start and once a day: what is over is forgotten."""


async def _repeat_daily(workplace: Workplace, stop: asyncio.Event) -> None:
    while not stop.is_set():
        done = await do_daily(workplace)
        await _pause(stop, DAY if done else AFTER_A_FAILURE)


async def do_daily(workplace: Workplace) -> bool:
    """Do each daily task once; a task that fails is logged, and does not keep the others."""
    done = True
    for name, task in DAILY:
        try:
            await task(workplace)
        except Exception as problem:  # noqa: BLE001 — the next task and the next day remain
            done = False
            _say_failed(name, problem)
    return done


def _say_failed(name: str, problem: Exception) -> None:
    logs.logger().error(
        "task_failed", stage=name, kind=type(problem).__name__, frames=logs.frames_of(problem)
    )


async def _pause(stop: asyncio.Event, duration: timedelta) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(duration.total_seconds()):
            await stop.wait()
