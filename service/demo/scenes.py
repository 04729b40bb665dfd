"""The acts that both stories are told with; each is one ordinary operation by one seat."""

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from policies.vocabulary import Section
from service.clock import PARIS
from service.database import new_id
from service.demo.stage import Stage
from service.disclosures import operations as disclosures
from service.disclosures.schemas.exchanges import Draft
from service.emergencies import operations as emergencies
from service.emergencies.rules import Basis, Reason
from service.emergencies.schemas import NewEmergencyByReference, NewReview
from service.errors import Refused
from service.partners import operations as partners
from service.referrals import operations as referrals
from service.referrals.rules import CHECKLIST, Outcome
from service.referrals.schemas import DecisionIn, NewReferral
from service.sharing import operations as sharing
from service.sharing.rules import GROUPS, CircleReason, Means
from service.sharing.rules.targeted import GuestBasis, SharedPurpose
from service.sharing.schemas.targeted import GuestOffer
from service.situations import operations as situations
from service.situations.rules import Adherence, State, Urgency
from service.situations.schemas import EntryContent

ALL_GROUPS = GROUPS
COORDINATOR = "Quintard"
ADMINISTRATOR = "Berger"
Cells = dict[tuple[str, str], str]


def cells(categories: str, groups: str, value: str) -> Cells:
    """Return the same value for each category and each group, given as words in a line."""
    return {(category, group): value for category in categories.split() for group in groups.split()}


