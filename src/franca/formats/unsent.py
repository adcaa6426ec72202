"""What stands in a row for a large value that has not changed and was not sent, as Debezium writes it.

Each type has its own: text, bytes, lists of either, a map and its text, and for lists of numbers and of UUIDs
what Debezium makes of the text (`UnchangedToastedPlaceholder` of its PostgreSQL connector).
"""

import re
from collections.abc import Callable, Iterable
from hashlib import md5
from uuid import UUID

import msgspec

from franca.formats.refusal import BAD_JSON
from franca.model.field import Field
from franca.model.kind import Kind

PLACEHOLDER = "__debezium_unavailable_value"
_BASE64 = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="
_BYTES = PLACEHOLDER.encode()
_MAP = f'{{"{PLACEHOLDER}":"{PLACEHOLDER}"}}'
_NUMBERS = [*_BYTES]
_UUID = UUID(bytes=md5(_BYTES, usedforsecurity=False).digest(), version=3)

UNSENT: tuple[object, ...] = (
    PLACEHOLDER,
    _BASE64,
    _MAP,
    [PLACEHOLDER],
    [_BASE64],
    [str(_UUID)],
    _NUMBERS,
    {PLACEHOLDER: PLACEHOLDER},
)
"""The values, as JSON has them."""

_LISTS = ([PLACEHOLDER], [_BASE64], [str(_UUID)], [_BYTES], [_UUID], _NUMBERS)

_TEXTS = (PLACEHOLDER, _BASE64, _MAP)
_RAW = frozenset(msgspec.json.encode(value) for value in UNSENT)
_LONGEST = 256
_FOUND_IN_LISTS = re.compile(
    rb"\[\s*(?:%s|\"%s\"|\"%s\")"
    % (rb"\s*,\s*".join(b"%d" % number for number in _NUMBERS), _BASE64.encode(), str(_UUID).encode())
).search


def is_placeholder(cell: msgspec.Raw) -> bool:
    """Return whether a cell stands for a large value that has not changed and was not sent."""
    data = bytes(cell) if len(cell) < _LONGEST else b""
    if data in _RAW:
        return True
    try:
        return data[:1] in {b"[", b"{"} and msgspec.json.decode(data) in UNSENT
    except BAD_JSON:  # a number that is none, which is the reader's to refuse
        return False


def looks(fields: Iterable[Field]) -> tuple[list[str], dict[str, object]]:
    """Return statements that leave a `value` with such a cell to the careful way, and what they refer to."""
    fields = [*fields]
    kinds = {field.kind for field in fields}
    tests = [_found(_BYTES, b"z")]
    if kinds & {Kind.BYTES, Kind.TEXT}:
        tests.append(_found(_BASE64.encode(), b"="))
    if Kind.LIST in kinds:
        tests.append("unsent_list(value)")
    return [f"if {' or '.join(tests)}:", "    raise Unexpected"], {"unsent_list": _FOUND_IN_LISTS}


def _found(text: bytes, rare: bytes) -> str:
    """Return the test, as Python text, for a text in `value`; one rare byte of it is looked for first."""
    return f"{ord(rare)} in value and value.find({text!r}) >= 0"


def is_unsent_in(fields: Iterable[Field]) -> Callable[[str], bool]:
    """Return the test whether a JSON text has such a cell."""
    has_lists = any(field.kind is Kind.LIST for field in fields)

    def test(text: str) -> bool:
        if PLACEHOLDER in text or _BASE64 in text:
            return True
        return has_lists and _FOUND_IN_LISTS(text.encode()) is not None

    return test


ROW_TEST_NAMES = {"astuple": msgspec.structs.astuple, "unsent_lists": _LISTS}
"""What a row's test refers to."""


_MAY_HOLD = "(122 in value or 61 in value or 92 in value)"
"""The test for bytes of which a text that stands for a value has one: `z` or `=`, or an escape's `\\`."""


def row_test(name: str, fields: Iterable[Field]) -> str:
    """Return the test, as Python text, whether a row of `value` has such a cell, empty if none can."""
    fields = [*fields]
    kinds = {field.kind for field in fields}
    values = [*(_TEXTS if Kind.TEXT in kinds else ()), *((_BYTES,) if Kind.BYTES in kinds else ())]
    tests = [f"{value!r} in cells" for value in values]
    if tests:
        tests[0] = tests[0].replace("cells", f"(cells := astuple({name}))")
        tests = [f"{_MAY_HOLD} and ({' or '.join(tests)})"]
    tests += [f"{name}.{field.name} in unsent_lists" for field in fields if field.kind is Kind.LIST]
    if Kind.STRUCT in kinds:
        tests.append(_found(_BYTES, b"z"))
    return " or ".join(tests)
