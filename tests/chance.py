"""Draws that one seed decides: a SHA-256 in counter mode, no library of chance is needed."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of draws that a seed decides."""

    def __init__(self, seed: str) -> None:
        """Begin the stream."""
        self.seed = seed
        self.count = 0

    def below(self, bound: int) -> int:
        """Return a number from 0 to `bound` - 1."""
        self.count += 1
        drawn = hashlib.sha256(f"{self.seed}/{self.count}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") % bound

    def between(self, fewest: int, most: int) -> int:
        """Return a number from `fewest` to `most`."""
        return fewest + self.below(most - fewest + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of them."""
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Return so many of them, each once, in the order drawn."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def weighed(self, weights: dict[T, float]) -> T:
        """Return one of the keys, drawn by its weight."""
        parts = {key: int(weight * 1_000_000) for key, weight in weights.items()}
        drawn = self.below(sum(parts.values()))
        for key, part in parts.items():
            drawn -= part
            if drawn < 0:
                return key
        raise AssertionError("weights that sum to nothing")

    def often(self, percent: int) -> bool:
        """Return True so many times in a hundred."""
        return self.below(100) < percent
