"""Where captured messages lie that nobody here wrote: beside the checkout, or where FRANCA_SAMPLES says."""

import json
import os
from pathlib import Path
from typing import Any

CDC = Path(os.environ.get("FRANCA_SAMPLES") or Path(__file__).parents[2] / "shared" / "data" / "cdc")
JSON = CDC.parent / "json"
ABSENT = "the samples are neither beside the checkout nor where FRANCA_SAMPLES says"


def lines(path: str) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON lines, none where the samples are absent."""
    return [json.loads(line) for line in raw_lines(path)]


def raw_lines(path: str) -> list[bytes]:
    """Return the lines of a file, none where the samples are absent."""
    file = CDC / path
    return [line for line in file.read_bytes().splitlines() if line] if file.exists() else []


def file(path: str) -> Path:
    """Return a file beside the captured messages, as `chinook/Chinook_Sqlite.sqlite`; it may be absent."""
    return CDC.parent / path
