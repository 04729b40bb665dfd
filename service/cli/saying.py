"""What the operator reads: results on standard output, progress and errors on the other."""

import sys
from collections.abc import Callable


def say(line: str = "") -> None:
    """Write one line of result."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(line: str) -> None:
    """Write one line about what is being done, or what went wrong."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def counting(what: str) -> Callable[[int, int], None] | None:
    """Return a progress line that rewrites itself, or None when nobody looks at a screen."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, whole: int) -> None:
        share = 100 * done // whole if whole else 100
        sys.stderr.write(f"\r{what} : {done} sur {whole} ({share} %)")
        if done >= whole:
            sys.stderr.write("\n")
        sys.stderr.flush()

    return show
