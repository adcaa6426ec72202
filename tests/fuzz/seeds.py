"""The messages that are mutated: those of the titled cases, and captured ones where they are there."""

import itertools
import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from franca.errors import DecodeError
from franca.topics.raw_record import decode_line
from tests.samples import CDC, JSON

CASES = Path(__file__).parents[1] / "cases"
LONGEST = 20_000
"""Longer seeds say nothing more and take the time of many."""


OF_LAYOUTS = {"csv", "fixed", "copybook"}
"""Formats that only a table with a layout has; tests/properties sends any bytes through them."""


class Seed(NamedTuple):
    """A message's key and value, and the format that it was written for."""

    format: str
    key: bytes | None
    value: bytes


@lru_cache(maxsize=1)
def seeds() -> tuple[Seed, ...]:
    """Return all seeds, always in the same order."""
    found = [*_cases(), *_captured(), *_naughty()]
    return tuple(dict.fromkeys(seed for seed in found if 0 < len(seed.value) <= LONGEST))


def _cases() -> list[Seed]:
    found = []
    paths = sorted([*(CASES / "formats").glob("*.md"), *(CASES / "untyped").glob("*.md")])
    for path in (path for path in paths if path.stem not in OF_LAYOUTS):
        lines = path.read_text().splitlines()
        for line, following in itertools.pairwise(lines):
            if following.startswith("=> "):
                found.append(_seed(path.stem, line.encode()))
    return found


def _seed(name: str, line: bytes) -> Seed:
    try:
        record = decode_line(line)
    except DecodeError:
        return Seed(name, b'{"id":7}', line)
    return Seed(name, record.key, record.value or b"null")


def _captured() -> list[Seed]:
    found = []
    for path in sorted(CDC.rglob("*.*")):
        if path.suffix in {".jsonl", ".txt"} and path.name[0].islower():
            kinds = ("debezium", "maxwell", "canal", "wal2json", "ogg")
            name = next((kind for kind in kinds if kind in str(path.relative_to(CDC))), "auto")
            name = "goldengate" if name == "ogg" else name
            found += [Seed(name, None, _inner(line)) for line in path.read_bytes().splitlines()[:300]]
    return found


def _inner(line: bytes) -> bytes:
    """Return the message of a line that holds one beside what its collector says of it."""
    try:
        value = json.loads(line)
    except ValueError:
        return line
    for name in ("value", "event", "message", "payload_json"):
        if isinstance(value, dict) and isinstance(value.get(name), dict | str):
            inner = value[name]
            return inner.encode() if isinstance(inner, str) else json.dumps(inner).encode()
    return line


def _naughty() -> list[Seed]:
    path = JSON / "blns_debezium.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        Seed("debezium", *(json.dumps(line[name], ensure_ascii=False).encode() for name in ("key", "value")))
        for line in lines
    ]
