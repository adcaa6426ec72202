"""The usual notations of every kind of value are read as columns, without a look at each value."""

import pytest
from msgspec.structs import astuple

from franca.lake.arrays import array
from franca.lake.columns import arrow_type
from franca.model.field import Field
from franca.topics.event_texts import EventTexts
from tests.individuals import FULL, SHAPE, event


@pytest.mark.parametrize("field", SHAPE.fields, ids=lambda field: field.name)
@pytest.mark.parametrize("pattern", [[None], [None, "full"], ["full", None, "full"], []])
def test_usual_values_and_nulls_need_no_second_look(field: Field, pattern: list[str | None]) -> None:
    """Only what is written unusually is refused as a column, and then read one by one."""
    decode, place = EventTexts(SHAPE).decode, SHAPE.fields.index(field)
    full = astuple(decode(event("A", **FULL)).data)[place]
    found = array(field, [full if each else None for each in pattern])
    found.validate(full=True)
    assert found.type == arrow_type(field)
    assert found.is_valid().to_pylist() == [each is not None for each in pattern]
