"""A log that is gone, has gaps, or a commit that is no whole one: it is told, and how to go on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import obstore
import pytest
from deltalake import DeltaTable
from obstore.store import LocalStore, MemoryStore

from franca.errors import DefinitionError
from franca.lake.bound import bound_of
from franca.lake.compaction import compact
from franca.lake.condition import condition
from franca.lake.marks import sizes_of
from franca.lake.upkeep import Policy, tend
from franca.lake.vacuum import vacuum
from franca.lake.verification import verify
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from tests.individuals import SHAPE
from tests.unit.lake.test_events_table import ROWS, table
from tests.unit.lake.test_fold import Lake


def test_a_table_that_lost_its_log_is_not_begun_anew(tmp_path: Path) -> None:
    """Its rows would be forgotten without a word, and those of what the topics no longer have for good."""
    events = table(tmp_path)
    assert events.append(ROWS, {"a": 1}, {})
    (tmp_path / "_delta_log").rename(tmp_path.parent / "log")
    with pytest.raises(DefinitionError, match=r"a table has lost its log.*bring _delta_log back"):
        table(tmp_path)
    (tmp_path.parent / "log").rename(tmp_path / "_delta_log")
    assert table(tmp_path).mark("a") == 1


def test_a_log_that_lacks_a_commit_says_which(tmp_path: Path) -> None:
    """Waiting does not bring it back."""
    events = table(tmp_path)
    for value in range(3):
        assert events.append(ROWS, {"a": value}, {})
    log = tmp_path / "_delta_log"
    (log / f"{2:020}.json").rename(log / "kept")
    with pytest.raises(DefinitionError, match=rf"commits of its log are missing behind {1:020}\.json; bring"):
        table(tmp_path)
    (log / "kept").rename(log / f"{2:020}.json")
    (log / f"{0:020}.json").unlink()
    with pytest.raises(DefinitionError, match="the first commits of its log are missing; bring them back"):
        table(tmp_path)


@pytest.mark.parametrize(
    "damage", [lambda body: body[:200], lambda body: b"\0" * len(body), lambda body: b""]
)
def test_a_commit_that_is_damaged_is_told(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """By who opens the table, and by a writer who runs: a power cut or a copy leaves half of it."""
    events, other = table(tmp_path), table(tmp_path)
    assert other.append(ROWS, {"b": 1}, {})
    commit = tmp_path / "_delta_log" / f"{1:020}.json"
    commit.write_bytes(damage(commit.read_bytes()))
    with pytest.raises(DefinitionError, match=rf"damaged: _delta_log/{1:020}\.json: "):
        events.refresh()
    with pytest.raises(
        DefinitionError, match=r"commits of its log are damaged: .*; the last one can be removed"
    ):
        table(tmp_path)
    commit.unlink()
    assert table(tmp_path).append(ROWS, {"b": 1}, {})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake whose tables have commits of their own, the last of the events without a checkpoint."""
    found = Lake(tmp_path)
    for number in range(4):
        found.write(("a", number, 1, "x"), ("b", number, 1, None))
        found.fold()
    found.write(("a", 5, 1, "y"))
    return found


READING_OR_COMMITTING: dict[str, Callable[[Lake], object]] = {
    "query": lambda lake: lake.current,
    "status": lambda lake: condition(lake.url, SHAPE, {}),
    "verify": lambda lake: verify(lake.url, SHAPE, {}, lake.folder / "scratch"),
    "fold": lambda lake: lake.fold(),
    "compact": lambda lake: compact(lake.url, SHAPE, {}, lake.folder / "scratch"),
    "vacuum": lambda lake: vacuum(lake.url, SHAPE, {}, 24),
    "upkeep": lambda lake: tend(lake.url, SHAPE, {}, lake.folder / "scratch", Policy()),
    "bound": lambda lake: bound_of(lake.url, SHAPE, {}),
    "write": lambda lake: DeltaSink(lake.url, [SHAPE], Parking(lambda _: None, "lake", ["crm"])).open(),
}


@pytest.mark.parametrize("what", READING_OR_COMMITTING)
def test_nobody_reads_past_a_commit_that_is_empty(lake: Lake, what: str) -> None:
    """An older state would be told for the newest, and the next commit come behind what is lost."""
    log = lake.table("events") / "_delta_log"
    last = max(log.glob("*.json"))
    whole = last.read_bytes()
    last.write_bytes(b"")
    with pytest.raises(
        DefinitionError, match=rf"events: .* damaged: _delta_log/{last.name}: it is empty; the last one can"
    ):
        READING_OR_COMMITTING[what](lake)
    assert max(log.glob("*.json")) == last
    last.write_bytes(whole)
    READING_OR_COMMITTING[what](lake)


