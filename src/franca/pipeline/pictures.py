"""What the workers of one machine told last: a file a worker, beside the project's other state."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from franca.pipeline.progress import Progress


def keep_picture(state: Path, picture: Progress, slot: int) -> None:
    """Keep a worker's last picture, in the place of the one before. Raises OSError."""
    folder = state / "run"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{picture.pipeline}.{slot}.json"
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_bytes(msgspec.json.encode(picture))
    scratch.replace(path)


def pictures(state: Path, pipeline: str) -> Iterator[Progress]:
    """Yield the last picture of each of a pipeline's workers; a file that can't be read is passed over."""
    for path in sorted((state / "run").glob(f"{pipeline}.*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Progress)
        except (OSError, msgspec.DecodeError):
            continue
