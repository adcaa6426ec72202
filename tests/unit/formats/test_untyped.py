"""Values without a table: what the message's schema tells, and exactly the cell where it tells nothing."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from franca.formats.datestyle import iso_of_style
from franca.formats.moments import timestamp_of_text
from franca.formats.semantics import Semantic
from franca.formats.unfit import Unfit
from franca.formats.untyped import untyped
from franca.model.entity import Value
from franca.pipeline.change_line import written
from tests.samples import ABSENT, CDC, lines


@pytest.mark.skipif(not CDC.exists(), reason=ABSENT)
@pytest.mark.parametrize("vector", lines("debezium/value_vectors.jsonl"), ids=lambda v: str(v["n"]))
def test_a_captured_value_is_the_canonical_one(vector: dict[str, Any]) -> None:
    """Decimals, dates, times and bits of Debezium's schema are their SQL text; the rest is as it came."""
    parameters = vector["params"] or {}
    length, scale = (int(parameters[name]) if name in parameters else None for name in ("length", "scale"))
    semantic = Semantic(vector["connect_type"], vector["semantic_name"] or "", scale, length)
    cell = msgspec.Raw(msgspec.json.encode(vector["json_value"]))

    got = untyped("v", cell, semantic)

    if semantic.kind is None:
        assert got == cell
        return
    text = vector["canonical_value"]
    if isinstance(got, datetime):
        assert written(got) == written(timestamp_of_text(text, None))
    else:
        assert msgspec.json.decode(msgspec.json.encode(written(got))) in {text, f"{text}000"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-03-01 08:09:00", "2020-03-01 08:09:00"),
        ("Sun Mar 01 08:09:00.5 2020", "2020-03-01T08:09:00.5"),
        ("Sun 01 Mar 08:09:00 2020 UTC", "2020-03-01T08:09:00Z"),
        ("Sun Mar 01 08:09:00 2020 +02", "2020-03-01T08:09:00+02"),
        ("Mon Mar 01 08:09:00 0044 BC", "0044-03-01T08:09:00 BC"),
        ("01.03.2020 08:09:00", "2020-03-01T08:09:00"),
        ("01.03.2020", "2020-03-01"),
        ("Sun Mai 01 08:09:00 2020", "Sun Mai 01 08:09:00 2020"),
        ("infinity", "infinity"),
    ],
)
def test_a_date_in_a_servers_style_is_its_iso_text(text: str, expected: str) -> None:
    """Where day, month and zone are certain; what is in no style stays as it is."""
    assert iso_of_style(text) == expected


@pytest.mark.parametrize(
    "text", ["02-04-2013", "02/04/2013", "02/04/2013 08:09:00", "Sun Mar 01 08:09:00 2020 CST"]
)
def test_a_date_that_may_be_two_is_refused(text: str) -> None:
    """Which is the month, or where the zone lies, nobody guesses."""
    with pytest.raises(Unfit) as caught:
        iso_of_style(text)
    assert caught.value.code == "ambiguous-date"


def test_a_document_where_the_schema_tells_otherwise_stays_as_it_is() -> None:
    """A schema may lie: an object is no date, and is not made a text either."""
    cell = msgspec.Raw(b'{"a": 1}')

    assert untyped("v", cell, Semantic("int32", "io.debezium.time.Date")) == cell


def test_what_is_inside_a_value_is_written_as_the_contract_has_it() -> None:
    """Lists and nested values hold what JSON would write otherwise: decimals, moments, NaN."""

    class Sum(Value):
        """A nested value."""

        amount: Decimal
        share: float

    moment = datetime(2016, 11, 4, tzinfo=UTC)

    assert written([Sum(amount=Decimal("1E+2"), share=float("nan")), moment]) == [
        {"amount": "100", "share": "NaN"},
        "2016-11-04T00:00:00.000000Z",
    ]
