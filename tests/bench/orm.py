"""A plain handler: SQLAlchemy async ORM, entities and relationships, the same page in clear.

It is what a careful developer would write first: sessions and seats joined, the rest loaded by
`selectinload`, the page rendered by the same template from the same views. It has no rights, no
seal, no record; who may read what, as the page says it, is a constant.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar, Request, get
from litestar.datastructures import State
from litestar.params import FromPath
from sqlalchemy import ForeignKey, LargeBinary, and_, func, select
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    foreign,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from policies.vocabulary import Section
from service.database import FOREVER, Instant, enter_clsm
from service.disclosures.models.exchanges import Exchange, ExchangeRecipient
from service.settings import Settings
from service.situations.pages import LABELS, PASSES
from service.situations.rules import State as SituationState
from service.situations.rules import review_by
from service.situations.schemas import (
    Card,
    EntryContent,
    EntryView,
    ExtractView,
    Header,
    SectionView,
    SituationView,
)
from service.unit import Actor
from service.web.frame import menu
from service.web.provide import csrf_of
from service.web.render import Page, PageContext, Seat, page, template_config


class Base(DeclarativeBase):
    """The same tables, as entities."""

    type_annotation_map = {datetime: Instant, bytes: LargeBinary}  # noqa: RUF012


class Organisation(Base):
    __tablename__ = "organisation"
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]


class Clsm(Base):
    __tablename__ = "clsm"
    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Employment(Base):
    __tablename__ = "employment"
    employment_id: Mapped[UUID] = mapped_column(primary_key=True)
    clsm_id: Mapped[UUID] = mapped_column(ForeignKey("clsm.clsm_id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.organisation_id"))
    name: Mapped[str]
    title: Mapped[str]
    category: Mapped[str]
    function: Mapped[str]
    started_at: Mapped[datetime]
    organisation: Mapped[Organisation] = relationship()
    clsm: Mapped[Clsm] = relationship()


class Account(Base):
    __tablename__ = "account"
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    disabled_at: Mapped[datetime | None]


class Session(Base):
    __tablename__ = "session"
    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"))
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    offices: Mapped[str]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    account: Mapped[Account] = relationship()
    employment: Mapped[Employment] = relationship()


class Entry(Base):
    __tablename__ = "section_entry"
    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_version: Mapped[int] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    section: Mapped[str]
    belongs_to: Mapped[str]
    groups: Mapped[str]
    corrects: Mapped[UUID | None]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    written_at: Mapped[datetime]
    first_written_at: Mapped[datetime]
    superseded_at: Mapped[datetime]
    content: Mapped[bytes]
    author: Mapped[Employment] = relationship()


class Extract(Base):
    __tablename__ = "functional_extract"
    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    extract_id: Mapped[UUID] = mapped_column(primary_key=True)
    extract_version: Mapped[int] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    section: Mapped[str]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    written_at: Mapped[datetime]
    superseded_at: Mapped[datetime]
    content: Mapped[bytes]
    author: Mapped[Employment] = relationship()


class IdentityCard(Base):
    __tablename__ = "identity_card"
    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class Member(Base):
    __tablename__ = "circle_membership"
    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    superseded_at: Mapped[datetime]
    employment: Mapped[Employment] = relationship()


class Lead(Base):
    __tablename__ = "lead_designation"
    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    superseded_at: Mapped[datetime]
    employment: Mapped[Employment] = relationship()


class Situation(Base):
    __tablename__ = "situation"
    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    alias: Mapped[str]
    state: Mapped[str]
    urgency: Mapped[str]
    adherence: Mapped[str]
    episode: Mapped[int]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int]


def _of(model: type[Any]) -> Any:
    """Return the live rows of a situation in another table, as a relationship's condition."""
    condition = and_(
        foreign(model.clsm_id) == Situation.clsm_id,
        foreign(model.situation_id) == Situation.situation_id,
    )
    return (
        and_(condition, model.superseded_at == FOREVER)
        if "superseded_at" in model.__table__.c
        else condition
    )


