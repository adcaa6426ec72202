"""The error tree. Each branch answers one question, and the runner acts on the branch.

FrancaError
├── DefinitionError        is what you wrote wrong? it never starts; all problems at once
│   └── UsageError         it was typed on the command line: a name or a file that is not there
├── RecordError            is this record bad? it is parked in the dead letters, the rest goes on
│   ├── DecodeError        the bytes are not what the format says
│   ├── MapError           the row can't be mapped
│   └── WriteError         the event can't be stored
└── UnavailableError       is the world away? wait with growing pauses, retry, say so once
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

Stage = Literal["decode", "map", "write"]


class FrancaError(Exception):
    """The root of every error that franca raises on purpose; anything else is a bug."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a definition: where, what, and what to do next."""

    path: str
    reason: str
    remedy: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        place = f"{self.file}{line}: " if self.file else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.path}: {self.reason}{remedy}"


class DefinitionError(FrancaError):
    """What the user declared is wrong; holds every problem found, one line each in its text."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def one(cls, path: str, reason: str, remedy: str = "", file: str = "", line: int = 0) -> Self:
        """Return the error for a single problem."""
        return cls([Problem(path, reason, remedy, file, line)])


class UsageError(DefinitionError):
    """What the caller names is not there: a table, a pipeline, a profile, a file."""


class RecordError(FrancaError):
    """One record is bad. `path` names the column or field, `code` is a stable word for programs.

    The reason never holds the value of a field marked as personal.
    """

    stage: ClassVar[Stage] = "map"

    def __init__(self, path: str, reason: str, code: str) -> None:
        self.path = path
        self.reason = reason
        self.code = code
        super().__init__(f"{path}: {reason}" if path else reason)


class DecodeError(RecordError):
    """The bytes of a message are not what its format says."""

    stage = "decode"


class MapError(RecordError):
    """A row can't be mapped: a missing column, an unknown code, a value that does not fit."""

    stage = "map"


class WriteError(RecordError):
    """An event can't be stored where it should go."""

    stage = "write"


class UnavailableError(FrancaError):
    """A service is away; `service` names it as in the settings (`kafka`, `store`, `lake`, `archive`)."""

    def __init__(self, service: str, reason: str, remedy: str = "") -> None:
        self.service = service
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{service} is unavailable: {reason}" + (f"; {remedy}" if remedy else ""))
