"""The messages that are mutated: those of the titled cases, and captured ones where they are there."""

import json
from functools import lru_cache
from typing import NamedTuple

from tests.cases.titled import pairs, record_of
from tests.samples import CDC, JSON

LONGEST = 20_000
"""Longer seeds say nothing more and take the time of many."""


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
    each = [(name, record_of(message)) for name, _, message, _ in (*pairs("formats"), *pairs("untyped"))]
    return [Seed(name, record.key, record.value or b"null") for name, record in each]


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