Situation.entries = relationship(Entry, primaryjoin=_of(Entry), viewonly=True)
Situation.extracts = relationship(Extract, primaryjoin=_of(Extract), viewonly=True)
Situation.members = relationship(Member, primaryjoin=_of(Member), viewonly=True)
Situation.leads = relationship(Lead, primaryjoin=_of(Lead), viewonly=True)
Situation.card = relationship(
    IdentityCard, primaryjoin=_of(IdentityCard), viewonly=True, uselist=False
)


async def _session_of(db: AsyncSession, token: str, now: datetime) -> Session | None:
    found = await db.scalars(
        select(Session)
        .where(Session.token_digest == sha256(token.encode()).digest(), Session.ends_at > now)
        .options(
            joinedload(Session.account),
            joinedload(Session.employment).joinedload(Employment.organisation),
            joinedload(Session.employment).joinedload(Employment.clsm),
        )
    )
    return found.first()


async def _situation_of(db: AsyncSession, clsm_id: UUID, situation_id: UUID) -> Any:
    found = await db.scalars(
        select(Situation)
        .where(Situation.clsm_id == clsm_id, Situation.situation_id == situation_id)
        .options(
            joinedload(Situation.card),
            *(
                selectinload(getattr(Situation, name))
                .joinedload(getattr(kind, seat))
                .joinedload(Employment.organisation)
                for name, kind, seat in (
                    ("entries", Entry, "author"),
                    ("extracts", Extract, "author"),
                    ("members", Member, "employment"),
                    ("leads", Lead, "employment"),
                )
            ),
        )
    )
    return found.one()


@get("/situations/{situation_id:uuid}")
async def show_situation(
    request: Request[Any, Any, State], situation_id: FromPath[UUID], state: State
) -> Page:
    """Show the page of a situation to whoever is signed in."""
    now = datetime.now(UTC)  # noqa: TID251 — no clock is injected here
    token = request.cookies["cellule"]
    shown: SituationView = state.shown
    async with state.sessions() as db:
        if state.postgresql:
            await enter_clsm(await db.connection(), state.clsm_id)
        session = await _session_of(db, token, now)
        if session is None:
            raise PermissionError
        row = await _situation_of(db, session.employment.clsm_id, situation_id)
        view = _view(row, shown, session.employment_id, now)
        return page(
            "situations/situation.html",
            context=_frame(session, token, now, request.scope["path"]),
            header=view.header,
            base=f"/situations/{situation_id}",
            labels=LABELS,
            view=view,
            passes=PASSES,
            beside={"exchanges": await _unread(db, session, situation_id)},
        )


async def _unread(db: AsyncSession, session: Session, situation_id: UUID) -> int:
    found = await db.scalars(
        select(func.count())
        .select_from(Exchange)
        .join(
            ExchangeRecipient,
            and_(
                ExchangeRecipient.clsm_id == Exchange.clsm_id,
                ExchangeRecipient.exchange_id == Exchange.exchange_id,
            ),
        )
        .where(
            Exchange.clsm_id == session.employment.clsm_id,
            Exchange.situation_id == situation_id,
            ExchangeRecipient.employment_id == session.employment_id,
            ExchangeRecipient.read_at.is_(None),
        )
    )
    return found.one()


def _frame(session: Session, token: str, now: datetime, path: str) -> PageContext:
    seat = session.employment
    actor = Actor(
        account_id=session.account_id,
        session_id=session.session_id,
        name=seat.name,
        demo=True,
        strong_auth=True,
        employment_id=seat.employment_id,
        clsm_id=seat.clsm_id,
        clsm_name=seat.clsm.name,
        organisation_id=seat.organisation_id,
        organisation_key=seat.organisation.key,
        organisation_name=seat.organisation.name,
        organisation_kind=seat.organisation.kind,
        category=seat.category,
        function=seat.function,
        title=seat.title,
        started_at=seat.started_at,
        offices=frozenset(filter(None, session.offices.split(","))),
    )
    return PageContext(
        now=now,
        seat=Seat(person=seat.name, label=seat.title, organisation=seat.organisation.name),
        nav=menu(actor, path),
        csrf_token=csrf_of(token),
        demo=True,
    )


