"""The messages that are mutated: those of the titled cases, and captured ones where they are there."""

import json
from functools import lru_cache
from typing import NamedTuple

from franca.model.shape import shape_of
from tests.cases.tables import named
from tests.cases.titled import pairs, record_of
from tests.fuzz.behind_registry import documents
from tests.samples import CDC, JSON

LONGEST = 20_000
"""Longer seeds say nothing more and take the time of many."""
_NO_JSON = {"csv", "fixed", "copybook"}


REGISTERED = "registered"
"""What is called the format of messages behind a schema registry."""


class Seed(NamedTuple):
    """A message's key and value, the format that it was written for, and the table that it is about.

    Of a message behind a registry the value is the document that its serialiser gets.
    """

    format: str
    key: bytes | None
    value: bytes
    table: str = "thing"


@lru_cache(maxsize=1)
def seeds() -> tuple[Seed, ...]:
    """Return all seeds, always in the same order."""
    found = [*_cases(), *_captured(), *_naughty()]
    found += [Seed(REGISTERED, b'{"id":7}', document) for document in documents()]
    for name in sorted({seed.format for seed in found} - {REGISTERED, *_NO_JSON}):
        own = [seed for seed in found if seed.format == name and seed.table == "thing"][:5]
        found += [seed._replace(format=REGISTERED) for seed in own]
    return tuple(dict.fromkeys(seed for seed in found if 0 < len(seed.value) <= LONGEST))


def _cases() -> list[Seed]:
    each = [
        (*named(name), record_of(message)) for name, _, message, _ in (*pairs("formats"), *pairs("untyped"))
    ]
    return [
        Seed(name, record.key, record.value or b"null", shape_of(table).name) for name, table, record in each
    ]


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
    return [Seed("debezium", _json(line["key"]), _json(line["value"])) for line in lines]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
