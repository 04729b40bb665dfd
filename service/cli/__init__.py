"""The command `cellule`: run, serve, work, migrate, demo, audit, policy, keys, install."""

from service.cli.commands import main

__all__ = ["main"]
