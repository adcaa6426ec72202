"""The services' folders and log files, and what went wrong according to them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from franca.errors import UnavailableError

ROTATE_BYTES = 10_000_000
TAIL_BYTES = 1_500
NEEDED_BYTES = 200_000_000

FOLDERS = "run franca as an ordinary user in a folder of its own; root needs folders that others may enter"

SYMPTOMS = (
    ("No space left on device", "the disk is full", "free some space and start again; nothing is lost"),
    ("Disk quota exceeded", "the disk quota is used up", "free some space and start again; nothing is lost"),
    ("could not map anonymous shared memory", "there is too little memory", "end other programs"),
    ("There is insufficient memory", "there is too little memory", "end other programs"),
    ("Could not reserve enough space", "there is too little memory", "end other programs"),
    ("OutOfMemoryError", "it ran out of memory", "end other programs, or use a larger machine"),
    ("Read-only file system", "its folder is read-only", "run franca where you can write"),
    ("Permission denied", "the account it runs under may not use its files", FOLDERS),
    ("Operation not permitted", "it may not change to another account", FOLDERS),
    ("Too many open files", "it may not open enough files", "raise the limit with `ulimit -n 4096`"),
)
"""Words in a log, what they mean, what to do."""


class Log:
    """The log of one service. `begin` marks where the present attempt starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def begin(self) -> None:
        """Put a large log aside, and forget what is in it about earlier attempts."""
        if self.path.exists() and self.path.stat().st_size > ROTATE_BYTES:
            self.path.replace(self.path.with_suffix(".old.log"))
        self._start = self.path.stat().st_size if self.path.exists() else 0

    def text(self) -> str:
        """Return what was written since `begin`."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._start)
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def failure(self, service: str, what: str) -> UnavailableError:
        """Return the error for `what` did not start, with the log's reason where it is a known one."""
        text = self.text()
        for words, reason, remedy in SYMPTOMS:
            if words in text:
                return UnavailableError(service, f"{what} did not start: {reason}", remedy)
        last_words = text[-TAIL_BYTES:].strip()
        return UnavailableError(
            service, f"{what} did not start; its last words: {last_words!r}", f"see {str(self.path)!r}"
        )


@contextmanager
def usable(data: Path, log: Path, service: str) -> Iterator[None]:
    """Make a service's folders and keep to the error tree what goes wrong with files while it starts.

    Raises UnavailableError where the folder can't be written or the disk is full.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        log.parent.mkdir(exist_ok=True)
        ignore = data.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        _require_space(data, service)
        yield
    except OSError as error:
        raise UnavailableError(
            service,
            f"{str(error.filename or data)!r} can't be used: {error.strerror or error}",
            "make the folder writable for this account, or run franca where you can write",
        ) from error


def _require_space(data: Path, service: str) -> None:
    free = shutil.disk_usage(data).free
    if free < NEEDED_BYTES:
        raise UnavailableError(
            service,
            f"the disk is full: {free // 1_000_000} MB are free in {str(data)!r}, "
            f"expected at least {NEEDED_BYTES // 1_000_000} MB",
            "free some space and start again; nothing is lost",
        )