@dataclass(slots=True)
class Scene:
    """One situation on the stage."""

    stage: Stage
    situation_id: UUID
    invited: dict[str, UUID] = field(default_factory=dict)

    async def move(self, when: datetime, state: State) -> None:
        """Bring the situation to its next state."""
        async with self.stage.at(when, COORDINATOR) as unit:
            facts = await sharing.facts_about(unit, self.situation_id)
            await situations.move_state(unit, facts, self.situation_id, state)

    async def urgency(self, when: datetime, level: Urgency) -> None:
        """Set the urgency."""
        async with self.stage.at(when, COORDINATOR) as unit:
            facts = await sharing.facts_about(unit, self.situation_id)
            await situations.set_urgency(unit, facts, self.situation_id, level)

    async def adherence(self, when: datetime, level: Adherence) -> None:
        """Write down whether the person accepts help."""
        async with self.stage.at(when, COORDINATOR) as unit:
            facts = await sharing.facts_about(unit, self.situation_id)
            await situations.set_adherence(unit, facts, self.situation_id, level)

    async def informing(self, when: datetime, who: str) -> None:
        """Charge one professional to inform the person."""
        async with self.stage.at(when, COORDINATOR) as unit:
            await sharing.designate_informing(unit, self.situation_id, self._seat(who))

    async def invite(self, when: datetime, who: str, reason: CircleReason) -> None:
        """Invite a seat into the circle."""
        async with self.stage.at(when, COORDINATOR) as unit:
            self.invited[who] = await sharing.invite_to_circle(
                unit, self.situation_id, self._seat(who), reason
            )

    async def accept(self, when: datetime, who: str) -> None:
        """Let the invited seat accept: its place opens."""
        async with self.stage.at(when, who) as unit:
            await sharing.accept_invitation(unit, self.invited[who])

    async def join(self, when: datetime, who: str, reason: CircleReason) -> None:
        """Invite a seat, which accepts at once."""
        await self.invite(when, who, reason)
        await self.accept(when, who)

    async def is_refused(self, when: datetime, who: str, reason: CircleReason) -> None:
        """Invite a seat against the person's objection: the service refuses, and records it.

        Raises LookupError when it does not.
        """
        with contextlib.suppress(Refused):
            await self.invite(when, who, reason)
            message = "the demo's invitation against an objection was not refused"
            raise LookupError(message)

    async def guest(  # noqa: PLR0913 — a grant's parts
        self,
        when: datetime,
        who: str,
        sections: Iterable[Section],
        *,
        purpose: SharedPurpose,
        basis: GuestBasis,
        until: datetime,
    ) -> None:
        """Open named sections to a seat outside the circle, for a time."""
        async with self.stage.at(when, COORDINATOR) as unit:
            offer = GuestOffer(
                employment_id=self._seat(who),
                sections=tuple(sections),
                purpose=purpose,
                basis=basis,
                until=until,
            )
            await sharing.admit_guest(unit, self.situation_id, offer)

    async def exchange(
        self, when: datetime, who: str, to: Iterable[str], section: Section, text: str
    ) -> UUID:
        """Send a message to colleagues by name; return it."""
        async with self.stage.at(when, who) as unit:
            draft = Draft(
                exchange_id=new_id(),
                section=section,
                recipients=tuple(self._seat(one) for one in to),
                purpose=SharedPurpose.COORDINATION,
                text=text,
            )
            return await disclosures.send_exchange(unit, self.situation_id, draft)

    async def opens_exchange(self, when: datetime, who: str, exchange_id: UUID) -> None:
        """Open a message that names this seat."""
        async with self.stage.at(when, who) as unit:
            await disclosures.open_exchange(unit, self.situation_id, exchange_id)

    async def reply(self, when: datetime, who: str, exchange_id: UUID, text: str) -> UUID:
        """Answer everyone whom a message names."""
        async with self.stage.at(when, who) as unit:
            return await disclosures.reply(
                unit,
                self.situation_id,
                exchange_id,
                new_id(),
                purpose=SharedPurpose.COORDINATION,
                text=text,
            )

    async def renew(self, when: datetime, who: str) -> None:
        """Prolong a place by six months."""
        async with self.stage.at(when, COORDINATOR) as unit:
            await sharing.renew_circle(unit, self.situation_id, self._seat(who))

    async def lead(self, when: datetime, who: str) -> None:
        """Name the lead professional."""
        async with self.stage.at(when, COORDINATOR) as unit:
            await sharing.designate_lead(unit, self.situation_id, self._seat(who))

    async def mandate(self, when: datetime, who: str, scope: str) -> None:
        """Write down what a guardian's mandate covers."""
        async with self.stage.at(when, COORDINATOR) as unit:
            await sharing.record_mandate(unit, self.situation_id, self._seat(who), scope)

    async def inform(
        self, when: datetime, who: str, groups: Iterable[str], means: Means, notice: str
    ) -> None:
        """Write down that the person was informed."""
        async with self.stage.at(when, who) as unit:
            await sharing.record_information(
                unit, self.situation_id, groups=groups, means=means, notice_version=notice
            )

    async def agree(  # noqa: PLR0913 — an agreement's parts
        self,
        when: datetime,
        who: str,
        grid: Cells,
        means: Means,
        notice: str,
        *,
        general: bool = False,
    ) -> None:
        """Write down what the person allows or forbids."""
        async with self.stage.at(when, who) as unit:
            await sharing.record_agreement(
                unit,
                self.situation_id,
                grid,
                means=means,
                notice_version=notice,
                general=general,
            )

    async def withdraw(
        self, when: datetime, who: str, grid: Cells, means: Means, notice: str
    ) -> None:
        """Write down what the person takes back."""
        async with self.stage.at(when, who) as unit:
            await sharing.withdraw_agreement(
                unit, self.situation_id, grid, means=means, notice_version=notice
            )

    async def write(  # noqa: PLR0913 — an entry's parts
        self,
        when: datetime,
        who: str,
        section: Section,
        text: str,
        *,
        groups: Iterable[str] = (),
        seen: bool | None = None,
        observed_by: str = "",
    ) -> None:
        """Add an entry to a section."""
        how: Literal["", "seen", "reported"] = ""
        if seen is not None:
            how = "seen" if seen else "reported"
        async with self.stage.at(when, who) as unit:
            await situations.add_entry(
                unit,
                self.situation_id,
                section,
                new_id(),
                EntryContent(
                    text=text,
                    observed_on=when.astimezone(PARIS).date(),
                    observed_by=observed_by,
                    seen=how,
                ),
                groups=groups,
                confirmed=True,
            )

    async def extract(self, when: datetime, who: str, section: Section, text: str) -> None:
        """Write the author's own extract of a section."""
        async with self.stage.at(when, who) as unit:
            await situations.write_extract(
                unit, self.situation_id, section, text, version=0, confirmed=True
            )

    async def on_call(self, when: datetime, who: str, starts: datetime, ends: datetime) -> None:
        """Put a seat on call."""
        async with self.stage.at(when, COORDINATOR) as unit:
            await partners.set_on_call(unit, self._seat(who), starts_at=starts, ends_at=ends)

    async def emergency(
        self,
        when: datetime,
        who: str,
        reference: str,
        sections: tuple[Section, ...],
        reason: str,
    ) -> UUID:
        """Open an emergency access from outside the circle, by the reference."""
        async with self.stage.at(when, who) as unit:
            opened = await emergencies.open_by_reference(
                unit,
                NewEmergencyByReference(
                    access_id=new_id(),
                    reference=reference,
                    sections=sections,
                    reason_code=Reason.RESCUE,
                    basis=Basis.CP223_6,
                    reason=reason,
                ),
            )
        if opened is None:
            message = "the emergency access of the demo did not open"
            raise LookupError(message)
        return opened.access_id

    async def read(self, when: datetime, who: str, section: Section) -> None:
        """Read a section."""
        async with self.stage.at(when, who) as unit:
            await situations.read_section(unit, self.situation_id, section)

    async def review(self, when: datetime, who: str, access_id: UUID, said: NewReview) -> None:
        """Review an emergency access."""
        async with self.stage.at(when, who) as unit:
            await emergencies.review(unit, access_id, said)

    def _seat(self, who: str) -> UUID:
        return self.stage.seats[who].employment_id


