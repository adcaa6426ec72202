"""How a bench ends: told, in good order, and with what a killed one left behind ended by the next."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import psutil

from bench.plan import tell
from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres

INTERRUPTED = (130, 143)
"""What a bench gives that was ended by Ctrl-C, or told to."""

SERVICES = Path("services")
"""Where in a bench's folder its services are."""


def leave(main: Callable[[], int], told: str) -> NoReturn:
    """Run a bench and leave with its code; where it was interrupted, tell what that means."""
    try:
        code = main()
    except KeyboardInterrupt:
        code = INTERRUPTED[0]
    except SystemExit as end:
        if end.code not in INTERRUPTED:
            raise
        code = end.code
    if code in INTERRUPTED:
        tell(f"interrupted; {told}")
    sys.exit(code)


@contextmanager
def own_folder(prefix: str, end: Callable[[Path], object] | None = None) -> Iterator[Path]:
    """Give an empty folder, gone after; first end what those left behind that were killed.

    A lock beside the folder is held as long as it is used: of one that was killed nobody holds it. `end` ends
    what works for a folder, and removes it; by default as a bench does.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    _end_abandoned(folder.parent, prefix, end or _end)
    with folder.with_suffix(".new").open("w") as user:
        fcntl.flock(user, fcntl.LOCK_EX)
        held = Path(user.name).rename(folder.with_suffix(".user"))  # locked before others can see it
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            held.unlink()


def _end_abandoned(place: Path, prefix: str, end: Callable[[Path], object]) -> None:
    for path in place.glob(f"{prefix}*.user"):
        if not os.access(path, os.W_OK):
            continue
        with path.open("a") as user:
            try:
                fcntl.flock(user, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            tell(f"ending what one left that was killed: {path.with_suffix('')}")
            end(path.with_suffix(""))
            path.unlink(missing_ok=True)


def _end(folder: Path) -> None:
    """End programs and services that work for a bench's folder, and remove it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(str(folder) in word for word in process.cmdline()):
                process.kill()
    for server in (LocalKafka, LocalPostgres):
        server(folder / SERVICES / ".franca").stop()
    shutil.rmtree(folder, ignore_errors=True)
