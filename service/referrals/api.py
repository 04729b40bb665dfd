"""Referrals for programs: the same operations as the pages, JSON in and out."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from service.referrals import operations
from service.referrals.schemas import (
    BlockIn,
    ChecklistIn,
    Comparison,
    Decided,
    DecisionIn,
    Draft,
    Mine,
    NewReferral,
    Original,
    Qualification,
    Queue,
    Receipt,
    RescueIn,
    ReturnIn,
    Saved,
    Sent,
    VersionIn,
)
from service.unit import Unit
from service.web.problems import PROBLEMS


class ReferralApi(Controller):
    """`/api/v1/referrals`: one's own referrals, block by block."""

    path = "/api/v1/referrals"
    responses = PROBLEMS

    @get("/", name="api_referrals")
    async def list_mine(
        self, unit: NamedDependency[Unit], before: FromQuery[str | None] = None
    ) -> Mine:
        """Return one's own referrals."""
        return await operations.my_referrals(unit, before=before or "")

    @post("/", name="api_start_referral", status_code=201)
    async def start(
        self, unit: NamedDependency[Unit], data: JSONBody[NewReferral]
    ) -> dict[str, UUID]:
        """Begin a draft."""
        return {"referral_id": await operations.start_draft(unit, data)}

    @get("/{referral_id:uuid}", name="api_draft")
    async def read_draft(self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]) -> Draft:
        """Return one's own draft."""
        return await operations.read_draft(unit, referral_id)

    @post("/{referral_id:uuid}/blocks/{slug:str}", name="api_save_block", status_code=200)
    async def save_block(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        slug: FromPath[str],
        data: JSONBody[BlockIn],
    ) -> Saved:
        """Keep the answers of one block."""
        return await operations.save_block(
            unit, referral_id, slug, data.answers, version=data.version
        )

    @post("/{referral_id:uuid}/rescue", name="api_confirm_rescue", status_code=200)
    async def confirm_rescue(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        data: JSONBody[RescueIn],
    ) -> Saved:
        """Say that the rescue services were called."""
        version = await operations.confirm_rescue(unit, referral_id, version=data.version)
        return Saved(version=version)

    @post("/{referral_id:uuid}/send", name="api_send_referral", status_code=200)
    async def send(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        data: JSONBody[VersionIn],
    ) -> Sent:
        """Send; `danger` not empty means that it was not sent and that help comes first."""
        return await operations.send_referral(unit, referral_id, version=data.version)

    @post("/{referral_id:uuid}/discard", name="api_discard_referral", status_code=204)
    async def discard(self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]) -> None:
        """Destroy a draft."""
        await operations.discard_draft(unit, referral_id)

    @get("/{referral_id:uuid}/receipt", name="api_receipt")
    async def read_receipt(
        self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Receipt:
        """Return the acknowledgement."""
        return await operations.read_receipt(unit, referral_id)

    @get("/{referral_id:uuid}/original", name="api_own_original")
    async def read_original(
        self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Original:
        """Return one's own original, as it was sent."""
        return await operations.read_own_referral(unit, referral_id)


class QueueApi(Controller):
    """`/api/v1/queue`: what waits for a decision in the actor's cells."""

    path = "/api/v1/queue"
    responses = PROBLEMS

    @get("/", name="api_queue")
    async def read_queue(self, unit: NamedDependency[Unit]) -> Queue:
        """Return the queue: codes and dates."""
        return await operations.read_queue(unit)

    @get("/{referral_id:uuid}", name="api_qualification")
    async def open_referral(
        self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Qualification:
        """Return one referral as it is examined, block I as existence."""
        return await operations.open_referral(unit, referral_id)

    @get("/{referral_id:uuid}/health", name="api_health_block")
    async def read_health(
        self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]
    ) -> Original:
        """Return block I alone, to the health co-facilitator."""
        return await operations.read_health_block(unit, referral_id)

    @get("/{referral_id:uuid}/duplicates", name="api_duplicates")
    async def compare(self, unit: NamedDependency[Unit], referral_id: FromPath[UUID]) -> Comparison:
        """Return the person beside who may be the same one."""
        return await operations.compare(unit, referral_id)

    @post("/{referral_id:uuid}/receive", name="api_receive_referral", status_code=200)
    async def receive(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        data: JSONBody[VersionIn],
    ) -> Saved:
        """Acknowledge."""
        version = await operations.receive_referral(unit, referral_id, version=data.version)
        return Saved(version=version)

    @post("/{referral_id:uuid}/begin", name="api_begin_qualification", status_code=200)
    async def begin(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        data: JSONBody[VersionIn],
    ) -> Saved:
        """Begin the examination."""
        version = await operations.begin_qualification(unit, referral_id, version=data.version)
        return Saved(version=version)

    @post("/{referral_id:uuid}/checklist", name="api_save_checklist", status_code=200)
    async def save_checklist(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        data: JSONBody[ChecklistIn],
    ) -> Saved:
        """Keep the twelve points."""
        version = await operations.save_checklist(
            unit, referral_id, data.points, data.notes, version=data.version
        )
        return Saved(version=version)

    @post("/{referral_id:uuid}/return", name="api_return_referral", status_code=200)
    async def give_back(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        data: JSONBody[ReturnIn],
    ) -> Saved:
        """Give a referral back to its author."""
        version = await operations.return_referral(
            unit, referral_id, data.message, version=data.version
        )
        return Saved(version=version)

    @post("/{referral_id:uuid}/decision", name="api_decide_referral", status_code=200)
    async def decide(
        self,
        unit: NamedDependency[Unit],
        referral_id: FromPath[UUID],
        data: JSONBody[DecisionIn],
    ) -> Decided:
        """Answer a referral."""
        return await operations.decide(unit, referral_id, data)


ROUTES = (ReferralApi, QueueApi)
