"""Positive controls: what a leak would look like, planted on purpose."""

import hashlib

from sqlalchemy import insert, text

from service.database import new_id, open_engine, transaction
from service.partners.models import Organisation
from tests.security.canary import Canary
from tests.security.planted import Planted


def plant_in_clear(planted: Planted) -> Canary:
    """Write markers of another run in clear, in both stores; return that run's canary."""
    control = Canary()
    settings = planted.house.settings

    async def write() -> None:
        async with transaction(planted.house.workplace.engine, write=True) as connection:
            await connection.execute(
                insert(Organisation).values(
                    organisation_id=new_id(),
                    key=f"o_{hashlib.sha256(control('key').encode()).hexdigest()[:8]}",
                    name=control("organisation"),
                    kind="PEER",
                    created_at=planted.house.workplace.clock.now(),
                )
            )
        if settings.sqlite:
            engine = open_engine(settings.keystore_url, authorizer=False)
            async with transaction(engine, write=True) as connection:
                await connection.execute(text("CREATE TABLE IF NOT EXISTS control (said TEXT)"))
                await connection.execute(
                    text("INSERT INTO control VALUES (:said)"), {"said": control("keystore")}
                )
            await engine.dispose()

    planted.house.run(write())
    return control
