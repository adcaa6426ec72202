"""What the workers of one machine told last: a file a worker, beside the project's other state."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from franca.pipeline.progress import Progress


def keep_picture(state: Path, picture: Progress, slot: int) -> None:
    """Keep a worker's last picture, in the place of the one before. Raises OSError.

    Every worker does twice a second, idle or not: `Path` would take half of what an idle one uses.
    """
    path = f"{state}/run/{picture.pipeline}.{slot}"
    scratch, data = f"{path}.{os.getpid()}", msgspec.json.encode(picture)
    try:
        _write(scratch, data)
    except FileNotFoundError:
        (state / "run").mkdir(parents=True, exist_ok=True)
        _write(scratch, data)
    os.replace(scratch, f"{path}.json")  # noqa: PTH105 - see above


def _write(path: str, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        os.write(file, data)
    finally:
        os.close(file)


def pictures(state: Path, pipeline: str) -> Iterator[Progress]:
    """Yield the last picture of each of a pipeline's workers; a file that can't be read is passed over."""
    for path in sorted((state / "run").glob(f"{pipeline}.*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Progress)
        except (OSError, msgspec.DecodeError):
            continue
