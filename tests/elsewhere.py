"""What other processes are asked to do: each of them imports this, and so it imports hardly anything."""

import os
from pathlib import Path

from gradcheck import workers


def die_of_seven(item: int) -> int:
    if item == 7:
        os._exit(1)
    return item**2


def die_once(place: Path, item: int) -> int:
    """Die of a number, of every fifth, the first time that it is seen."""
    seen = place / str(item)
    if item % 5 == 0 and not seen.exists():
        seen.touch()
        os._exit(1)
    return item**2


def threads(_: int) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in workers.THREADS}
