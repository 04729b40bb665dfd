"""Whose cosignatures make a checkpoint believed: the published policy (C2SP tlog-policy).

    log VKEY
    witness NAME VKEY
    group NAME K|any|all MEMBER…
    quorum NAME

Whoever verifies obtains this file once, from elsewhere than the log.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self

from audit.note import BadNote, VerifierKey

NONE = "none"
"""The quorum of a log that nobody witnesses yet."""


class BadPolicy(ValueError):
    """The policy file cannot be used; the message says which line."""


@dataclass(frozen=True, slots=True)
class Group:
    """How many of these members are wanted."""

    wanted: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """The log's keys, the witnesses' keys by name, and the group that must be satisfied."""

    logs: list[VerifierKey]
    witnesses: dict[str, VerifierKey]
    groups: dict[str, Group]
    quorum: str

    @classmethod
    def parse(cls, said: str) -> Self:
        """Read a policy. Raises BadPolicy naming the line."""
        found = cls([], {}, {}, "")
        for number, line in enumerate(said.splitlines(), start=1):
            words = line.split("#", 1)[0].split()
            try:
                found = found.with_line(words) if words else found
            except (BadNote, BadPolicy) as wrong:
                raise BadPolicy(f"line {number}: {wrong}") from wrong
        if not found.logs or not found.quorum:
            raise BadPolicy("a policy names a log and a quorum")
        return found

    def with_line(self, words: list[str]) -> Self:
        """Return the policy with one more line. Raises BadNote or BadPolicy."""
        known = {*self.witnesses, *self.groups, NONE}
        match words:
            case ["log", vkey]:
                return replace(self, logs=[*self.logs, VerifierKey.parse(vkey)])
            case ["witness", name, vkey] if name not in known:
                return replace(self, witnesses=self.witnesses | {name: VerifierKey.parse(vkey)})
            case ["group", name, wanted, *members] if name not in known:
                group = _group(wanted, tuple(members), known - {NONE})
                return replace(self, groups=self.groups | {name: group})
            case ["quorum", name] if name in known and not self.quorum:
                return replace(self, quorum=name)
        raise BadPolicy("not understood, or said twice")

    def satisfied_by(self, cosigners: Collection[VerifierKey]) -> bool:
        """Return whether these keys make the quorum."""
        return self._holds(self.quorum, frozenset(key.vkey for key in cosigners))

    def _holds(self, name: str, cosigners: frozenset[str]) -> bool:
        if name == NONE:
            return True
        if name in self.witnesses:
            return self.witnesses[name].vkey in cosigners
        group = self.groups[name]
        return sum(self._holds(one, cosigners) for one in group.members) >= group.wanted


def _group(wanted: str, members: tuple[str, ...], known: set[str]) -> Group:
    if len(set(members)) != len(members) or not set(members) <= known:
        raise BadPolicy("a group names known witnesses or groups, each once")
    numbers = {"any": 1, "all": len(members)}
    count = numbers.get(wanted) or (int(wanted) if wanted.isdecimal() else 0)
    if not 1 <= count <= len(members):
        raise BadPolicy("a group wants between one and all of its members")
    return Group(count, members)
