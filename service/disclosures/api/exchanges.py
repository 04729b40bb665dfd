"""Exchanges for programs: the same operations as the pages, in JSON."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.disclosures import operations
from service.disclosures.schemas.exchanges import (
    Draft,
    ExchangeOut,
    ExchangeRead,
    NewExchange,
    NewReply,
    RecipientOut,
    Sent,
)
from service.situations.rules import section_of
from service.unit import Unit
from service.web.problems import PROBLEMS


class ExchangeApi(Controller):
    """Messages to colleagues by name, about one section."""

    path = "/api/v1/situations/{situation_id:uuid}"
    tags = ("exchanges",)

    @get("/exchanges", name="api_exchanges", responses=PROBLEMS)
    async def show_exchanges(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> tuple[ExchangeOut, ...]:
        """Return the messages that concern this seat, without their text."""
        found = await operations.list_exchanges(unit, situation_id)
        return tuple(msgspec.convert(one, ExchangeOut, from_attributes=True) for one in found)

    @get("/exchanges/{exchange_id:uuid}", name="api_exchange", responses=PROBLEMS)
    async def show_exchange(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        exchange_id: FromPath[UUID],
    ) -> ExchangeRead:
        """Return one message; its text comes once it was said to be opened."""
        found = await operations.read_exchange(unit, situation_id, exchange_id)
        return msgspec.convert(found, ExchangeRead, from_attributes=True)

    @put(
        "/exchanges/{exchange_id:uuid}/receipt",
        name="api_open_exchange",
        status_code=204,
        responses=PROBLEMS,
    )
    async def open(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        exchange_id: FromPath[UUID],
    ) -> None:
        """Say that one opens a message: its sender is told when."""
        await operations.open_exchange(unit, situation_id, exchange_id)

    @post("/exchanges/{exchange_id:uuid}/replies", name="api_reply", responses=PROBLEMS)
    async def reply(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        exchange_id: FromPath[UUID],
        data: JSONBody[NewReply],
    ) -> Sent:
        """Answer everyone whom a message names."""
        sent = await operations.reply(
            unit,
            situation_id,
            exchange_id,
            data.exchange_id,
            purpose=data.purpose,
            text=data.text,
            confirmed=data.confirmed,
        )
        return Sent(exchange_id=sent)

    @get(
        "/sections/{section:str}/exchanges/recipients",
        name="api_exchange_recipients",
        responses=PROBLEMS,
    )
    async def show_recipients(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], section: FromPath[str]
    ) -> tuple[RecipientOut, ...]:
        """Return whom a message about a section may name."""
        found = await operations.prepare_exchange(unit, situation_id, section_of(section))
        return tuple(
            msgspec.convert(one, RecipientOut, from_attributes=True) for one in found.recipients
        )

    @post("/sections/{section:str}/exchanges", name="api_send_exchange", responses=PROBLEMS)
    async def send(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        data: JSONBody[NewExchange],
    ) -> Sent:
        """Send a message to those it names; sending the same one twice writes it once."""
        draft = Draft(
            exchange_id=data.exchange_id,
            section=section_of(section),
            recipients=data.recipients,
            purpose=data.purpose,
            text=data.text,
            confirmed=data.confirmed,
        )
        return Sent(exchange_id=await operations.send_exchange(unit, situation_id, draft))


ROUTES: Final = (ExchangeApi,)
