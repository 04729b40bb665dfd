"""Someone writes while their right to is taken away: every pair of such acts, many times over."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from policies.vocabulary import Section
from service.database import FOREVER, new_id, transaction
from service.disclosures import operations as disclosures
from service.disclosures.models import Exchange
from service.disclosures.schemas.exchanges import Draft
from service.errors import NotFound, Refused, SeatRequired
from service.partners import operations as partners
from service.partners.models import Office
from service.sharing import operations as sharing
from service.sharing.models import AgreementEvent, InformationEvent
from service.sharing.rules import GROUPS
from service.sharing.schemas.targeted import GuestOffer
from service.situations import operations as situations
from service.situations.models import FunctionalExtract, SectionEntry
from service.situations.schemas import EntryContent
from service.unit import Actor
from tests.cast import Cast, seated
from tests.chance import Chance
from tests.house import House
from tests.sharing.interleaving import Side, interleave, one_by_one
from tests.sharing.table import PAPER, Table

WRITTEN = (SectionEntry, FunctionalExtract, AgreementEvent, InformationEvent, Exchange)
ALL_YES = {f"I{number}_G{group}": "yes" for number in range(1, 11) for group in (1, 2)}


@dataclass
class Scene:
    """A followed situation: its coordinator, two members, a guest, and who governs."""

    house: House
    cast: Cast
    situation_id: UUID
    coordinator: Actor
    worker: Actor
    nurse: Actor
    guest: Actor
    deputy: Actor
    """Coordinates too: what an office gives is taken away like a place."""
    dpo: Actor
    administrator: Actor
    extract: int = 0
    """The version of the worker's extract."""

    @classmethod
    def laid(cls, house: House) -> "Scene":
        """Lay it, everyone informed and agreeing."""
        table = Table.laid(house)
        cast, worker, nurse = table.cast, table.cast.social_worker(), table.cast.psychiatric_nurse()
        for seat in (worker, nurse):
            table.joins(seat)
        table.named_by(worker, **ALL_YES)
        scene = cls(
            house,
            cast,
            table.situation_id,
            table.coordinator,
            worker,
            nurse,
            cast.physician(),
            cast.coordinator("Judith Malescot"),
            cast.dpo(),
            cast.administrator(),
        )
        house.run(scene.begin())
        return scene

    async def begin(self) -> None:
        """Write what an extract needs, and admit the guest."""
        await adds_entry(self)
        await admits(self)

    async def does(
        self, actor: Actor, operation: Callable[..., Awaitable[Any]], *given: Any, **named: Any
    ) -> Any:
        """Let a seat do one operation on the situation, in an act of its own."""
        async with self.house.act(actor) as unit:
            return await operation(unit, self.situation_id, *given, **named)

    async def written(self) -> int:
        """Return how much was written in this situation, as anyone would read it now."""
        async with transaction(
            self.house.workplace.engine, write=False, clsm_id=self.cast.clsm_id
        ) as connection:
            counts = [
                select(func.count())
                .select_from(model)
                .where(model.clsm_id == self.cast.clsm_id, model.situation_id == self.situation_id)
                .scalar_subquery()
                for model in WRITTEN
            ]
            return sum((await connection.execute(select(*counts))).one())


async def adds_entry(scene: Scene) -> None:
    """Let the worker add an entry."""
    said = EntryContent(text="Passage fait, tout va bien.")
    await scene.does(
        scene.worker, situations.add_entry, Section.HOUSING, new_id(), said, confirmed=True
    )


async def writes_extract(scene: Scene) -> None:
    """Let the worker write the next version of their extract."""
    await scene.does(
        scene.worker,
        situations.write_extract,
        Section.HOUSING,
        f"Extrait {scene.extract + 1}.",
        version=scene.extract,
        confirmed=True,
    )
    scene.extract += 1


async def records_answer(scene: Scene) -> None:
    """Let the worker record what the person agrees to."""
    await scene.does(scene.worker, sharing.record_agreement, {("I3", "G2"): "yes"}, **PAPER)


async def records_information(scene: Scene) -> None:
    """Let the worker record that the person was informed."""
    await scene.does(scene.worker, sharing.record_information, groups=GROUPS, **PAPER)


async def sends(scene: Scene) -> None:
    """Let the guest send a message to the worker."""
    draft = Draft(
        exchange_id=new_id(),
        section=Section.HOUSING,
        recipients=(scene.worker.employment_id,),
        purpose="coordination",
        text="Le réfrigérateur arrive mardi à 10 h.",
    )
    await scene.does(scene.guest, disclosures.send_exchange, draft)


async def admits(scene: Scene) -> None:
    """Let the coordinator admit the guest."""
    offer = GuestOffer(
        employment_id=scene.guest.employment_id,
        sections=("housing",),
        purpose="coordination",
        basis="CSP_L1110_4_II",
        until=scene.house.workplace.clock.now() + timedelta(days=2),
    )
    await scene.does(scene.coordinator, sharing.admit_guest, offer)


async def leaves(scene: Scene) -> None:
    """Let the coordinator end the worker's place."""
    await scene.does(scene.coordinator, sharing.leave_circle, scene.worker.employment_id)


async def joins(scene: Scene) -> None:
    """Let the worker come back."""
    await seated(scene.house, scene.coordinator, scene.situation_id, scene.worker)


async def declares(scene: Scene) -> None:
    """Let the coordinator declare a conflict of the worker."""
    await scene.does(scene.coordinator, sharing.declare_conflict, scene.worker.employment_id)


async def lifts(scene: Scene) -> None:
    """Let the coordinator lift it."""
    await scene.does(scene.coordinator, sharing.lift_conflict, scene.worker.employment_id)


