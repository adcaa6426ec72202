"""Makes a reading the function that decodes one message the fast way, into a change or into several."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from franca.formats.change import Change, Planned
from franca.formats.reading import Reading
from franca.formats.sequence import ordinal

_ORDINALS = tuple(ordinal(row) for row in range(999))
"""The ends of the sequences of a message's rows; one that holds more is left to the careful way."""


class Plan(NamedTuple):
    """How to read messages of a kind, and the function that reads one of them."""

    reading: Reading
    decode: Planned


def planned(reading: Reading) -> Planned:
    """Return the function that reads a record into a change, and raises one of `REFUSED` where it can't."""
    text = reading.text or f"({reading.sequence}).decode()"
    needs_number = "number" in text
    here = "place + number" if needs_number else "place + str(record.offset)"
    return _made(
        reading,
        [
            *(["    number = str(record.offset)"] if needs_number else []),
            f"    return Change(operation, before, after, {text}, {reading.time}, {here})",
        ],
    )


def planned_rows(reading: Reading, each: str, lines: Sequence[str]) -> Planned:
    """Return the function that reads a record of several rows into as many changes, or raises as `planned`.

    `each` begins the loop over the rows, whose place is `row`; `lines` are the statements for one of them,
    which leave `operation`, `before` and `after`. The reading's `text` is the sequence up to the row's part.
    """
    return _made(
        reading,
        [
            "    number = str(record.offset)",
            f"    begin, time, here = {reading.text}, {reading.time}, f'{{place}}{{number}}/'",
            "    changes = []",
            f"    {each}",
            *(f"        {line}" for line in lines),
            "        changes.append(",
            "            Change(operation, before, after, begin + ordinals[row], time, f'{here}{row}')",
            "        )",
            "    return changes",
        ],
    )


def _made(reading: Reading, lines: Sequence[str]) -> Planned:
    code = [
        "def make():",
        "  topic, partition, place, head = '', -1, '', ()",
        "  def decode(record):",
        "    nonlocal topic, partition, place, head",
        *reading.statements(1),
        "    if record.partition != partition or record.topic != topic:",
        *(f"        {line}" for line in reading.placed),
        "        topic, partition = record.topic, record.partition",
        "        place = f'{topic}/{partition}/'",
        *(["        head = heads[partition]"] if "heads" in reading.names else []),
        *lines,
        "  return decode",
    ]
    names: dict[str, Any] = {**reading.scope(reading.type), "Change": Change, "ordinals": _ORDINALS}
    exec("\n".join(code), names)  # noqa: S102  # built from the names of our own fields
    return cast("Planned", names["make"]())
