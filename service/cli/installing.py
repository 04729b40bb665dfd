"""`cellule keys create` and `cellule install`: what only the operator can do, once."""

import argparse
import asyncio
import getpass

from service.cli.saying import say, tell
from service.encryption.providers import create_file_keyring
from service.errors import Conflict, Invalid
from service.partners.operations import Foundation, Founded
from service.people.operations.accounts import install as install_clsm
from service.process import open_workplace
from service.settings import Settings, read_settings


def create_keys(_chosen: argparse.Namespace) -> int:
    """Make the root keyring of CELLULE_KEYRING; refuse to replace one."""
    settings = read_settings()
    create_file_keyring(settings.keyring)
    say(f"Trousseau racine créé : {settings.keyring} (mode 0600).")
    say("Sans lui rien ne se relit : sauvegardez-le à part des bases, 35 jours au plus.")
    return 0


def install(chosen: argparse.Namespace) -> int:
    """Make the first CLSM and its administrator, on the operator's word."""
    settings = read_settings()
    try:
        founded = asyncio.run(_install(settings, chosen, _password(chosen)))
    except Conflict as conflict:
        tell(f"cellule : {conflict.sentence}")
        return 1
    say(f"Conseil créé : {founded.clsm_id}")
    say(f"Son administrateur se connecte sur {settings.origin}/sign-in avec {chosen.email}.")
    return 0


async def _install(settings: Settings, chosen: argparse.Namespace, password: str) -> Founded:
    foundation = Foundation(
        clsm_name=chosen.clsm,
        territory_code=chosen.territory,
        organisation_key=chosen.organisation_key,
        organisation_name=chosen.organisation,
        organisation_kind="COORDINATION",
    )
    async with open_workplace(settings) as workplace:
        return await install_clsm(
            workplace, foundation, email=chosen.email, name=chosen.name, password=password
        )


def _password(chosen: argparse.Namespace) -> str:
    if chosen.password_file is not None:
        try:
            text: str = chosen.password_file.read_text(encoding="utf-8")
        except OSError as problem:
            raise Invalid({"password-file": "ce fichier ne peut pas être lu."}) from problem
        return text.strip()
    first = getpass.getpass("Mot de passe de l'administrateur : ")
    if getpass.getpass("Encore une fois : ") != first:
        raise Invalid({"password": "les deux mots de passe diffèrent."})
    return first
