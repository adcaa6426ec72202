"""One table's part of the on-ramp: its decoder, and its mappings from a change to events.

An insert, a read and an update give the events of the row after. Where the row before is known and what it
made is no longer made (a changed key, a shortened list, `where=` that no longer holds), that is deleted; a
delete ends all that its row made. A mapping's problem is its own: the others go on.
"""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Map
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from franca.errors import DecodeError, MapError, RecordError
from franca.formats.change import Change, Decoded, Decoder, Format, Skip, Wanted
from franca.formats.keys import merged
from franca.mapping.application import Application
from franca.mapping.before_images import before_images
from franca.mapping.mapping import Mapping
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.loop import Step, make_loop
from franca.topics.event import Constants, Stamp, Written, constants_of, encode_event
from franca.topics.moment import time_text
from franca.topics.names import lineage
from franca.types import Message, Record

Problems: TypeAlias = "list[tuple[str, RecordError]]"
"""Refusals of one record, each with the mapping that refused, empty where decoding did."""

_LOOPS = 64
NO_FORMER: Map[str, Any] = MappingProxyType({})

Subjects: TypeAlias = "Sequence[tuple[str, Any]]"
Former: TypeAlias = "Map[str, Any]"
"""By mapping the row of which its events were made last, where that is not the row before; None made none."""
Write: TypeAlias = "Callable[[Change, list[Message], Problems, Former], int]"


class _Mapped(NamedTuple):
    """One mapping, ready to run."""

    name: str
    topic: str
    events: Callable[[Any], Subjects]
    keys: Callable[[Any], Subjects]
    key_columns: Sequence[str]
    constants: Constants
    is_list: bool
    needs_before: bool


class TableStep:
    """Decodes a table's records with `decoder`, and writes the messages of a change with `write`.

    `write` adds messages and problems to two lists, and returns how many events there were. `loop` does both
    for many records, as far as they are as usual. `capture` is what the table's messages are said to hold: a
    promise of whole rows before each change (`full`) is verified; where rows are `remembered`, changes are to
    come with their keys.
    """

    def __init__(
        self,
        application: Application,
        table: type[Table],
        version: str,
        chosen: Format,
        capture: str = "auto",
        remembered: bool = False,
    ) -> None:
        self.table, self.format = table, chosen
        mappings = [mapping for mapping in application.mappings if mapping.table is table]
        source = lineage(application.name, shape_of(table).name)
        mapped = tuple(_mapped(mapping, source, application.name, version) for mapping in mappings)
        if capture != "full":
            mapped = tuple(each._replace(needs_before=False) for each in mapped)
        keys = {field.name for field in shape_of(table).keys} if remembered else set()
        wanted = Wanted(
            table,
            frozenset(column for mapping in mappings for column in mapping.columns) | keys,
            frozenset(column for mapping in mappings for column in mapping.key_columns) | keys,
            application.epoch,
            zone_of(application),
        )
        self.columns = wanted.columns
        self.decoder: Decoder = chosen.decoder(wanted)
        self._write: Write = _generated(mapped)
        self.steps = [_step(each, mapping) for each, mapping in zip(mapped, mappings, strict=True)]
        self._loop_of = lru_cache(maxsize=_LOOPS)(lambda reading: make_loop(reading, self.steps))

    def write(
        self, change: Change, out: list[Message], problems: Problems, former: Former = NO_FORMER
    ) -> int:
        """Add the events of a change and the mappings' problems; return how many events there were."""
        return self._write(change, out, problems, former)

    def loop(self, records: Sequence[Record], at: int, out: list[Message]) -> int:
        """Add the events of records from `at` on; return the place of the first to be decoded and written.

        It ends where records of another topic begin, or where one is not as usual.
        """
        reading = self.decoder.reading
        return at if reading is None else self._loop_of(reading)(records, at, out)


def write_each(step: TableStep, decoded: Decoded, out: list[Message], problems: Problems) -> int:
    """Add what a message gives: the events of its changes, a problem, or nothing; return how many events."""
    if isinstance(decoded, Change):
        return step.write(decoded, out, problems)
    if not isinstance(decoded, Skip):
        return sum(write_each(step, each, out, problems) for each in decoded)
    if decoded.kind == "truncate":
        reason = "the table was emptied: expected its owner to decide, delete what it made or load it again"
        problems.append(("", DecodeError("op", reason, "truncate")))
    return 0


def zone_of(application: Application) -> ZoneInfo | None:
    """Return where an application's wall clocks are, None for UTC."""
    return None if application.timezone == "UTC" else ZoneInfo(application.timezone)


def _mapped(mapping: Mapping[Any, Any], source: str, origin: str, version: str) -> _Mapped:
    compiled = mapping.compiled()
    entity = shape_of(mapping.entity).name
    return _Mapped(
        mapping.name,
        entity,
        compiled.events,
        compiled.keys,
        tuple(mapping.key_columns),
        constants_of(Stamp(entity, source, origin, version)),
        mapping.is_list,
        before_images(mapping) is not None,
    )


def _step(mapped: _Mapped, mapping: Mapping[Any, Any]) -> Step:
    return Step(
        mapped.name,
        mapped.topic,
        mapping.compiled(),
        mapped.key_columns,
        mapped.constants,
        mapped.is_list,
        mapped.needs_before,
    )


