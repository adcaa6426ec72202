"""The views of random models in BigQuery's SQL: the rows that DuckDB gives."""

import random
from pathlib import Path

import pytest

from franca.errors import DefinitionError
from tests.engines.bigquery import BigQuery
from tests.engines.googlesql import GoogleSql
from tests.engines.views import answers_of
from tests.models.check import Checked
from tests.models.generator import Models

pytestmark = [pytest.mark.engines, pytest.mark.timeout(1_200)]


@pytest.mark.parametrize("number", range(20))
def test_views_of_random_models_answer_so_in_bigquerys_sql(
    bigquery: GoogleSql, tmp_path: Path, number: int
) -> None:
    """Where franca takes the model, BigQuery takes its views."""
    models = Models(random.Random(f"5/{number}"))
    plan = models.plan()
    try:
        plan = models.with_events(plan, plan.classes())
    except DefinitionError:
        pytest.skip("franca refuses the model")
    checked = Checked(plan, plan.classes())
    assert answers_of(BigQuery(bigquery, tmp_path), checked.scene(), checked.views)