async def refer(  # noqa: PLR0913 — a referral's course
    stage: Stage,
    form: Mapping[str, Mapping[str, object]],
    *,
    author: str,
    cell: str,
    number: int,
    sent: datetime,
    received: datetime,
    accepted: datetime,
    alias: str,
    then: Callable[[Scene], Awaitable[None]] | None = None,
    meanwhile: Callable[[Scene], Awaitable[None]] | None = None,
) -> UUID:
    """Play a referral from its draft to its acceptance, anonymised; return the situation's id.

    `then` happens once it is sent, `meanwhile` while the coordinator examines it. The cell
    numbered its situations on paper before: its series goes on from `number`.
    """
    async with stage.at(sent, ADMINISTRATOR) as unit:
        await partners.start_numbering(unit, sent.year, number - 1)
    async with stage.at(sent, author) as unit:
        referral_id = await referrals.start_draft(unit, NewReferral(cell_id=stage.cells[cell]))
    version = 1
    for slug, answers in form.items():
        async with stage.at(sent, author) as unit:
            saved = await referrals.save_block(unit, referral_id, slug, answers, version=version)
            version = saved.version
    async with stage.at(sent, author) as unit:
        receipt = (await referrals.send_referral(unit, referral_id, version=version)).receipt
    if receipt is None:
        message = "the referral of the demo was stopped by its danger screen"
        raise LookupError(message)
    scene = Scene(stage, receipt.situation_id)
    if then is not None:
        await then(scene)
    async with stage.at(received, COORDINATOR) as unit:
        version = await referrals.receive_referral(unit, referral_id, version=version + 1)
    async with stage.at(received, COORDINATOR) as unit:
        version = await referrals.begin_qualification(unit, referral_id, version=version)
    if meanwhile is not None:
        await meanwhile(scene)
    async with stage.at(accepted, COORDINATOR) as unit:
        version = await referrals.save_checklist(
            unit,
            referral_id,
            {code: "yes" for code, _ in CHECKLIST},
            {},
            version=version,
        )
    async with stage.at(accepted, COORDINATOR) as unit:
        await referrals.decide(
            unit,
            referral_id,
            DecisionIn(
                version=version,
                outcome=Outcome.ACCEPTED_ANONYMISED,
                urgency=str(form["urgency"]["urgency_level_proposed"]),
                alias=alias,
            ),
        )
    return scene.situation_id
