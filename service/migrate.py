"""Bring both stores to the tables that this version of the code expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from service.settings import Settings

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def configuration(store: str, url: str) -> Config:
    """Return Alembic's configuration for the store `main` or `keystore`."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    folder = "versions" if store == "main" else "keystore_versions"
    config.set_main_option("version_locations", str(_MIGRATIONS / folder))
    config.attributes.update({"store": store, "url": url})
    return config


def stores(settings: Settings) -> dict[str, str]:
    """Return each store with its address."""
    return {"main": settings.database_url, "keystore": settings.keystore_url}


def upgrade(settings: Settings) -> None:
    """Bring both stores to the head. Not from inside a running event loop."""
    for store, url in stores(settings).items():
        command.upgrade(configuration(store, url), "head")


def check(settings: Settings) -> None:
    """Raise when a model and its table differ: a migration was forgotten."""
    for store, url in stores(settings).items():
        command.check(configuration(store, url))
