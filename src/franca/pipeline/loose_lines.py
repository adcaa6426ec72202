"""Raw messages of tables that nobody declared as change lines: what `franca decode` runs without a table."""

from collections.abc import Iterable, Iterator

from franca.errors import RecordError
from franca.formats.change import Format, Loose, Skip
from franca.formats.keys import with_key
from franca.formats.registered import Registered
from franca.formats.registry import AUTO, format_named
from franca.formats.strict import refuse_repeats
from franca.pipeline.input_line import Given, format_line, given, record_of
from franca.pipeline.lines import Line
from franca.pipeline.loose_line import loose_line
from franca.schemas.frame import Schemas
from franca.topics.problem_line import problem_line
from franca.types import Record


def loose_lines(
    lines: Iterable[bytes | Given],
    name: str | Format = "auto",
    timestamp: int = -1,
    *,
    records: bool = False,
    schemas: Schemas | None = None,
) -> Iterator[Line]:
    """Yield a line for each change, one for each message that is no row, the problems, the formats met.

    `timestamp` is that of raw values, in milliseconds; `schemas` are those of messages behind a registry.
    Raises DefinitionError for an unknown format.
    """
    chosen = format_named(name) if isinstance(name, str) else name
    opening = format_named(name, schemas) if isinstance(name, str) else name
    told: set[str] = set()
    for place, piece in given(lines):
        try:
            record = record_of(piece, place, timestamp, records=records)
            if isinstance(opening, Registered):
                record = opening.opened(record)
            taken = AUTO.choose(record) if chosen is AUTO else chosen
            if taken is not None and taken is not chosen and taken.name not in told:
                told.add(taken.name)
                yield Line("note", format_line(taken.name, place))
            yield from [Line("change", text) for text in _texts(taken or chosen, record)]
        except RecordError as error:
            yield Line("problem", problem_line(error, line=piece.line))


def _texts(chosen: Format, record: Record) -> list[bytes]:
    refuse_repeats(record.value)
    found = chosen.loose(record)
    each = [found] if isinstance(found, Loose | Skip) else found
    return [loose_line(with_key(one, record.key) if isinstance(one, Loose) else one) for one in each]
