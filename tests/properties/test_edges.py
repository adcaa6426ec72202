"""At the edges of their types SQL and the stream's Python give the same."""

from typing import Any

import pytest

from franca.mapping.mapping import Mapping
from franca.testing.batch import Batch
from tests.properties.edges import backfilled, edges, rows, streamed


@pytest.mark.parametrize("mapping", edges.mappings, ids=lambda mapping: mapping.name)
def test_python_and_sql_agree_at_the_edges(mapping: Mapping[Any, Any]) -> None:
    """Subjects, values and problems, row by row."""
    batch = Batch()
    try:
        found = backfilled(mapping, batch.run(mapping, rows()))
    finally:
        batch.close()
    assert found == streamed(mapping, rows())
