"""What the workers on this machine told last: a file a worker, beside the project's other state."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from franca.pipeline.progress import Progress


def pictures(state: Path, pipeline: str) -> Iterator[Progress]:
    """Yield the last picture of each of a pipeline's workers; a file that can't be read is passed over."""
    for path in sorted((state / "run").glob(f"{pipeline}.*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Progress)
        except (OSError, msgspec.DecodeError):
            continue
