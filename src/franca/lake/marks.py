"""The marks of a Delta table, all of them at once, out of its log: the last checkpoint and what follows it.

deltalake reads the log for each mark by itself, also long after a table was opened: others may have cleaned
away by then what the table was opened with.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated, Any

import msgspec
import obstore
from deltalake import DeltaTable
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore

from franca.errors import UnavailableError
from franca.lake.location import ObjectStore
from franca.lake.rows_file import opened
from franca.lake.translation import DamagedLogError

LATEST = 100
"""Among so many versions there is a checkpoint, where these are not late."""

READ_TOGETHER = 16
"""So many commits are read at once: each takes a journey where the lake is not on this machine."""

TRIES = 10

_COMMIT = re.compile(r"_delta_log/(\d{20})\.json")
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
    return decoded(files, version, obstore.get(files, commit_name(version)).bytes().to_bytes())


def raw_commit(files: ObjectStore, version: int) -> bytes | None:
    """Return the bytes of a version's commit, None where none is."""
    try:
        if isinstance(files, LocalStore) and (folder := files.prefix):
            path = f"{folder}/{commit_name(version)}"
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path takes twice as long
                return file.read()
        return obstore.get(files, commit_name(version)).bytes().to_bytes()
    except (NotFoundError, FileNotFoundError):
        return None


def is_told(files: ObjectStore, version: int, body: bytes | None) -> bool:
    """Return whether a table's log still tells of a version: by this commit, or by a checkpoint behind it.

    It does not where somebody took the log away, or put an older one in its place, which may have gone on
    since. `body` is None where nobody knows it.
    """
    found = raw_commit(files, version)
    if found is not None:
        return body is None or found == body
    checkpoint = _listed(files, sys.maxsize)
    return checkpoint is not None and checkpoint.version >= version


def decoded(files: ObjectStore, version: int, body: bytes) -> list[dict[str, Any]]:
    """Return the actions of a version's commit, whose bytes were read. Raises DamagedLogError."""
    reason: object = "it is empty"
    try:
        if body.strip():
            return [msgspec.json.decode(line) for line in body.splitlines() if line.strip()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = error
    is_last = not _is_there(files, commit_name(version + 1))
    raise DamagedLogError(f"{commit_name(version)}: {reason}", is_last=is_last)


def sizes_of(files: ObjectStore, version: int = sys.maxsize) -> dict[int, int]:
    """Return the commits behind the last checkpoint, up to a version: how many bytes each has.

    On this machine each is asked for: a folder that holds the commits of an hour takes longer to list.
    Elsewhere one listing of the end of the log does, unless checkpoints are late.
    """
    if isinstance(files, LocalStore) and files.prefix and version < sys.maxsize:
        with suppress(NotFoundError, FileNotFoundError):
            behind = range(_hinted(files, version).version + 1, version + 1)
            return {each: (files.prefix / commit_name(each)).stat().st_size for each in behind}
    first = version - LATEST if LATEST < version < sys.maxsize else 0
    found, checkpoint = _looked_at(files, version, first)
    if first and checkpoint is None:
        found, checkpoint = _looked_at(files, version, 0)
    after = checkpoint.version if checkpoint else -1
    names = ((_COMMIT.fullmatch(path), size) for path, size in found.items())
    return {int(name[1]): size for name, size in names if name and after < int(name[1]) <= version}


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
    return _looked_at(files, version, 0)[1]


def _looked_at(files: ObjectStore, version: int, first: int) -> tuple[Mapping[str, int], _Checkpoint | None]:
    """Return the sizes of the log's files from a version on, and the newest whole checkpoint among them.

    What is empty is no checkpoint, as for deltalake.
    """
    listing = obstore.list(files, "_delta_log", offset=f"_delta_log/{first:020d}", chunk_size=1_000)
    sizes = {each["path"]: each["size"] for some in listing for each in some}
    names = (_CHECKPOINT.fullmatch(path) for path, size in sizes.items() if size)
    found = Counter(_Checkpoint(int(name[1]), int(name[3]) if name[3] else None) for name in names if name)
    whole = (each for each, count in found.items() if each.version <= version and count == (each.parts or 1))
    return sizes, max(whole, key=lambda each: each.version, default=None)


def _is_there(files: ObjectStore, path: str) -> bool:
    try:
        obstore.head(files, path)
    except (NotFoundError, FileNotFoundError):
        return False
    return True


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
