"""What can be asked on the command line, and how each refusal is said.

Exit codes: 0 done · 1 not so (an unsound record, tables that differ) · 2 cannot tell or cannot
start · 130 interrupted. No secret is ever printed but the password that `install` was not given.
"""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from service.cli.saying import tell
from service.cli.where import FOLDER
from service.errors import Invalid, KeyringRefused, RecordUnavailable
from service.settings import SettingsRefused

CANNOT: Final = 2
INTERRUPTED: Final = 130

QUESTIONS: Final = (
    ("clsm", "nom du conseil local de santé mentale"),
    ("territory", "code INSEE de la commune"),
    ("organisation", "nom de l'organisation de l'administrateur"),
    ("organisation-key", "clé courte de cette organisation, par exemple mairie"),
    ("name", "prénom et nom de l'administrateur"),
    ("email", "son adresse, qui sert à se connecter"),
)
"""What `install` must be told."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        return _command(chosen.command)(chosen)
    except (SettingsRefused, KeyringRefused) as refused:
        tell(f"cellule : {refused}")
    except RecordUnavailable:
        tell("cellule : le registre ne peut pas être écrit ; rien n'a été fait.")
    except Invalid as wrong:
        for field, sentence in wrong.fields.items():
            tell(f"cellule : {field} : {sentence}")
    except (SQLAlchemyError, OSError) as problem:
        tell(f"cellule : une base ou un fichier ne répond pas ({type(problem).__name__}).")
    except KeyboardInterrupt:
        return INTERRUPTED
    return CANNOT


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    """Import what one command needs and no more: `audit verify` starts without the web."""
    module, _, function = name.partition(".")
    found: Callable[[argparse.Namespace], int] = getattr(
        import_module(f"service.cli.{module}"), function
    )
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cellule",
        description="Coordination des situations d'un conseil local de santé mentale.",
        epilog="Réglages : variables CELLULE_… (docs/operating.md).",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    _running(commands)
    _keeping(commands)
    _asking(commands)
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    help_text: str,
    command: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(command=command)
    return parser


def _running(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = _add(
        commands, "run", "Démonstration sur cette machine : installe, charge, sert.", "running.run"
    )
    run.add_argument("--port", type=_port, default=8000)
    run.add_argument("--folder", type=Path, default=FOLDER, help="où la démonstration vit")
    serve = _add(
        commands, "serve", "Sert en production, derrière un mandataire TLS.", "running.serve"
    )
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000)
    serve.add_argument("--workers", type=_count, default=1, help="nombre de processus")
    _add(
        commands,
        "work",
        "Tâches de fond : indexe le registre, envoie les courriers, oublie ce qui doit l'être.",
        "running.work",
    )
    _add(
        commands,
        "demo",
        "Charge les situations de démonstration dans des bases vides.",
        "running.demo",
    )


def _keeping(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    migrate = _add(
        commands, "migrate", "Met les deux bases au schéma de cette version.", "migrating.migrate"
    )
    migrate.add_argument(
        "--check", action="store_true", help="ne change rien : 0 si à jour, 1 sinon"
    )
    keys = commands.add_parser("keys", help="Clés racines.").add_subparsers(
        required=True, metavar=""
    )
    _add(
        keys,
        "create",
        "Crée le trousseau racine ; jamais par-dessus un autre.",
        "installing.create_keys",
    )
    install = _add(
        commands, "install", "Crée le premier CLSM et son administrateur.", "installing.install"
    )
    for name, text in QUESTIONS:
        install.add_argument(f"--{name}", required=True, help=text)
    install.add_argument(
        "--password-file", type=Path, help="fichier du mot de passe ; sans lui, il est demandé"
    )


def _asking(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    audit = commands.add_parser("audit", help="Le registre.").add_subparsers(
        required=True, metavar=""
    )
    for name, text, command in (
        (
            "verify",
            "Recalcule tout le registre : 0 intact, 1 altéré, 2 illisible.",
            "record.verify",
        ),
        ("head", "Affiche la taille et la racine du registre, à garder ailleurs.", "record.head"),
    ):
        _add(audit, name, text, command).add_argument("--json", action="store_true")
    _add(
        commands,
        "mail",
        "Courriers en attente : 0 rien d'anormal, 1 un retard ou un abandon.",
        "mailing.standing",
    ).add_argument("--json", action="store_true")
    policy = commands.add_parser("policy", help="Les règles.").add_subparsers(
        required=True, metavar=""
    )
    explain = _add(
        policy, "explain", "Dit ce qu'une personne peut faire, et pourquoi.", "rules.explain"
    )
    explain.add_argument("--actor", required=True, metavar="E-MAIL")
    explain.add_argument("--organisation", default="", metavar="CLÉ", help="si plusieurs postes")
    explain.add_argument("--situation", required=True, metavar="RÉFÉRENCE")
    explain.add_argument("--section", required=True, metavar="CODE")
    explain.add_argument("--action", required=True, metavar="CODE")
    explain.add_argument("--purpose", default="COORDINATION")
    explain.add_argument("--at", default="", metavar="DATE", help="instant du droit (Paris)")
    explain.add_argument(
        "--known-at", default="", metavar="DATE", help="selon ce qu'on savait alors"
    )
    explain.add_argument("--json", action="store_true")
    _asking_of_everyone(policy)
    _versions(policy)
    _changing(policy)


def _asking_of_everyone(policy: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    who = _add(policy, "who", "Dit qui peut, ou pouvait, faire un acte, et pourquoi.", "access.who")
    who.add_argument("--section", required=True, metavar="CODE")
    who.add_argument("--action", required=True, metavar="CODE")
    who.add_argument("--purpose", default="COORDINATION")
    drawn = _add(
        policy, "map", "Dessine la carte des accès d'une situation : postes et rubriques.",
        "access.drawn",
    )  # fmt: skip
    for asked in (who, drawn):
        asked.add_argument("--situation", required=True, metavar="RÉFÉRENCE")
        asked.add_argument("--territory", default="", metavar="CODE", help="si plusieurs CLSM")
        asked.add_argument("--at", default="", metavar="DATE", help="instant du droit (Paris)")
        asked.add_argument(
            "--known-at", default="", metavar="DATE", help="selon ce qu'on savait alors"
        )
        asked.add_argument("--json", action="store_true")


def _versions(policy: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    place = "un dossier de règles ; « - » : celles du service"
    diff = _add(
        policy,
        "diff",
        "Dit tout ce qui s'ouvre et se ferme : 0 pareilles, 1 différentes, 2 refusées.",
        "versions.diff",
    )
    diff.add_argument("old", metavar="ANCIENNES", help=place)
    diff.add_argument("new", metavar="NOUVELLES", help=place)
    diff.add_argument("--json", action="store_true")
    show = _add(policy, "show", "Dit les règles en phrases, avec leurs sources.", "versions.show")
    show.add_argument("version", nargs="?", default="-", metavar="RÈGLES", help=place)
    show.add_argument("--matrix", action="store_true", help="le tableau, et ses lettres")


def _changing(policy: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listed = _add(policy, "list", "Liste les versions des règles d'un CLSM.", "policy.show_list")
    listed.add_argument("--json", action="store_true")
    proposed = _add(
        policy, "propose", "Propose une version : rien ne change encore.", "policy.propose"
    )
    proposed.add_argument(
        "folder", nargs="?", type=Path, metavar="DOSSIER",
        help="matrix.csv, conditions.csv, special.csv, model.conf ; sans lui, la version livrée",
    )  # fmt: skip
    proposed.add_argument("--motive", required=True, metavar="TEXTE", help="pourquoi, sans nom")
    adopted = _add(
        policy, "adopt", "Adopte une version qui n'ouvre rien ; refuse toute autre.", "policy.adopt"
    )
    adopted.add_argument("number", type=_version, metavar="NUMÉRO")
    simulated = _add(
        policy, "simulate", "Compte ce qu'une version ouvrirait et fermerait aujourd'hui.",
        "policy.simulate",
    )  # fmt: skip
    simulated.add_argument("new", metavar="NUMÉRO|DOSSIER")
    simulated.add_argument("--json", action="store_true")
    for command in (listed, proposed, adopted, simulated):
        command.add_argument("--territory", default="", metavar="CODE", help="si plusieurs CLSM")


def _version(text: str) -> int:
    return _between(text, 1, 999_999)


def _port(text: str) -> int:
    return _between(text, 1, 65535)


def _count(text: str) -> int:
    return _between(text, 1, 64)


def _between(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"un nombre entre {least} et {most}")
    return int(text)
