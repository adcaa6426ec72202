"""At the edges of their types SQL and the stream's Python give the same."""

from decimal import Decimal
from typing import Annotated, Any

import pytest

from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.mapping.words.choice import codes
from franca.mapping.words.number import rounded
from franca.model.entity import Entity
from franca.model.markers import Digits, Key
from franca.testing.batch import Batch
from tests.properties.edges import Source, backfilled, edges, rows, streamed


class Whole(Entity):
    """A number without places."""

    id: Key[str]
    huge: Annotated[Decimal | None, Digits(38, 0)]


@pytest.mark.parametrize("mapping", edges.mappings, ids=lambda mapping: mapping.name)
def test_python_and_sql_agree_at_the_edges(mapping: Mapping[Any, Any]) -> None:
    """Subjects, values and problems, row by row."""
    batch = Batch()
    try:
        found = backfilled(mapping, batch.run(mapping, rows()))
    finally:
        batch.close()
    assert found == streamed(mapping, rows())


def test_a_value_without_room_beside_a_meaning_is_left_to_the_stream() -> None:
    """Which has more than 38 digits: in SQL it is a problem, and no null."""

    def kept(row: Source) -> Whole:
        return Whole(id=row.id, huge=rounded(codes(row.huge, {Decimal(5): Decimal("0.25")}, keep=True), 0))

    given = [{"id": "k", "huge": Decimal(value)} for value in (5, 7, 10**37)]
    batch = Batch()
    made = batch.run(Application("kept").maps(kept), given)
    batch.close()
    assert [(each.data["huge"], each.problem) for each in made] == [
        (Decimal(0), None),
        (Decimal(7), None),
        (None, ("huge", "out-of-range")),
    ]