async def withdraws(scene: Scene) -> None:
    """Let the nurse record that the person takes everything back."""
    await scene.does(scene.nurse, sharing.withdraw_agreement, [], general=True, **PAPER)


async def agrees(scene: Scene) -> None:
    """Record the agreement again; the coordinator restores the places, and admits the guest."""
    for seat in (scene.worker, scene.nurse):
        await scene.does(scene.coordinator, sharing.renew_circle, seat.employment_id)
    await scene.does(scene.worker, sharing.record_agreement, {}, general=True, **PAPER)
    await admits(scene)


async def freezes(scene: Scene) -> None:
    """Let the DPO freeze the situation."""
    await scene.does(scene.dpo, sharing.freeze)


async def thaws(scene: Scene) -> None:
    """Let the DPO lift the freeze."""
    await scene.does(scene.dpo, sharing.unfreeze)


async def ends_seat(scene: Scene) -> None:
    """Let the administrator end the worker's seat."""
    async with scene.house.act(scene.administrator) as unit:
        await sharing.leave(unit, scene.worker.employment_id, every_seat=False)


async def opens_seat(scene: Scene) -> None:
    """Give the same person another seat, sworn, in the circle, who has written."""
    gone = scene.worker
    async with scene.house.act(scene.administrator) as unit:
        back = await partners.create_employment(
            unit,
            partners.NewSeat(
                account_id=gone.account_id,
                name=gone.name,
                organisation_id=gone.organisation_id,
                category=gone.category,
                function=gone.function,
                title=gone.title,
            ),
        )
    now = scene.house.workplace.clock.now()
    scene.worker, scene.extract = replace(gone, employment_id=back, started_at=now), 0
    async with scene.house.act(scene.worker) as unit:
        await partners.sign_pledge(unit, 1)
    await joins(scene)
    await adds_entry(scene)


async def coordinates(scene: Scene) -> None:
    """Let the deputy add an entry, by their office."""
    said = EntryContent(text="Sonner deux fois.")
    await scene.does(
        scene.deputy, situations.add_entry, Section.IDENTITY_CONTACT, new_id(), said, confirmed=True
    )


async def ends_office(scene: Scene) -> None:
    """Let the administrator end the deputy's office."""
    async with scene.house.act(scene.administrator) as unit:
        row = await unit.transaction.execute(
            select(Office.office_id).where(
                Office.clsm_id == unit.clsm_id,
                Office.employment_id == scene.deputy.employment_id,
                Office.superseded_at == FOREVER,
                Office.valid_to > unit.now(),
            )
        )
        await partners.end_office(unit, row.scalar_one())


async def gives_office(scene: Scene) -> None:
    """Let the administrator give it back."""
    async with scene.house.act(scene.administrator) as unit:
        await partners.grant_office(unit, scene.deputy.employment_id, "coordinator")


async def ends_guest(scene: Scene) -> None:
    """Let the coordinator end the guest's access."""
    await scene.does(scene.coordinator, sharing.end_guest, scene.guest.employment_id)


REFUSALS = (NotFound, Refused, SeatRequired)
Act = Callable[[Scene], Awaitable[None]]
BY_WORKER: tuple[Act, ...] = (adds_entry, writes_extract, records_answer, records_information)
REVOCATIONS: Mapping[Act, tuple[tuple[Act, ...], Act]] = {
    leaves: (BY_WORKER, joins),
    declares: ((adds_entry, writes_extract), lifts),
    withdraws: ((adds_entry, writes_extract, records_answer), agrees),
    freezes: ((adds_entry, writes_extract, records_answer), thaws),
    ends_seat: (BY_WORKER, opens_seat),
    ends_office: ((coordinates,), gives_office),
    ends_guest: ((sends,), admits),
}
"""What takes a right away, the writes that rest on it, and what gives it back."""


@dataclass
class Outcome:
    """What came of the bouts: by pair, how many wrote and how many were refused."""

    wrote: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    landed_after: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return it as a few lines."""
        pairs = sorted(self.wrote | self.refused)
        lines = [f"  {one:<36}{self.wrote[one]:>5}{self.refused[one]:>9}" for one in pairs]
        total = f"{self.wrote.total()} wrote, {self.refused.total()} refused"
        return "\n".join((total, f"  {'write / revocation':<36}wrote  refused", *lines))


async def bout(scene: Scene, chance: Chance, outcome: Outcome) -> None:
    """Let one write and one revocation run at once; judge what was written when."""
    scene.house.hands.advance(timedelta(minutes=1))
    revoke = chance.one_of(tuple(REVOCATIONS))
    writes, restore = REVOCATIONS[revoke]
    write = chance.one_of(writes)
    name = f"{write.__name__} / {revoke.__name__}"
    writer, revoker = Side(lambda: write(scene)), Side(lambda: revoke(scene))
    before, at_revocation = await scene.written(), []

    async def revoked() -> None:
        at_revocation.append(await scene.written())

    await interleave(chance, writer, revoker, revoked=revoked)
    after = await scene.written()
    for side in (writer, revoker):
        if side.failure is not None and not isinstance(side.failure, REFUSALS):
            raise side.failure
    if revoker.failure is not None:
        raise revoker.failure
    (outcome.refused if writer.failure else outcome.wrote)[name] += 1
    if after != at_revocation[0]:
        outcome.landed_after.append(name)
    landed = after - before - (revoke is withdraws)
    if landed != (0 if writer.failure else 1):
        outcome.lost.append(f"{name}: {landed}, {writer.failure!r}")
    await restore(scene)


def bouts(house: House, seed: str, count: int) -> Outcome:
    """Run so many bouts of one seed on a house."""
    scene, chance, outcome = Scene.laid(house), Chance(seed), Outcome()
    with one_by_one(house.workplace.engine):
        for _ in range(count):
            house.run(bout(scene, chance, outcome))
    return outcome