@pytest.mark.parametrize("damage", [lambda body: body[:-40], lambda body: b""])
@pytest.mark.parametrize("has_checkpoint", [False, True])
def test_only_the_last_commit_can_be_removed(
    lake: Lake, damage: Callable[[bytes], bytes], *, has_checkpoint: bool
) -> None:
    """What others told is not done again without them; those that a checkpoint has are not asked for."""
    table, log = DeltaTable(lake.table("events")), lake.table("events") / "_delta_log"
    middle = log / f"{table.version() - 1:020}.json"
    if has_checkpoint:
        table.create_checkpoint()
    middle.write_bytes(damage(middle.read_bytes()))
    if has_checkpoint:
        assert lake.current == lake.expected
        return
    with pytest.raises(DefinitionError, match=rf"damaged: _delta_log/{middle.name}: [^;]*; bring them back"):
        assert lake.current


@pytest.mark.parametrize(
    ("table", "remedy"),
    [
        (
            "snapshot",
            "the last one can be removed, and what it told is done again; bring them back; or remove",
        ),
        ("deleted", "bring them back; or remove this folder and the snapshot's, and fold"),
    ],
)
def test_what_is_folded_is_not_read_past_either(lake: Lake, table: str, remedy: str) -> None:
    """Of deleted keys an older state would let late changes count, and the next fold tells of new ones."""
    last = max((lake.table(table) / "_delta_log").glob("*.json"))
    last.write_bytes(b"")
    for read in (lambda: lake.current, lake.fold):
        with pytest.raises(DefinitionError, match=rf"{table}: .* it is empty; {remedy}"):
            read()
    last.unlink()
    if table == "deleted":
        for folder in ("deleted", "snapshot"):
            shutil.rmtree(lake.table(folder))
    lake.fold()
    assert verify(lake.url, SHAPE, {}, lake.folder / "scratch").problems == []


@pytest.mark.parametrize("is_hinted", [True, False])
def test_of_a_long_log_what_follows_the_checkpoint_is_looked_at(tmp_path: Path, *, is_hinted: bool) -> None:
    """Whether the log says which is its last or the listing does; in memory as a bucket has it, and here."""
    folder = tmp_path / "_delta_log"
    folder.mkdir()
    (folder / f"{3:020}.checkpoint.parquet").write_bytes(b"x")
    (folder / f"{7:020}.checkpoint.parquet").write_bytes(b"")
    for version in range(200):
        (folder / f"{version:020}.json").write_bytes(b"x" * (version % 2))
    if is_hinted:
        (folder / "_last_checkpoint").write_text('{"version": 3}')
    bucket = MemoryStore()
    for path in folder.iterdir():
        obstore.put(bucket, f"_delta_log/{path.name}", path.read_bytes())
    for files in (LocalStore(tmp_path), bucket):
        assert sizes_of(files, 198) == {version: version % 2 for version in range(4, 199)}
        obstore.put(files, f"_delta_log/{150:020}.checkpoint.parquet", b"x")
        last = 3 if is_hinted and isinstance(files, LocalStore) else 150
        assert min(sizes_of(files, 198)) == last + 1


@pytest.mark.parametrize("kept", [None, 0, 500])
@pytest.mark.parametrize("what", ["query", "status", "fold", "write"])
def test_a_checkpoint_that_is_lost_is_told(lake: Lake, kept: int | None, what: str) -> None:
    """Waiting does not bring it back; where no commit was cleaned away yet, nothing else has to."""
    table, log = DeltaTable(lake.table("events")), lake.table("events") / "_delta_log"
    table.create_checkpoint()
    (checkpoint,) = log.glob("*.checkpoint.parquet")
    if kept is None:
        checkpoint.unlink()
    else:
        checkpoint.write_bytes(checkpoint.read_bytes()[:kept])
    said = rf"events: checkpoints of its log are .* all commits from {0:020}\.json on are there, remove these"
    with pytest.raises(DefinitionError, match=rf"{said} and `_last_checkpoint`; bring them back; or remove"):
        READING_OR_COMMITTING[what](lake)
    for path in (checkpoint, log / "_last_checkpoint"):
        path.unlink(missing_ok=True)
    READING_OR_COMMITTING[what](lake)
    assert lake.current == lake.expected
