"""A table that promises what franca's commits would break is left alone, and says what promises it."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from deltalake import DeltaTable

from franca.errors import DefinitionError
from franca.lake.compaction import compact
from franca.lake.location import open_store
from franca.lake.log import DeltaLog, create_commit
from franca.lake.vacuum import vacuum
from tests.individuals import SHAPE
from tests.unit.lake.test_events_table import ROWS, table
from tests.unit.lake.test_fold import Lake

ROW_IDS = ("appendOnly", "invariants", "domainMetadata", "rowTracking")


def commit(folder: Path, *actions: dict[str, Any]) -> None:
    """Do to a table what others do."""
    body = b"\n".join(map(msgspec.json.encode, actions))
    assert create_commit(open_store(str(folder), {}), DeltaTable(folder).version() + 1, body) is None


def protocol(features: Sequence[str], read: Sequence[str] = ()) -> dict[str, Any]:
    """Return the action by which a table gets features."""
    versions = {"minReaderVersion": 3 if read else 1, "minWriterVersion": 7, "writerFeatures": features}
    return {"protocol": versions | ({"readerFeatures": read} if read else {})}


def altered(folder: Path, writer: int, column: dict[str, Any], **settings: str) -> tuple[dict[str, Any], ...]:
    """Return the actions by which a table of an older protocol gets settings, and its first column some."""
    table = DeltaTable(folder)
    schema = msgspec.json.decode(table.schema().to_json())
    schema["fields"][0]["metadata"] = column
    metadata = {
        "id": str(table.metadata().id),
        "format": {"provider": "parquet", "options": {}},
        "schemaString": msgspec.json.encode(schema).decode(),
        "partitionColumns": [],
        "configuration": table.metadata().configuration | settings,
    }
    return {"protocol": {"minReaderVersion": 1, "minWriterVersion": writer}}, {"metaData": metadata}


@pytest.mark.parametrize(
    ("features", "read", "named"),
    [
        (ROW_IDS, (), "domainMetadata, rowTracking"),
        (("inCommitTimestamp",), (), "inCommitTimestamp"),
        (("deletionVectors",), ("deletionVectors",), "deletionVectors"),
        (("what comes next",), (), "what comes next"),
    ],
)
def test_a_writer_ends_where_a_table_gets_features_that_it_would_break(
    tmp_path: Path, features: Sequence[str], read: Sequence[str], named: str
) -> None:
    """Whoever opens it, sees what is to be added, or runs already: nothing is stored."""
    running = table(tmp_path)
    commit(tmp_path, protocol(features, read))
    with pytest.raises(DefinitionError, match=rf"break features that the table has: {named}; drop what is"):
        table(tmp_path)
    with pytest.raises(DefinitionError, match=named):
        running.pending()
    with pytest.raises(DefinitionError, match=named):
        running.append(ROWS, {"a": 1}, {})
    assert DeltaTable(tmp_path).version() == 1


USED: list[tuple[int, dict[str, Any], dict[str, str], str]] = [
    (3, {}, {"delta.constraints.c": "1 = 1"}, "checkConstraints"),
    (4, {"delta.generationExpression": "1"}, {}, "generatedColumns"),
    (5, {}, {"delta.columnMapping.mode": "id"}, "columnMapping"),
    (6, {"delta.identity.start": 1}, {}, "identityColumns"),
    (2, {"delta.invariants": '{"expression": {"expression": "1 = 1"}}'}, {}, "invariants"),
]


@pytest.mark.parametrize(("writer", "column", "settings", "named"), USED)
def test_features_of_older_protocols_are_told_by_their_use(
    tmp_path: Path, writer: int, column: dict[str, Any], settings: dict[str, str], named: str
) -> None:
    """Those have no list: a version stands for all that came up to it."""
    table(tmp_path)
    commit(tmp_path, *altered(tmp_path, writer, column, **settings))
    with pytest.raises(DefinitionError, match=f"features that the table has: {named};"):
        table(tmp_path)


def test_features_that_ask_for_nothing_do_no_harm(tmp_path: Path) -> None:
    """A feed of changes, and what is listed and not made use of."""
    table(tmp_path)
    listed = ("appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns")
    commit(tmp_path, protocol((*listed, "timestampNtz"), ("timestampNtz",)))
    assert table(tmp_path).append(ROWS, {"a": 1}, {})
    DeltaTable(tmp_path).alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    assert table(tmp_path).append(ROWS, {"a": 2}, {})
    assert DeltaTable(tmp_path).count() == 2


@pytest.mark.parametrize("name", ["snapshot", "deleted"])
def test_no_fold_writes_into_what_it_would_break(tmp_path: Path, name: str) -> None:
    """Nor does a vacuum, that tells in the log what it did; reading goes on."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"), ("b", 1, 1, None))
    lake.fold()
    commit(lake.table(name), protocol(ROW_IDS))
    lake.write(("c", 1, 1, "y"), ("d", 1, 1, None))
    files = {path for path in lake.table("snapshot").parent.rglob("*") if path.is_file()}
    for work in (lake.fold, lambda: vacuum(lake.url, SHAPE, {}, 24)):
        with pytest.raises(DefinitionError, match=rf"{name}: .* domainMetadata, rowTracking"):
            work()
    assert {path for path in lake.table("snapshot").parent.rglob("*") if path.is_file()} == files
    assert vacuum(lake.url, SHAPE, {}, 24, dry_run=True) == []
    assert lake.current == lake.expected


