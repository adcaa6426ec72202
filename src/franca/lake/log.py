"""The log of one Delta table, as far as an appending writer needs it: version, marks, the next commit.

A mark is a Delta transaction identifier: a name with a number, set in the same commit as the rows. Commits
are written here and not through deltalake, which replays the log for each one: 0.4 ms instead of 10 to 28.
deltalake opens the table, and writes the checkpoints.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import obstore
from deltalake import DeltaTable
from obstore.exceptions import AlreadyExistsError, BaseError

from franca.lake.features import require_plain
from franca.lake.location import ObjectStore, Options, is_local
from franca.lake.marks import commit_name, decoded, is_told, marking, marks_of, moved, raw_commit
from franca.lake.opening import newest_version
from franca.lake.rows_file import now

CHECKPOINT_COMMITS = 100
LOG_RETENTION_HOURS = 1
"""How long the log keeps commits that a checkpoint has absorbed; rows are never removed with them."""

KEPT_HOURS = 24
"""How long at least a table remembers when a file was replaced: each checkpoint writes all of them."""

REMEMBERING = "delta.deletedFileRetentionDuration"

TAKING_BACK_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Others that wrote behind a log that is gone take that back within so long."""

_TRUSTED_SECONDS = LOG_RETENTION_HOURS * 3600 / 4
"""For so long after a look at the log no commit that followed can have been cleaned away."""

Action = dict[str, Any]

Clocks = Callable[[], tuple[float, float]]
"""Two clocks: one that nobody sets, and one that runs on while a machine is suspended."""


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()


class TableChangedError(Exception):
    """Somebody changed the table's columns or protocol, took its log away, or put an older one there.

    It has to be opened and checked again.
    """


class DeltaLog:
    """The newest known version of a table and its marks. `files` is the store whose root is the table."""

    def __init__(self, url: str, options: Options, files: ObjectStore, clocks: Clocks = _clocks) -> None:
        self._url = url
        self._options = options
        self._files = files
        self._clocks = clocks
        self._body: bytes | None = None
        self.load()

    def load(self) -> None:
        """Read the newest version, checkpoint first.

        Raises DefinitionError where the table got features that commits would break, UnavailableError, and
        what deltalake and the store raise; what was known before stays known.
        """
        seen = self._clocks()
        table = newest_version(self._url, self._options)
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
        self.require_known()
        while (body := raw_commit(self._files, self._version + 1)) is not None:
            self._advance(body)
        self._seen = seen

    def require_known(self) -> None:
        """Raise TableChangedError where the log does not tell of the known version any more."""
        if not is_told(self._files, self._version, self._body):
            raise TableChangedError

    def glance(self) -> None:
        """Raise as `require_known` does, where the log is on this machine and the known commit is gone.

        Elsewhere each look takes a journey, and the one after a commit does.
        """
        if is_local(self._url) and not Path(self._url, commit_name(self._version)).exists():
            self.require_known()

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
        require_told(self._files, self._version, self._body, (body, actions))
        self._version += 1
        self._body = body
        self._marks.update(marks)
        return self._is_the_newest(marks)

    @property
    def wants_checkpoint(self) -> bool:
        """True after the commits that are followed by a checkpoint."""
        return self._version % CHECKPOINT_COMMITS == 0

    def checkpoint(self) -> None:
        """Write a checkpoint, and remove the commits that it has absorbed and that are old enough."""
        seen = self._clocks()
        table = newest_version(self._url, self._options)
        table.create_checkpoint()
        table.cleanup_metadata()
        self._know(table, seen)

    def _know(self, table: DeltaTable, seen: tuple[float, float]) -> None:
        self._marks = marks_of(table, self._files)
        self._version: int = table.version()
        self._body = raw_commit(self._files, self._version)
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

    def _advance(self, body: bytes) -> None:
        actions = decoded(self._files, self._version + 1, body)
        if any("metaData" in action or "protocol" in action for action in actions):
            raise TableChangedError
        self._marks.update(moved(actions))
        self._version += 1
        self._body = body


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


def require_told(
    files: ObjectStore, version: int, known: bytes | None, commit: tuple[bytes, Sequence[Action]]
) -> None:
    """Take back the commit made behind a version of which the log does not tell any more.

    Raises TableChangedError then: nobody could open the table any more. The commit is its bytes and actions.
    """
    if not is_told(files, version, known):
        take_back(files, version + 1, commit)
        raise TableChangedError


def take_back(files: ObjectStore, version: int, commit: tuple[bytes, Sequence[Action]]) -> None:
    """Take back a commit, with its files; it stays where somebody has gone on behind it.

    Who has may be about to take that back as well, which is waited for.
    """
    body, actions = commit
    for pause in TAKING_BACK_SECONDS:
        if raw_commit(files, version) != body:
            return
        if raw_commit(files, version + 1) is None:
            obstore.delete(files, commit_name(version))
            with suppress(BaseError, OSError):  # a vacuum finds them, unless they went with the log
                obstore.delete(files, [action["add"]["path"] for action in actions if "add" in action])
            return
        time.sleep(pause)


def remembering(hours: int) -> dict[str, str]:
    """Return the property by which a table remembers for some hours what was replaced."""
    return {REMEMBERING: f"interval {max(hours, KEPT_HOURS)} hours"}