def _generated(mapped: Sequence[_Mapped]) -> Write:
    """Return the function for these mappings, generated: it runs once per message."""
    names: dict[str, Any] = {
        "mapped": mapped,
        "time_text": time_text,
        "encode": encode_event,
        "Written": Written,
        "MapError": MapError,
        "delete": _delete,
        "withdraw": _withdraw,
        "unwritable": _unwritable,
        "whole": _require_whole,
    }
    lines = [
        "def write(change, out, problems, former):",
        "    time = time_text(change.time)",
        "    if change.operation == 'delete':",
        "        return delete(mapped, change, time, out, problems, former)",
        "    after, append, start, ends = change.after, out.append, len(out), 0",
        "    sequence, position = change.sequence, change.position",
    ]
    for number, each in enumerate(mapped):
        names |= {f"events{number}": each.events, f"mapped{number}": each}
        names |= {f"{part}{number}": value for part, value in each.constants._asdict().items()}
        lines += _mapping_lines(each, number)
    exec("\n".join([*lines, "    return len(out) - start - ends"]), names)  # noqa: S102  # built from names, which are identifiers
    write: Write = names["write"]
    return write


def _mapping_lines(mapped: _Mapped, number: int) -> list[str]:
    place, loop = f"position + '/{mapped.name}/c'", "for subject, data in made:"
    if mapped.is_list:
        place = f"f'{{position}}/{mapped.name}/{{item}}/c'"
        loop = "for item, (subject, data) in enumerate(made):"
    differs = " or ".join(f"before.{name} != after.{name}" for name in mapped.key_columns) or "False"
    verified = [f"        before = former.get({mapped.name!r}, change.before) if former else change.before"]
    verified += [f"        whole(mapped{number}, change.operation, before)"] if mapped.needs_before else []
    return [
        "    try:",
        *verified,
        f"        made = events{number}(after)",
        f"        if before is not None and ({differs}):",
        f"            ends += withdraw(mapped{number}, change, before, made, time, out)",
        f"        {loop}",
        f"            event = Written(specversion{number}, {place}, changed{number}, subject, time,",
        f"                content{number}, sequence, origin{number}, data)",
        f"            append(({mapped.topic!r}, subject.encode(), encode(event)))",
        "    except MapError as error:",
        f"        problems.append(({mapped.name!r}, error))",
        "    except UnicodeEncodeError as error:",
        f"        problems.append(({mapped.name!r}, unwritable(error)))",
    ]


def _delete(
    mapped: Sequence[_Mapped],
    change: Change,
    time: str,
    out: list[Message],
    problems: Problems,
    former: Former,
) -> int:
    count = 0
    whole = merged(change.before, change.key)
    for each in mapped:
        row = former.get(each.name, whole)
        if row is None and each.name in former:
            continue
        try:
            if each.needs_before:
                _require_whole(each, change.operation, row)
            if row is None:
                reason = "the delete has neither a row before nor a key that tells the table's key columns"
                raise MapError("", reason, "absent-input")
            count += _end(each, change, _gone(each.keys(row)), time, out)
        except MapError as error:
            problems.append((each.name, error))
    return count


def _require_whole(mapped: _Mapped, operation: str, before: Any) -> None:
    """Refuse an update or a delete without the row before it, where that was promised."""
    if operation not in {"update", "delete"}:
        return
    missing = [
        name for name in mapped.key_columns if before is None or getattr(before, name) is msgspec.UNSET
    ]
    if missing:
        reason = (
            f"the row before the {operation} lacks {', '.join(missing)}, though the table has "
            '`capture = "full"`: have it sent, or let rows be remembered (`capture = "auto"`)'
        )
        raise MapError("before", reason, "no-before-image")


def _withdraw(
    mapped: _Mapped, change: Change, before: Any, made: Subjects, time: str, out: list[Message]
) -> int:
    """End what the row before made and the row after does not; nothing where the row before can't tell."""
    try:
        earlier = mapped.keys(before)
    except MapError:
        return 0
    kept = {subject for subject, _ in made}
    return _end(mapped, change, _gone(earlier, kept), time, out)


def _gone(earlier: Subjects, kept: Collection[str] = ()) -> Sequence[tuple[int, str, Any]]:
    """Return the items whose entities are no longer made, each entity once."""
    gone: dict[str, tuple[int, str, Any]] = {}
    for item, (subject, data) in enumerate(earlier):
        if subject not in kept:
            gone.setdefault(subject, (item, subject, data))
    return tuple(gone.values())


def _end(
    mapped: _Mapped, change: Change, gone: Sequence[tuple[int, str, Any]], time: str, out: list[Message]
) -> int:
    """Add a delete for each entity, followed by the tombstone that lets compaction forget its key."""
    constants = mapped.constants
    for item, subject, data in gone:
        place = f"{change.position}/{mapped.name}{f'/{item}' if mapped.is_list else ''}/d"
        event = Written(
            constants.specversion,
            place,
            constants.deleted,
            subject,
            time,
            constants.content,
            change.sequence,
            constants.origin,
            data,
        )
        key = subject.encode()
        out += [(mapped.topic, key, encode_event(event)), (mapped.topic, key, None)]
    return len(gone)


def _unwritable(error: UnicodeEncodeError) -> MapError:
    return MapError("", f"the event holds text that UTF-8 can't: {error.reason}", "lone-surrogate")
