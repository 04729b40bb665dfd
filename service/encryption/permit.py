"""The proof that the gate decided, and recorded, before anything is opened.

A permit is an empty shell: what it covers is held in this module, by identity. A copy, a
look-alike, a subclass or a shell made by hand therefore covers nothing, and widening the
attributes of a true one changes nothing. This stops mistakes and short cuts, which is what
Python can stop; that nobody but the gate imports `minting` is held by the import contract.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Never, NoReturn, final
from uuid import UUID
from weakref import WeakKeyDictionary

from service.encryption.context import BoxContext, Pair
from service.errors import CannotOpen


@dataclass(frozen=True, slots=True)
class _Grant:
    clsm_id: UUID
    pairs: frozenset[tuple[UUID, str]]
    act: str


@final
class Permit:
    """What the keyring asks for before it opens: made by the gate, for one act, on some keys."""

    __slots__ = ("__weakref__",)

    def __init__(self, never: Never) -> None:  # noqa: ARG002  (nobody has one)
        """Refuse: only the gate makes permits."""
        raise TypeError("only the gate makes a permit")

    def __init_subclass__(cls) -> None:
        """Refuse: nothing else is a permit."""
        raise TypeError("a permit has no other kind")

    def covers(self, context: BoxContext) -> bool:
        """Tell whether the decision was about the tenant, situation and section of this box."""
        grant = _grants.get(self)
        return (
            grant is not None
            and grant.clsm_id == context.clsm_id
            and (context.situation_id, context.section) in grant.pairs
        )

    def __repr__(self) -> str:
        """Name the act, never whom it is about."""
        grant = _grants.get(self)
        return f"Permit({grant.act if grant else 'void'})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse: a permit is worth nothing out of its request."""
        raise TypeError("a permit is neither pickled nor copied")


_grants: WeakKeyDictionary[Permit, _Grant] = WeakKeyDictionary()


def grant(clsm_id: UUID, pairs: AbstractSet[tuple[UUID, str]], act: str) -> Permit:
    """Make a permit. Call `minting.mint`, which the import contract watches, instead."""
    permit = object.__new__(Permit)
    _grants[permit] = _Grant(clsm_id, frozenset(Pair(*pair) for pair in pairs), act)
    return permit


def require(permit: Permit, context: BoxContext) -> None:
    """Raise unless this very object was made by the gate, for this box.

    TypeError when it is no permit at all, which is a defect of the caller; CannotOpen when
    it was made elsewhere or covers something else.
    """
    if type(permit) is not Permit:
        raise TypeError("opening takes a permit")
    if not permit.covers(context):
        raise CannotOpen
