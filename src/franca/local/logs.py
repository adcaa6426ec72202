"""The services' folders and log files."""

import shutil
from pathlib import Path

from franca.errors import UnavailableError

ROTATE_BYTES = 10_000_000
TAIL_BYTES = 2_000
NEEDED_BYTES = 200_000_000


def prepare(data: Path, log: Path, service: str) -> None:
    """Make the folders of a service, and put a large log aside. Raises UnavailableError."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        log.parent.mkdir(exist_ok=True)
        ignore = data.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        if log.exists() and log.stat().st_size > ROTATE_BYTES:
            log.replace(log.with_suffix(".old.log"))
    except OSError as error:
        raise UnavailableError(
            service,
            f"its folder {str(data)!r} can't be used: {error.strerror}",
            "make the folder writable for this account, or run franca where you can write",
        ) from error
    free = shutil.disk_usage(data).free
    if free < NEEDED_BYTES:
        raise UnavailableError(
            service,
            f"the disk is full: {free // 1_000_000} MB are free in {str(data)!r}, "
            f"at least {NEEDED_BYTES // 1_000_000} MB are needed",
            "free some space and start again; nothing is lost",
        )


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
