"""MongoDB's documents as Debezium writes them: a text of extended JSON in the place of a row."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from franca.errors import DecodeError
from franca.formats.change import Cells
from franca.formats.moments import text_of_number, timestamp_of_text
from franca.formats.numbers import integer_of_text
from franca.formats.refusal import BAD_JSON, refusal
from franca.formats.unfit import Unfit

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_optional = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode
_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_NO_VALUE = (Unfit, ValueError, TypeError, ArithmeticError)
"""What an extended type whose value is none of that type raises."""


class Description(msgspec.Struct, rename="camel"):
    """What an update changed, where the connector does not send the whole document."""

    updated_fields: str | None = None
    removed_fields: list[str] | None = None


def document_of(text: str, path: str) -> Cells:
    """Return the cells of a document, extended types as the values they stand for. Raises DecodeError."""
    try:
        return {name: _plain(cell) for name, cell in _cells(text).items()}
    except BAD_JSON as error:
        found = refusal(text.encode("utf-8", "surrogatepass"), error)
        raise DecodeError(path, found.reason, found.code) from error
    except _NO_VALUE as error:
        reason = "the document has a value of an extended type that is none of that type"
        raise DecodeError(path, reason, "malformed") from error


def described(description: Description) -> Cells:
    """Return the cells of the fields that an update set or removed; of a part of a field nothing is known."""
    updated = document_of(description.updated_fields or "{}", "updateDescription.updatedFields")
    removed = dict.fromkeys(description.removed_fields or (), msgspec.Raw(b"null"))
    return {name: cell for name, cell in {**updated, **removed}.items() if "." not in name}


def patched(text: str) -> Cells:
    """Return the cells of what an update wrote to MongoDB's log: a whole document, or what it set and unset.

    Connectors that read the log itself send that in `patch`. Raises DecodeError.
    """
    cells = document_of(text, "patch")
    if not any(name.startswith("$") for name in cells):
        return cells
    try:
        parts = {name: _optional(cells[name]) or {} for name in ("$set", "$unset") if name in cells}
    except BAD_JSON as error:
        found = refusal(text.encode("utf-8", "surrogatepass"), error)
        raise DecodeError("patch", found.reason, found.code) from error
    if not parts:
        reason = "has neither a document nor $set or $unset: capture with capture.mode=change_streams"
        raise DecodeError("patch", reason, "wrong-shape")
    unset = dict.fromkeys(parts.get("$unset", ()), msgspec.Raw(b"null"))
    return {name: cell for name, cell in {**parts.get("$set", {}), **unset}.items() if "." not in name}


def document_key(key: Cells | None) -> Cells:
    """Return the cell of the document's key: the field `id` of the message's key holds its JSON as text."""
    if key is None or "id" not in key:
        return {}
    try:
        text = _text(key["id"]).encode()
        _decode(text)
        return {"_id": _plain(msgspec.Raw(text))}
    except (*BAD_JSON, *_NO_VALUE):
        return {"_id": key["id"]}


def _plain(cell: msgspec.Raw) -> msgspec.Raw:
    return msgspec.Raw(_encode(_value(_decode(cell)))) if b"$" in bytes(cell) else cell


def _value(value: Any) -> Any:
    """Return what a value of extended JSON stands for, in canonical, relaxed or the older form."""
    if isinstance(value, list):
        return [_value(each) for each in value]
    if not isinstance(value, dict):
        return value
    kind = next(iter(value), "")
    inner = value.get(kind)
    match kind:
        case "$oid" | "$numberDecimal" | "$symbol" | "$uuid" if isinstance(inner, str):
            return inner
        case "$numberLong" | "$numberInt":
            return integer_of_text(str(inner))
        case "$numberDouble":
            number = Decimal(str(inner))
            return number if number.is_finite() else inner
        case "$date":
            return _moment(_value(inner))
        case "$binary":
            return _binary(inner, value.get("$type"))
        case "$undefined":
            return None
    return {name: _value(each) for name, each in value.items()}


def _moment(inner: Any) -> Any:
    """Return a date, which counts milliseconds or is ISO text, as ISO text to microseconds."""
    if type(inner) is int:
        return f"{text_of_number(inner * 1000, 'us', is_time=False)}Z"
    moment = timestamp_of_text(str(inner), None)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _binary(inner: Any, older_type: Any) -> Any:
    """Return bytes as base64, and a UUID's as its text."""
    text, kind = (
        (inner.get("base64"), inner.get("subType")) if isinstance(inner, dict) else (inner, older_type)
    )
    if kind == "04" and isinstance(text, str):
        data = msgspec.convert(text, bytes)
        return str(UUID(bytes=data)) if len(data) == 16 else text  # noqa: PLR2004, RUF100  # a UUID's length
    return text
