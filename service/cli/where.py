"""Where a command works: the environment's deployment, or the demo of `cellule run`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from service.cli.saying import tell
from service.settings import PREFIX, Settings, read_settings

FOLDER: Final = Path("var")
MAIN, KEYSTORE, KEYRING = "cellule.db", "keys.db", "keyring.json"


def demo_environment(folder: Path, port: int) -> dict[str, str]:
    """Return the settings of the demo of a folder, as variables."""
    return {
        "CELLULE_DATABASE_URL": f"sqlite+aiosqlite:///{folder / MAIN}",
        "CELLULE_KEYSTORE_URL": f"sqlite+aiosqlite:///{folder / KEYSTORE}",
        "CELLULE_KEYRING": str(folder / KEYRING),
        "CELLULE_ORIGIN": f"http://127.0.0.1:{port}",
        "CELLULE_DEMO": "1",
    }


def is_configured(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether the environment describes a deployment."""
    given = os.environ if environment is None else environment
    return any(name.startswith(PREFIX) and not name.startswith(PREFIX + "TEST_") for name in given)


def settings_here() -> Settings:
    """Return the deployment of the environment; without one, the demo that `run` made.

    Raises SettingsRefused when there is neither: nothing is created to answer a question.
    """
    if not is_configured() and (FOLDER / MAIN).is_file():
        tell(f"Démonstration de {FOLDER / MAIN} (aucune variable {PREFIX}… n'est donnée).")
        return read_settings(demo_environment(FOLDER, 8000))
    return read_settings()
