"""How long work tells of its progress, whoever listens."""

from collections.abc import Callable
from typing import TypeAlias

Tell: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is: 0 where nobody knows."""


def untold(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
