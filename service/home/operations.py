"""Gathering a first page from the ordinary lists: nothing is read that a list would not show."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from service.disclosures import operations as disclosures
from service.emergencies import operations as emergencies
from service.emergencies.schemas import Tally
from service.home.rules import NEWEST, PLEDGE_ENDS_SOON_DAYS, Home, home_of
from service.home.schemas import HomeView
from service.partners import operations as partners
from service.referrals import operations as referrals
from service.sharing import operations as sharing
from service.situations import operations as situations
from service.situations.operations.names import situation_names
from service.situations.rules import State
from service.situations.schemas import ListLine
from service.unit import Unit

_LISTS_SITUATIONS = frozenset({Home.COORDINATOR, Home.COFACILITATOR, Home.PROFESSIONAL})
_REFERS = frozenset({Home.COFACILITATOR, Home.PROFESSIONAL, Home.PARTNER})
_QUEUES = frozenset({Home.COORDINATOR, Home.COFACILITATOR})
_INVITED = _REFERS | {Home.COORDINATOR}
"""Seats that a circle may call; a coordinator hears of what ends in the cells."""

_REVIEWS = frozenset({Home.COORDINATOR, Home.DPO})
_READS_EMERGENCIES = _LISTS_SITUATIONS | {Home.DPO, Home.AUDITOR}
_MAY_BE_ON_CALL = frozenset({Home.COFACILITATOR, Home.PROFESSIONAL})
_WAITS = frozenset(
    {State.SUBMITTED, State.RECEIVED, State.IN_QUALIFICATION, State.RETURNED_FOR_COMPLETION}
)


async def read_home(unit: Unit) -> HomeView:
    """Return the first page of the actor's seat. Offices and pledge are read now.

    Each list is recorded as such; a seat that governs sees no situation.
    """
    actor = unit.actor
    home = home_of(
        await partners.offices_of(unit),
        actor.organisation_kind,
        actor.category,
        actor.secrecy_basis,
        actor.function,
    )
    until = await partners.pledge_until(unit)
    soon = timedelta(days=PLEDGE_ENDS_SOON_DAYS)
    listed = await situations.list_situations(unit) if home in _LISTS_SITUATIONS else None
    mine = await referrals.my_referrals(unit) if home in _REFERS else None
    queue = (await referrals.read_queue(unit)).lines if home in _QUEUES else ()
    invitations = await sharing.my_invitations(unit) if home in _INVITED else ()
    dues = await sharing.dues(unit) if home in _INVITED else ()
    passes = await sharing.own_passes(unit) if home in _INVITED else ()
    asked = await sharing.requests_to_answer(unit) if home in _INVITED else ()
    unread = await disclosures.unread_by_situation(unit) if home in _INVITED else {}
    left = await sharing.left(unit) if home is Home.COORDINATOR else ()
    lists: tuple[Iterable[Any], ...] = (invitations, dues, passes, asked, left)
    named = await situation_names(
        unit.transaction,
        unit.clsm_id,
        set(unread).union(*([one.situation_id for one in many] for many in lists)),
    )
    reports = await disclosures.to_review(unit) if home in _REVIEWS else ()
    tally = await emergencies.tally(unit) if home in _READS_EMERGENCIES else Tally()
    return HomeView(
        home=home,
        pledge_until=until,
        pledge_ends_soon=until is not None and until - unit.now() <= soon,
        situations=_followed(listed.lines, home)[:NEWEST] if listed else (),
        referrals=mine.lines[:NEWEST] if mine else (),
        invitations=invitations,
        dues=dues,
        names={
            key: f"Situation {name.alias}, {name.reference}" if name.alias else name.reference
            for key, name in named.items()
        },
        queue=queue[:NEWEST],
        queue_size=len(queue),
        emergencies=tally,
        on_call=home in _MAY_BE_ON_CALL and await partners.is_on_call(unit),
        queue_late=sum(1 for line in queue if line.clocks.step_late or line.clocks.answer_late),
        passes=passes,
        requests=asked,
        unread=unread,
        left=left,
        reports=reports,
        reports_late=sum(1 for line in reports if line.late),
    )


def _followed(lines: tuple[ListLine, ...], home: Home) -> tuple[ListLine, ...]:
    """Leave out what the coordinator finds in the queue of the same page."""
    if home is not Home.COORDINATOR:
        return lines
    return tuple(line for line in lines if line.state not in _WAITS)
