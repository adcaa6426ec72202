"""What a program is given to read, and has to leave as it is: others are given the same."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.process import MeasurementError


class InputChangedError(MeasurementError):
    """A program changed what it was given to read, or what is kept for others."""


@contextmanager
def left_alone(program: str, given: tuple[Path, ...]) -> Iterator[None]:
    """Watch files and folders while a program runs; what it changed is removed, to be written anew.

    Raises:
        InputChangedError: it changed some of them, even where it failed besides.
    """
    before = [_marks(path) for path in given]
    changed: list[Path] = []
    failure: MeasurementError | None = None
    try:
        yield
    except MeasurementError as error:
        failure = error
    finally:
        changed += [path for path, marks in zip(given, before, strict=True) if _marks(path) != marks]
        for path in changed:
            _remove(path)
    if changed:
        names = ", ".join(map(str, changed))
        raise InputChangedError(f"{program} changed its input {names}, which is written anew for others")
    if failure:
        raise failure


def _marks(path: Path) -> dict[Path, tuple[int, int]]:
    """Return size and time of a file, or of all below a folder."""
    files = [each for each in (path, *path.rglob("*")) if each.is_file()]
    return {each: (each.stat().st_size, each.stat().st_mtime_ns) for each in files}


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
