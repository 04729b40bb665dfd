"""`cellule mail`: what the outbox holds. Counts only: it knows neither words nor addresses."""

import argparse
import asyncio
import json
from datetime import datetime

from service.cli.present import clock_for, clsm_ids
from service.cli.saying import say
from service.cli.where import settings_here
from service.clock import PARIS
from service.database import enter_clsm, open_engine, transaction
from service.jobs import outbox
from service.jobs.rules import LONGEST_WAIT
from service.settings import Settings

WAITS_TOO_LONG, FINE = 1, 0


def standing(chosen: argparse.Namespace) -> int:
    """Say how many mails wait, since when, and how many were given up within thirty days.

    Exit code 1 when one has waited for an hour or was given up: a monitor reads nothing else.
    """
    settings = settings_here()
    waiting, oldest, given_up, late = asyncio.run(_standing(settings))
    if chosen.json:
        said = {
            "server": bool(settings.smtp_url),
            "waiting": waiting,
            "oldest": oldest.isoformat() if oldest else None,
            "given_up": given_up,
        }
        say(json.dumps(said))
    else:
        say("serveur de courrier : " + ("réglé" if settings.smtp_url else "aucun, rien ne part"))
        since = f", depuis le {oldest.astimezone(PARIS):%d/%m/%Y à %H:%M}" if oldest else ""
        say(f"courriers en attente : {waiting}{since}")
        say(f"abandonnés depuis trente jours : {given_up}")
    return WAITS_TOO_LONG if late or given_up else FINE


async def _standing(settings: Settings) -> tuple[int, datetime | None, int, bool]:
    clock = await clock_for(settings)
    engine = open_engine(settings.database_url)
    found = []
    try:
        async with transaction(engine, write=False) as connection:
            for clsm_id in await clsm_ids(connection):
                await enter_clsm(connection, clsm_id)
                found.append(await outbox.standing(connection, clsm_id))
    finally:
        await engine.dispose()
    oldest = min((one.oldest for one in found if one.oldest), default=None)
    late = oldest is not None and clock.now() - oldest > LONGEST_WAIT
    return sum(one.waiting for one in found), oldest, sum(one.given_up for one in found), late
