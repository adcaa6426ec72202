"""What `franca backfill` does: loads snapshots or only maps them, and tells what became of the rows."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

import msgspec
import typer

from franca.cli.masking import MASK
from franca.cli.orders import prepared
from franca.cli.output import print_json, print_table, say
from franca.cli.telling import telling
from franca.errors import DefinitionError, FrancaError
from franca.operations.backfill.destination import TOPICS
from franca.operations.backfill.loading import Loaded, Loading
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.snapshot import Snapshot
from franca.operations.backfill.trial import Tried, tried
from franca.pipeline import collector
from franca.topics.names import entity_topic

Snapshots = Iterable[tuple[Snapshot, Iterable[Piece]]]


class Wanted(NamedTuple):
    """What a user asks of a backfill: where to, and how it is told."""

    into: Sequence[str]
    samples: int
    is_revealed: bool
    as_json: bool


def loaded(loading: Loading, snapshots: Snapshots, wanted: Wanted) -> bool:
    """Load snapshots and show what became of them; return whether no row was refused."""
    places = prepared(loading.project, store="store" in wanted.into)
    collector.rest()
    done: list[Loaded] = []
    try:
        with telling() as tell:
            for snapshot, some in snapshots:
                if TOPICS in wanted.into:
                    done.append(loading.publish(snapshot, some, places, tell))
                else:
                    done.append(loading.load(snapshot, some, places, wanted.into, tell))
    except FrancaError:
        if done:  # what is loaded stays so, and begun again the command goes on behind it
            _print_loaded(done, wanted)
        raise
    _print_loaded(done, wanted)
    lost = [each for each in done if not each.is_whole]
    if lost:
        reason = "not as many events were stored or refused as its rows gave"
        raise DefinitionError.one(lost[0].name, reason, "this is a fault of franca's: tell its makers")
    return not any(each.refused or _dead(each) for each in done)


def _print_loaded(done: Sequence[Loaded], wanted: Wanted) -> None:
    if wanted.as_json:
        print_json(done)
        return
    columns = ("file", "rows", "done before", "refused", "events", *wanted.into, "refused there")
    print_table("", columns, [_line(each, wanted.into) for each in done])
    if ended := sum(each.ended for each in done):
        typer.echo(f"\ndead letters ended, because their rows are good by now: {ended:,}")
    if any(each.refused or _dead(each) for each in done):
        typer.echo("\nwhat was refused is in the dead letters: `franca dead-letters list`")


def _line(done: Loaded, into: Sequence[str]) -> tuple[object, ...]:
    stored = [done.stored[name].written for name in into]
    events = sum(done.events.values())
    return (done.name, done.rows, done.before, done.refused, events, *stored, _dead(done))


def _dead(done: Loaded) -> int:
    return sum(each.dead for each in done.stored.values())


def shown(loading: Loading, snapshots: Snapshots, wanted: Wanted) -> bool:
    """Map snapshots and show what they would give; return whether no row is refused."""
    report = []
    with telling() as tell:
        for snapshot, some in snapshots:
            with closing(loading.mapping(snapshot)) as mapping:
                report.append(tried(mapping, snapshot, some, wanted.samples, tell))
    for found in report:
        found.samples = {
            topic: [_sample(loading, topic, event, wanted) for event in events]
            for topic, events in found.samples.items()
        }
    if wanted.as_json:
        print_json(report)
    else:
        for found in report:
            _print(found)
    return not any(found.refused for found in report)


def _sample(loading: Loading, topic: str, event: msgspec.Raw, wanted: Wanted) -> msgspec.Raw:
    """Return an event as it may be shown."""
    if wanted.is_revealed:
        return event
    (shape,) = [shape for shape in loading.shapes if entity_topic(shape) == topic]
    whole = msgspec.json.decode(event)
    personal = {field.name for field in shape.fields if field.is_personal}
    data = {name: MASK if name in personal else value for name, value in whole["data"].items()}
    if personal & {key.name for key in shape.keys}:
        whole["subject"] = MASK
    return msgspec.Raw(msgspec.json.encode({**whole, "data": data}))


def _print(found: Tried) -> None:
    say(f"{found.name}: {found.rows:,} rows, {found.refused:,} of them refused; nothing is written")
    print_table("", ("entity", "events"), found.events.items())
    if found.problems:
        columns = ("problem", "path", "rows", "first", "reason of the first")
        print_table("", columns, [(k.code, k.path, k.count, k.row, k.reason) for k in found.problems])
    for events in found.samples.values():
        for event in events:
            say(bytes(event).decode())
