"""Each way in which bytes are no message has its stable code."""

import msgspec
import pytest

from franca.errors import DecodeError
from franca.formats.change import Wanted, decode
from franca.formats.refusal import refusal
from franca.formats.registry import AUTO
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record


class Thing(Table):
    """A table."""

    id: Key[int]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"\xff", "not-utf8"),
        (b"5", "wrong-shape"),
        (b"[]", "wrong-shape"),
        (b"[", "not-json"),
        (b'{"id":', "not-json"),
        (b'{"id":7,"\xff":1}', "not-utf8"),
    ],
)
def test_what_is_of_no_format_has_its_code(value: bytes, code: str) -> None:
    """Whoever sent it learns what it is not."""
    columns = frozenset({"id"})
    decoder = AUTO.decoder(Wanted(Thing, columns, columns))
    with pytest.raises(DecodeError) as caught:
        decode(decoder, Record("raw.shop.thing", 0, 1, 1, None, value))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "error", "code"),
    [
        (rb'{"a":"\ud83d', msgspec.DecodeError("truncated"), "not-json"),
        (rb'{"a":"\ud83d"}', msgspec.DecodeError("odd"), "lone-surrogate"),
        (rb'{"a":"\ud83d\ude00"}', msgspec.DecodeError("odd"), "not-json"),
        (b"{}", msgspec.ValidationError("Expected `int`, got `null` - at `$.after.a`"), "null"),
        (b"{}", msgspec.ValidationError("Integer value out of range - at `$.a`"), "number-too-long"),
        (b"{}", RecursionError(), "too-deep"),
        (b" ", msgspec.DecodeError("empty"), "empty-value"),
    ],
)
def test_what_the_parser_says_has_its_code(value: bytes, error: Exception, code: str) -> None:
    """Half an escape is not taken for a lone surrogate, nor are two that belong together."""
    assert refusal(value, error).code == code
