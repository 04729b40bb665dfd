"""A CLSM installed as an operator does, its people seated as an administrator does."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from litestar.testing import TestClient
from sqlalchemy import func, select

from service.database import transaction
from service.partners import operations as partners
from service.people import operations as people
from service.people.models import Account, Session, SignInAttempt
from service.unit import Actor
from tests.house import House

PASSWORD = "quatre mots sans lien"
BOSS = "thomas.berger@adm.example"


@cache
def password_hash() -> str:
    return str(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD))


@dataclass
class Town:
    house: House
    founded: partners.Founded
    admin: Actor
    clients: dict[str, TestClient[Any]] = field(default_factory=dict)

    @classmethod
    def on(cls, house: House) -> "Town":
        founded = house.run(
            people.install(
                house.workplace,
                partners.Foundation(
                    clsm_name="CLSM de Valmaurin",
                    territory_code="99V01",
                    organisation_key="o_adm",
                    organisation_name="Administration du CLSM",
                    organisation_kind="HOSTING",
                ),
                email=BOSS,
                name="Thomas Berger",
                password=PASSWORD,
            )
        )
        admin = house.run(people.actor_for(house.workplace, founded.employment_id))
        return cls(house, founded, admin)

    def organisation(self, key: str, kind: str, name: str = "") -> UUID:
        async def make() -> UUID:
            async with self.house.act(self.admin) as unit:
                return await partners.create_organisation(
                    unit, key=key, name=name or f"Organisation {key}", kind=kind
                )

        return self.house.run(make())

    def account(self, email: str, name: str, *, demo: bool = False) -> UUID:
        async def make() -> UUID:
            async with self.house.act(self.admin) as unit:
                return await people.create_account(
                    unit, email=email, name=name, password_hash=password_hash(), demo=demo
                )

        return self.house.run(make())

    def seat(
        self,
        account_id: UUID,
        organisation_id: UUID,
        name: str = "Nadège Violleau",
        *,
        category: str = "NONE",
        function: str = "agent",
        title: str = "agent·e",
    ) -> Actor:
        async def make() -> UUID:
            async with self.house.act(self.admin) as unit:
                return await partners.create_employment(
                    unit,
                    partners.NewSeat(
                        account_id=account_id,
                        name=name,
                        organisation_id=organisation_id,
                        category=category,
                        function=function,
                        title=title,
                    ),
                )

        return self.actor(self.house.run(make()))

    def office(self, seat: Actor, kind: str, cell_id: UUID | None = None) -> UUID:
        async def make() -> UUID:
            async with self.house.act(self.admin) as unit:
                return await partners.grant_office(unit, seat.employment_id, kind, cell_id)

        return self.house.run(make())

    def actor(self, employment_id: UUID) -> Actor:
        return self.house.run(people.actor_for(self.house.workplace, employment_id))

    def nurse(self, email: str = "nadege.violleau@empp.example", *, demo: bool = False) -> Actor:
        organisation = self.organisation(
            f"o_{email.split('@')[1].split('.', maxsplit=1)[0]}", "PSYCHIATRY"
        )
        account = self.account(email, "Nadège Violleau", demo=demo)
        return self.seat(account, organisation, category="1", function="nurse", title="infirmière")

    def coordinator(self) -> Actor:
        seat = self.seat(
            self.account("maelle.quintard@clsm.example", "Maëlle Quintard"),
            self.organisation("o_clsm", "COORDINATION"),
            "Maëlle Quintard",
            function="coordinator",
            title="coordinatrice de la cellule",
        )
        self.office(seat, "coordinator")
        return seat

    def client(self) -> TestClient[Any]:
        return self.house.client()

    def signed_in(self, email: str) -> TestClient[Any]:
        client = self.client()
        answer = sign_in(client, email)
        assert answer.status_code == 303, answer.text
        return client

    def rows(self, table: type, *where: Any) -> int:
        async def count() -> int:
            async with transaction(self.house.workplace.engine, write=False) as connection:
                found = await connection.execute(
                    select(func.count()).select_from(table).where(*where)
                )
                return int(found.scalar_one())

        return self.house.run(count())

    def sessions(self) -> int:
        return self.rows(Session)

    def attempts(self) -> int:
        return self.rows(SignInAttempt)

    def accounts(self, email: str) -> int:
        return self.rows(Account, Account.email == email)


def sign_in(client: TestClient[Any], email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(
        "/sign-in",
        data={"email": email, "password": password, **more},
        follow_redirects=False,
    )


def csrf(client: TestClient[Any], path: str = "/account") -> str:
    found = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', client.get(path).text)
    assert found, path
    return found.group(1)


def post(client: TestClient[Any], path: str, data: dict[str, str] | None = None) -> Any:
    return client.post(
        path, data={"_csrf_token": csrf(client), **(data or {})}, follow_redirects=False
    )
