"""The log of one Delta table, as far as an appending writer needs it: version, marks, the next commit.

A mark is a Delta transaction identifier: a name with a number, set in the same commit as the rows. Commits
are written here and not through deltalake, which replays the log for each one: 0.4 ms instead of 10 to 28.
deltalake opens the table, and writes the checkpoints.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import obstore
from deltalake import DeltaTable
from obstore.exceptions import AlreadyExistsError, NotFoundError

from franca.lake.features import require_plain
from franca.lake.location import ObjectStore, Options
from franca.lake.marks import commit_name, marking, marks_of, moved, read_commit
from franca.lake.rows_file import now

CHECKPOINT_COMMITS = 100
LOG_RETENTION_HOURS = 1
"""How long the log keeps commits that a checkpoint has absorbed; rows are never removed with them."""

KEPT_HOURS = 24
"""How long at least a table remembers when a file was replaced: each checkpoint writes all of them."""

REMEMBERING = "delta.deletedFileRetentionDuration"

_TRUSTED_SECONDS = LOG_RETENTION_HOURS * 3600 / 4
"""For so long after a look at the log no commit that followed can have been cleaned away."""

Action = dict[str, Any]

Clocks = Callable[[], tuple[float, float]]
"""Two clocks: one that nobody sets, and one that runs on while a machine is suspended."""


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()


class TableChangedError(Exception):
    """Somebody changed the table's columns or protocol: it has to be opened and checked again."""


class DeltaLog:
    """The newest known version of a table and its marks. `files` is the store whose root is the table."""

    def __init__(self, url: str, options: Options, files: ObjectStore, clocks: Clocks = _clocks) -> None:
        self._url = url
        self._options = options
        self._files = files
        self._clocks = clocks
        self.load()

    def load(self) -> None:
        """Read the newest version, checkpoint first.

        Raises DefinitionError where the table got features that commits would break, UnavailableError, and
        what deltalake and the store raise; what was known before stays known.
        """
        seen = self._clocks()
        table = DeltaTable(self._url, storage_options=self._options)
        require_plain(self._url, table)
        self._know(table, seen)

    def mark(self, name: str) -> int | None:
        """Return the value of a mark at the known version."""
        return self._marks.get(name)

    def refresh(self) -> None:
        """Read what others have committed since the known version. Raises TableChangedError."""
        if not self._is_fresh():
            self.load()
        seen = self._clocks()
        while (actions := self._read(self._version + 1)) is not None:
            self._advance(actions)
        self._seen = seen

    def commit(self, actions: Sequence[Action], marks: Mapping[str, int]) -> bool:
        """Append a commit with these marks; False where one of them was moved by somebody else.

        The marks must have been checked against the known version. Raises TableChangedError, and what the
        store raises; it is then unknown whether the commit was made, until `refresh`.
        """
        body = b"\n".join(map(msgspec.json.encode, [*actions, *marking(marks)]))
        known = {name: self.mark(name) for name in marks}
        while create_commit(self._files, self._version + 1, body) is not None:
            self.refresh()
            if {name: self.mark(name) for name in marks} != known:
                return False
        self._version += 1
        self._marks.update(marks)
        return self._is_the_newest(marks)

    @property
    def wants_checkpoint(self) -> bool:
        """True after the commits that are followed by a checkpoint."""
        return self._version % CHECKPOINT_COMMITS == 0

    def checkpoint(self) -> None:
        """Write a checkpoint, and remove the commits that it has absorbed and that are old enough."""
        seen = self._clocks()
        table = DeltaTable(self._url, storage_options=self._options)
        table.create_checkpoint()
        table.cleanup_metadata()
        self._know(table, seen)

    def _know(self, table: DeltaTable, seen: tuple[float, float]) -> None:
        self._marks = marks_of(table, self._files)
        self._version: int = table.version()
        self._seen = seen

    def _is_the_newest(self, marks: Mapping[str, int]) -> bool:
        """Make sure that a commit counts whose writer slept for long.

        The number it took may have been used, absorbed by a checkpoint and cleaned away while it slept:
        nobody would look at it, and the marks tell.
        """
        if self._is_fresh():
            self._seen = self._clocks()
            return True
        self.load()
        return all(self.mark(name) == value for name, value in marks.items())

    def _is_fresh(self) -> bool:
        pairs = zip(self._clocks(), self._seen, strict=True)
        return all(0 <= now - then < _TRUSTED_SECONDS for now, then in pairs)

    def _read(self, version: int) -> list[Action] | None:
        try:
            return read_commit(self._files, version)
        except (NotFoundError, FileNotFoundError):
            return None

    def _advance(self, actions: list[Action]) -> None:
        if any("metaData" in action or "protocol" in action for action in actions):
            raise TableChangedError
        self._marks.update(moved(actions))
        self._version += 1


def info(operation: str, **more: Any) -> Action:
    """Return what a commit tells of itself; no two say the same."""
    own = {"timestamp": now(), "operation": operation, "engineInfo": "franca", "txnId": str(uuid.uuid4())}
    return {"commitInfo": {**own, **more}}


def create_commit(files: ObjectStore, version: int, body: bytes) -> bytes | None:
    """Write a version's commit; return None where it is there, the other one where somebody was quicker.

    A store may say that there is one where it made ours: the answer was lost, and the client tried again.
    """
    try:
        obstore.put(files, commit_name(version), body, mode="create")
    except AlreadyExistsError:
        other = obstore.get(files, commit_name(version)).bytes().to_bytes()
        return None if other == body else other
    return None


def remembering(hours: int) -> dict[str, str]:
    """Return the property by which a table remembers for some hours what was replaced."""
    return {REMEMBERING: f"interval {max(hours, KEPT_HOURS)} hours"}
