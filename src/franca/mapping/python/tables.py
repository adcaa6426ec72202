"""Dicts that answer for codes they do not hold: by a failure, or by computing and keeping the answer."""

from collections.abc import Callable
from typing import Any

from franca.mapping.python.failure import Failed

CACHED = 16_384
"""How many answers a cache keeps; then it begins anew, so that memory stays bounded."""


class CodeTable(dict[Any, Any]):
    """A table of codes in which an unknown code is the problem `unknown-code`."""

    __slots__ = ()

    def __missing__(self, code: object) -> object:
        shown = [*self][:10]
        more = f" and {len(self) - 10} more" if len(self) > 10 else ""
        raise Failed("unknown-code", f"one of {shown}{more}", code)


class Cache(dict[Any, Any]):
    """Keeps a pure function's answers, a bounded number of them."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[Any], object]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, value: Any) -> object:
        answer = self.function(value)
        if len(self) >= CACHED:
            self.clear()
        self[value] = answer
        return answer
