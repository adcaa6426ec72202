"""The folder that a piece of work has for what does not fit into memory."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from franca.lake.newest import told


@contextmanager
def own_folder(scratch: Path) -> Iterator[Path]:
    """Have a folder of one's own in `scratch`: whatever happens, nothing is left of it.

    Raises UnavailableError where it can't be made.
    """
    folder = scratch / uuid.uuid4().hex
    try:
        with told():
            folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