def _view(row: Any, shown: SituationView, reader: UUID, now: datetime) -> SituationView:
    """Build from entities the view whose shape and constants are those of `shown`."""
    sections = [_section(row, like, reader) for like in shown.sections]
    lead = row.leads[0].employment if row.leads else None
    due = review_by(SituationState(row.state), row.urgency, row.changed_at)
    header = Header(
        situation_id=row.situation_id,
        reference=row.reference,
        alias=row.alias,
        state=row.state,
        urgency=row.urgency,
        adherence=row.adherence,
        adherence_since=None,
        mode=shown.header.mode,
        episode=row.episode,
        opened_at=row.opened_at,
        review_by=due,
        late=due is not None and due < now,
        version=row.version,
        lead=f"{lead.name}, {lead.title}, {lead.organisation.name}" if lead else "",
        card=msgspec.json.decode(row.card.content, type=Card) if row.card else None,
        assigned_until=shown.header.assigned_until,
    )
    return SituationView(
        header=header,
        sections=tuple(sections),
        ask=shown.ask,
        steers=shown.steers,
        grants=shown.grants,
        may_open_emergency=shown.may_open_emergency,
        guest=shown.guest,
    )


def _section(row: Any, like: SectionView, reader: UUID) -> SectionView:
    mine = [one for one in row.entries if one.section == like.section]
    entries = [
        EntryView(
            entry_id=one.entry_id,
            section=Section(one.section),
            version=one.entry_version,
            content=msgspec.json.decode(one.content, type=EntryContent),
            author=one.author.name,
            title=one.author.title,
            organisation=one.author.organisation.name,
            own=one.employment_id == reader,
            written_at=one.written_at,
            first_written_at=one.first_written_at,
            belongs_to=one.belongs_to,
            groups=tuple(filter(None, one.groups.split(","))),
            corrects=one.corrects,
            may_correct=one.employment_id == reader,
        )
        for one in mine
        if like.entries
    ]
    extracts = [
        ExtractView(
            extract_id=one.extract_id,
            version=one.extract_version,
            text=msgspec.json.decode(one.content, type=str),
            author=one.author.name,
            title=one.author.title,
            organisation=one.author.organisation.name,
            own=one.employment_id == reader,
            written_at=one.written_at,
        )
        for one in row.extracts
        if one.section == like.section and like.extracts
    ]
    return SectionView(
        section=like.section,
        level=like.level,
        inline=like.inline,
        entries=tuple(
            sorted(entries, key=lambda one: (one.first_written_at, one.entry_id), reverse=True)
        ),
        extracts=tuple(extracts),
        last_written=max((one.written_at for one in mine), default=None),
        ask=like.ask,
        may_write=like.may_write,
        may_write_extract=like.may_write_extract,
        may_exchange=like.may_exchange,
        agreement=like.agreement,
        readers=like.readers,
        extract_readers=like.extract_readers,
    )


def create_plain(settings: Settings, clsm_id: UUID, shown: SituationView) -> Litestar:
    """Build the plain application; `shown` says which sections the page has."""
    engine: AsyncEngine = create_async_engine(settings.database_url, pool_size=16)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    return Litestar(
        route_handlers=[show_situation],
        lifespan=[lifespan],
        state=State(
            {
                "sessions": async_sessionmaker(engine, expire_on_commit=False),
                "postgresql": not settings.sqlite,
                "clsm_id": clsm_id,
                "shown": shown,
            }
        ),
        template_config=template_config(),
        openapi_config=None,
        logging_config=None,
    )
