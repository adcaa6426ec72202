"""The marks of a Delta table, all of them at once, out of its log: the last checkpoint and what follows it.

deltalake reads the log for each mark by itself, also long after a table was opened: others may have cleaned
away by then what the table was opened with.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated, Any

import msgspec
import obstore
from deltalake import DeltaTable
from obstore.exceptions import NotFoundError

from franca.errors import UnavailableError
from franca.lake.location import ObjectStore
from franca.lake.rows_file import opened
from franca.lake.translation import DamagedLogError

READ_TOGETHER = 16
"""So many commits are read at once: each takes a journey where the lake is not on this machine."""

TRIES = 10

_CHECKPOINT = re.compile(r"_delta_log/(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet")
"""The name of a checkpoint's file: its version, and which of how many it is where it is not the only one."""


def marks_of(table: DeltaTable, files: ObjectStore) -> dict[str, int]:
    """Return all marks of a table at its version, which is made the newest where its log is cleaned away.

    `files` is the store whose root is the table. Raises UnavailableError, and what deltalake and obstore
    raise.
    """
    for _ in range(TRIES):
        for checkpoint_of in (_hinted, _listed):
            with suppress(NotFoundError, FileNotFoundError):
                return _marks(files, checkpoint_of(files, table.version()), table.version())
        table.update_incremental()
    raise UnavailableError("lake", f"{table.table_uri}: commits are missing in its log", "try again")


def moved(actions: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the marks that a commit sets."""
    return {action["txn"]["appId"]: action["txn"]["version"] for action in actions if "txn" in action}


def marking(marks: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the actions by which a commit sets marks."""
    return [{"txn": {"appId": name, "version": value}} for name, value in marks.items()]


def read_commit(files: ObjectStore, version: int) -> list[dict[str, Any]]:
    """Return the actions of a version's commit.

    Raises NotFoundError or FileNotFoundError where none is, DamagedLogError where it is no JSON or nothing.
    """
    name = commit_name(version)
    body = obstore.get(files, name).bytes().to_bytes()
    if not body.strip():
        raise DamagedLogError(f"{name}: it is empty")
    try:
        return [msgspec.json.decode(line) for line in body.splitlines() if line.strip()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedLogError(f"{name}: {error}") from error


def commit_name(version: int) -> str:
    """Return the name of a version's commit, below the table's root."""
    return f"_delta_log/{version:020d}.json"


class _Checkpoint(msgspec.Struct, frozen=True):
    """What a log tells of its last checkpoint: the version, and in how many files it is where not in one."""

    version: Annotated[int, msgspec.Meta(ge=0)]
    parts: Annotated[int, msgspec.Meta(ge=1)] | None = None

    @property
    def names(self) -> list[str]:
        """The names of its files, below the table's root."""
        stem = f"_delta_log/{self.version:020d}.checkpoint"
        if self.parts is None:
            return [f"{stem}.parquet"]
        return [f"{stem}.{number:010d}.{self.parts:010d}.parquet" for number in range(1, self.parts + 1)]


def _hinted(files: ObjectStore, version: int) -> _Checkpoint:
    """Return the checkpoint that the log says is its last. Raises FileNotFoundError where none is usable.

    It is a hint: copies of a table may lack it, and a power cut leaves half of it.
    """
    told = obstore.get(files, "_delta_log/_last_checkpoint").bytes().to_bytes()
    with suppress(msgspec.DecodeError):
        checkpoint = msgspec.json.decode(told, type=_Checkpoint)
        if checkpoint.version <= version:
            return checkpoint
    raise FileNotFoundError


def _listed(files: ObjectStore, version: int) -> _Checkpoint | None:
    """Return the newest whole checkpoint up to a version among the log's files, None where there is none."""
    names = (
        _CHECKPOINT.fullmatch(each["path"]) for some in obstore.list(files, "_delta_log") for each in some
    )
    found = Counter(_Checkpoint(int(name[1]), int(name[3]) if name[3] else None) for name in names if name)
    whole = (each for each, count in found.items() if each.version <= version and count == (each.parts or 1))
    return max(whole, key=lambda each: each.version, default=None)


def _marks(files: ObjectStore, checkpoint: _Checkpoint | None, version: int) -> dict[str, int]:
    """Return the marks at a version, by a checkpoint before it and the commits that follow that."""
    later = range(checkpoint.version + 1 if checkpoint else 0, version + 1)
    with ThreadPoolExecutor(READ_TOGETHER) as pool:
        commits = list(pool.map(lambda each: read_commit(files, each), later))
    known = _absorbed(files, checkpoint) if checkpoint else {}
    return known | {name: value for actions in commits for name, value in moved(actions).items()}


def _absorbed(files: ObjectStore, checkpoint: _Checkpoint) -> dict[str, int]:
    """Return the marks that a checkpoint has."""
    parts = (
        opened(files, name).read(["txn.appId", "txn.version"], use_threads=False) for name in checkpoint.names
    )
    found = (txn for rows in parts if rows.num_columns for txn in rows["txn"].drop_null().to_pylist())
    return {txn["appId"]: txn["version"] for txn in found}
