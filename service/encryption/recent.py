"""What was used lately, for a while: bounded in number and in time."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The `capacity` values used last, each for at most `seconds` after it was put.

    `has` renews a value's turn and asks for `margin_seconds` still to live, so that what it
    promised is there for the rest of a request; `get` looks and does nothing else.
    """

    __slots__ = ("_margin", "_monotonic", "_seconds", "_values", "capacity")

    def __init__(
        self, capacity: int, seconds: float, margin_seconds: float, monotonic: Callable[[], float]
    ) -> None:
        """Start empty; `monotonic` returns seconds that only grow."""
        self.capacity = capacity
        self._seconds = seconds
        self._margin = margin_seconds
        self._monotonic = monotonic
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many values are held."""
        return len(self._values)

    def __repr__(self) -> str:
        """Count, and show nothing."""
        return f"Recent({len(self)} of {self.capacity})"

    def get(self, key: K) -> V | None:
        """Return the value, or None once its time is over."""
        held = self._values.get(key)
        if held is None:
            return None
        until, value = held
        if until < self._monotonic():
            del self._values[key]
            return None
        return value

    def has(self, key: K) -> bool:
        """Tell whether the value will be there for `margin_seconds` more."""
        held = self._values.get(key)
        if held is None or held[0] < self._monotonic() + self._margin:
            return False
        self._values.move_to_end(key)
        return True

    def drop(self, key: K) -> None:
        """Let go of a value, if it is held."""
        self._values.pop(key, None)

    def put(self, key: K, value: V) -> None:
        """Hold a value, and let go of the one used longest ago when there are too many."""
        self._values[key] = (self._monotonic() + self._seconds, value)
        self._values.move_to_end(key)
        if len(self._values) > self.capacity:
            self._values.popitem(last=False)
