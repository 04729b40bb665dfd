"""What a sealed box looks like to the rest of the code: bytes that say nothing."""

from typing import Any, NoReturn, final

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator


@final
class Sealed:
    """A box that nobody opened yet. Only the keyring, with a permit, sees what it holds.

    It prints as nothing, and cannot be pickled, copied or encoded by accident: its bytes
    leave it through `bytes(box)` alone.
    """

    __slots__ = ("_box",)

    def __init__(self, box: bytes) -> None:
        """Carry `box` as it is; it is checked when it is opened, not here."""
        if type(box) is not bytes:
            raise TypeError("a sealed box is made of bytes")
        self._box = box

    def __bytes__(self) -> bytes:
        """Return the box, for the database or a digest."""
        return self._box

    def __repr__(self) -> str:
        """Show nothing, not even a length."""
        return "Sealed(…)"

    def __format__(self, spec: str) -> str:
        """Show nothing, whatever the format asked."""
        return repr(self)

    def __eq__(self, other: object) -> bool:
        """Two boxes are equal when their bytes are: two seals of one text are not."""
        return self._box == other._box if isinstance(other, Sealed) else NotImplemented

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(self._box)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse: a box travels by its column only."""
        raise TypeError("a sealed box is neither pickled nor copied")


class SealedColumn(TypeDecorator[Sealed]):
    """A database column that carries boxes and never encrypts.

    A column type sees neither the situation nor the version, so it cannot bind them:
    sealing is an explicit call, and clear bytes or text bound here raise TypeError.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(
        self,
        value: Sealed | None,
        dialect: Dialect,  # noqa: ARG002  (SQLAlchemy passes it)
    ) -> bytes | None:
        """Return the bytes of a box; anything but a box is refused, without being shown."""
        if value is None:
            return None
        if type(value) is not Sealed:
            raise TypeError("only a sealed box goes into a sealed column")
        return bytes(value)

    def process_result_value(
        self,
        value: bytes | None,
        dialect: Dialect,  # noqa: ARG002  (SQLAlchemy passes it)
    ) -> Sealed | None:
        """Return the box, still closed."""
        return None if value is None else Sealed(bytes(value))

    def process_literal_param(
        self,
        value: Sealed | None,  # noqa: ARG002  (SQLAlchemy passes it)
        dialect: Dialect,  # noqa: ARG002  (SQLAlchemy passes it)
    ) -> NoReturn:
        """Refuse: a box is always a bound parameter, never part of a statement's text."""
        raise TypeError("a sealed box is not written into a statement")

    def coerce_compared_value(
        self,
        op: Any,  # noqa: ARG002  (SQLAlchemy passes it)
        value: object,  # noqa: ARG002  (SQLAlchemy passes it)
    ) -> "SealedColumn":
        """Compare boxes with boxes."""
        return self

    @property
    def python_type(self) -> type[Sealed]:
        """The type that rows show."""
        return Sealed
