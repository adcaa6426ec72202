"""A problem as one line of JSON: what `decode` and `map` write to stderr, and the dead letter's reason."""

import msgspec
from msgspec import UNSET, UnsetType

from franca.errors import RecordError


class _ProblemLine(msgspec.Struct):
    line: int | UnsetType
    position: str | UnsetType
    stage: str
    path: str
    reason: str
    code: str


_encode = msgspec.json.Encoder().encode


def problem_line(error: RecordError, *, line: int | None = None, position: str | None = None) -> bytes:
    """Return the problem of an input line, or of the record at a position, without a line break."""
    return _encode(
        _ProblemLine(
            UNSET if line is None else line,
            UNSET if position is None else position,
            error.stage,
            writable(error.path),
            writable(error.reason),
            error.code,
        )
    )


def writable(text: str) -> str:
    """Return the text with lone surrogates spelled out: JSON in UTF-8 has no place for them."""
    return text.encode("utf-8", "backslashreplace").decode()
