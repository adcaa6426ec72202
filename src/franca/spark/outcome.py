"""What a task on an executor tells the driver: what became of each partition, and the files it wrote."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
import pyarrow as pa

from franca.errors import DefinitionError, FrancaError, UnavailableError
from franca.types import Tally

SCHEMA = "kind string, name string, number long, value string"
"""The outcomes as Spark passes them on: `name` and `number` say of what, `value` is JSON."""

_ARROW = pa.schema(
    [("kind", pa.string()), ("name", pa.string()), ("number", pa.int64()), ("value", pa.string())]
)


class Reached(msgspec.Struct, frozen=True):
    """Up to where a partition's records were taken, and what became of them."""

    next: int
    read: int
    written: int
    dead: int

    @property
    def tally(self) -> Tally:
        """The counts."""
        return Tally(self.read, self.written, self.dead)


class Trouble(msgspec.Struct, frozen=True):
    """Why a task gave up: what it needs is away, or wrongly set up."""

    is_away: bool
    service: str
    reason: str
    remedy: str


class Outcome(NamedTuple):
    """One thing told; `name` and `number` are a topic and its partition, or what the kind has them mean."""

    kind: str
    name: str
    number: int
    value: str


def outcome(kind: str, name: str, number: int, value: object) -> Outcome:
    """Return something to tell, with its value as JSON."""
    return Outcome(kind, name, number, msgspec.json.encode(value).decode())


def told(outcomes: Iterable[Outcome]) -> Iterator[pa.RecordBatch]:
    """Yield outcomes as Spark takes them; franca's own errors become one of them.

    So the driver knows what they mean, which Spark's text of an error does not tell.
    """
    found: list[Outcome] = []
    try:
        found.extend(outcomes)
    except FrancaError as error:
        found = [outcome("trouble", "", 0, _trouble(error))]
    yield pa.RecordBatch.from_pylist([each._asdict() for each in found], schema=_ARROW)


def heard(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return what tasks told. Raises UnavailableError, DefinitionError for what one of them gave up for."""
    found = list(outcomes)
    for each in found:
        if each.kind == "trouble":
            trouble = msgspec.json.decode(each.value, type=Trouble)
            if trouble.is_away:
                raise UnavailableError(trouble.service, trouble.reason, trouble.remedy)
            raise DefinitionError.one(trouble.service, trouble.reason, trouble.remedy)
    return found


def _trouble(error: FrancaError) -> Trouble:
    if isinstance(error, UnavailableError):
        return Trouble(True, error.service, error.reason, error.remedy)
    if isinstance(error, DefinitionError):
        first = error.problems[0]
        return Trouble(False, first.path, first.reason, first.remedy)
    raise error
