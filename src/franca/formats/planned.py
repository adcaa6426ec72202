"""Makes a reading the function that decodes one message the fast way."""

from typing import Any, cast

from franca.formats.change import Change, Planned
from franca.formats.reading import Reading


def planned(reading: Reading) -> Planned:
    """Return the function that reads a record into a change, and raises one of `REFUSED` where it can't."""
    code = [
        "def make():",
        "  topic, partition, place, head = '', -1, '', ()",
        "  def decode(record):",
        "    nonlocal topic, partition, place, head",
        *reading.statements(1),
        "    if record.partition != partition or record.topic != topic:",
        "        topic, partition = record.topic, record.partition",
        "        place = f'{topic}/{partition}/'",
        *(["        head = heads[partition]"] if "heads" in reading.names else []),
        "    number = str(record.offset)",
        f"    sequence, time = {reading.text or f'({reading.sequence}).decode()'}, {reading.time}",
        "    return Change(operation, before, after, sequence, time, place + number)",
        "  return decode",
    ]
    names: dict[str, Any] = {**reading.scope(reading.type), "Change": Change}
    exec("\n".join(code), names)  # noqa: S102  # built from the names of our own fields
    return cast("Planned", names["make"]())
