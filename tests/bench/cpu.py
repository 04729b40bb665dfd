"""CPU that a server spends: its own processes, and its backends in PostgreSQL, from /proc."""

import asyncio
import os
from pathlib import Path

import asyncpg

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields of a process after its name, which may hold spaces; [] once gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            found[int(entry.name)] = int(fields[1])
    return found


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = _parents()
    members = {root}
    while more := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= more
    return sorted(members)


def seconds(pids: list[int]) -> float:
    """Return user and system seconds spent so far by these processes, dead children included."""
    ticks = 0
    for pid in pids:
        if fields := _stat(pid):
            ticks += sum(int(value) for value in fields[11:15])
    return ticks / _TICKS


def backends(admin_url: str, databases: list[str]) -> list[int]:
    """Return the PostgreSQL processes that serve these databases, when they are of this machine."""

    async def ask() -> list[int]:
        connection = await asyncpg.connect(admin_url)
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity WHERE datname = ANY($1)", databases
            )
        finally:
            await connection.close()
        return [row["pid"] for row in rows]

    found = asyncio.run(ask())
    if any(not _stat(pid) for pid in found):
        raise LookupError("PostgreSQL is not on this machine: its CPU cannot be read")
    return found