def test_nothing_is_put_together_that_it_would_break(tmp_path: Path) -> None:
    """Row ids are told of each file that is added."""
    lake = Lake(tmp_path)
    for number in range(5):
        lake.write(("a", number, 1, "x"))
    commit(lake.table("events"), protocol(ROW_IDS))
    with pytest.raises(DefinitionError, match=r"events: .* domainMetadata, rowTracking"):
        compact(lake.url, SHAPE, {}, tmp_path / "scratch")
    assert lake.current == lake.expected


def second_checkpoint(folder: Path) -> int:
    """Give a table a checkpoint of the second form, and return its version."""
    commit(folder, protocol(("v2Checkpoint",), ("v2Checkpoint",)))
    version = DeltaTable(folder).version()
    log = folder / "_delta_log"
    kept = [
        action
        for number in range(version + 1)
        for action in map(msgspec.json.decode, (log / f"{number:020}.json").read_bytes().splitlines())
        if not {"commitInfo"} & action.keys()
    ]
    old = next(action for action in kept if "protocol" in action)
    body = [{"checkpointMetadata": {"version": version}}, *(each for each in kept if each is not old)]
    (log / f"{version:020}.checkpoint.{uuid.uuid4()}.json").write_bytes(
        b"\n".join(map(msgspec.json.encode, body))
    )
    return version


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_checkpoints_of_the_second_form_are_told_as_what_they_are(tmp_path: Path, first: int) -> None:
    """Also where commits that they absorbed are gone, and to a writer who slept meanwhile."""
    clock = [0.0]
    events, files = table(tmp_path), open_store(str(tmp_path), {})
    asleep = DeltaLog(str(tmp_path), {}, files, lambda: (clock[0], clock[0]))
    assert events.append(ROWS, {"a": 1}, {})
    version = second_checkpoint(tmp_path)
    assert version == 2
    for number in range(first):
        (tmp_path / "_delta_log" / f"{number:020}.json").unlink()
    if first == 3:
        commit(tmp_path, {"commitInfo": {}})
    assert DeltaTable(tmp_path).count() == 1
    clock[0] = 3600.0
    for wake in (lambda: table(tmp_path), asleep.refresh):
        with pytest.raises(DefinitionError, match="features that the table has: v2Checkpoint;"):
            wake()
