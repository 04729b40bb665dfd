"""The environment of a house, as variables: what an operator's shell would hold."""

from tests.databases import as_role
from tests.house import House


def variables(house: House, **more: str) -> dict[str, str]:
    """Return CELLULE_… for the commands of this house."""
    settings = house.settings
    found = {
        "CELLULE_DATABASE_URL": settings.database_url,
        "CELLULE_KEYSTORE_URL": settings.keystore_url,
        "CELLULE_KEYRING": str(settings.keyring),
        "CELLULE_ORIGIN": settings.origin,
    }
    if house.dialect == "postgresql":
        found["CELLULE_SEQUENCER_URL"] = as_role(settings.database_url, "cellule_sequencer_test")
    return found | more
