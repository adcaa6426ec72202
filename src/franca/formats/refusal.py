"""Turns what a JSON parser says about bad bytes into a DecodeError with a stable code and no values."""

import json
import re
from decimal import DecimalException

import msgspec

from franca.errors import DecodeError

BAD_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, DecimalException)
"""What decoding can raise for bad bytes (msgspec.ValidationError is a DecodeError).

Decimals refuse exponents beyond 10^18, and msgspec lets their refusal pass as it is.
"""

_BLANKS = b" \t\r\n"
_FRAMED = (b"\0\0", b"\1")
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_WRAPPING = re.compile(r"^(?:payload\.|value\.)?(?:after\.|before\.)?(?:data\.)?")


def refusal(value: bytes, error: Exception) -> DecodeError:
    """Return the error for a message whose JSON was refused. `not-json` unless the bytes tell more."""
    if not value.strip():
        return DecodeError("", "the value is empty, expected a JSON object", "empty-value")
    if value.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return DecodeError(
            "", "the value begins with a byte-order mark, expected plain UTF-8", "byte-order-mark"
        )
    if value.startswith(_FRAMED) and len(value) > 5:  # noqa: PLR2004, RUF100  # magic byte and id
        reason = (
            "the value begins as a schema registry's serialisers write it, and no registry is named: "
            "name it as url in [registry], or with --registry"
        )
        return DecodeError("", reason, "no-registry")
    if isinstance(error, RecursionError):
        return DecodeError("", "the value is nested too deep", "too-deep")
    if isinstance(error, UnicodeDecodeError):
        reason = f"the value is not UTF-8 at byte {error.start}: {error.reason}"
        return DecodeError("", reason, "not-utf8")
    if isinstance(error, DecimalException):
        return DecodeError("", "the value holds a number with an exponent beyond any", "number-too-long")
    if isinstance(error, msgspec.ValidationError):
        return _not_all_json(value) or _wrong(str(error))
    if _lone_surrogate(value):
        return DecodeError(
            "", "the value holds a lone surrogate, which no UTF-8 text can hold", "lone-surrogate"
        )
    return DecodeError("", f"the value is not JSON: {error}", "not-json")


def _not_all_json(value: bytes) -> DecodeError | None:
    """Return the refusal of a value that is no object, where it is no JSON either.

    A decoder that expects an object looks at nothing but the beginning of anything else.
    """
    if value.lstrip(_BLANKS).startswith(b"{"):
        return None
    try:
        msgspec.json.decode(value, type=msgspec.Raw)
    except BAD_JSON as error:
        return refusal(value, error)
    return None


def _wrong(message: str) -> DecodeError:
    found = _PLACE.match(message)
    assert found
    what = re.sub(r"'.*'", "(hidden)", found["what"], flags=re.DOTALL)
    path = _WRAPPING.sub("", (found["path"] or "").lstrip("."))
    return DecodeError(path, what[:1].lower() + what[1:], _code(what, path))


def _code(what: str, path: str) -> str:
    if "missing required field" in what:
        return "missing-field"
    if "out of range" in what:
        return "number-too-long"
    if "got `null`" in what:
        return "null"
    return "wrong-type" if path else "wrong-shape"


def _lone_surrogate(value: bytes) -> bool:
    if b"\\ud" not in value and b"\\uD" not in value:
        return False
    try:
        json.dumps(json.loads(value), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False
