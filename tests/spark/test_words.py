"""What is written of each word, and what the stream gives at the edges of types, is what Spark gives."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest

from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.mapping.python.leaves import leaf_of
from franca.mapping.sql.select import ITEM, PROBLEM, SUBJECT, select
from franca.mapping.sql.spark import REFUSED
from franca.mapping.tree import Call, walk
from franca.model.entity import Entity, ModelMeta
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.spark.bulk import exact
from franca.testing.batch import ROW, Made, arrow
from tests.cases.test_words import ANSWERED, NAMES, Case, Wide
from tests.gives import Letter
from tests.properties import edges
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def said(case: Case) -> bool:
    """Return whether Spark can say a case: it has no lists here, and no times of a day."""
    words = {
        node.word
        for expression in case.mapping().tree.expressions()
        for node in walk(expression)
        if isinstance(node, Call)
    }
    is_plain = case.gives not in ("time", "list[str]") and "clock" not in case.expression
    return "sql" in case.targets and is_plain and not words & {*REFUSED, "list", "gather", "apply"}


def run(spark: "SparkSession", folder: Path, mapping: Mapping[Any, Any], rows: Any) -> list[dict[str, Any]]:
    """Return what Spark makes of rows, in their order."""
    table = arrow(shape_of(mapping.table), rows)
    times = [field.name for field in shape_of(mapping.table).fields if field.kind is Kind.TIME]
    pq.write_table(table.drop_columns(times), folder / "rows.parquet")
    with exact(spark):
        spark.read.parquet(str(folder / "rows.parquet")).createOrReplaceTempView("given_rows")
        return sorted(
            collected(spark.sql(select(mapping, "given_rows", "spark", keep=(ROW,)))),
            key=lambda row: (row[ROW], row[ITEM]),
        )


def whole(cases: list[Case]) -> Mapping[Any, Any]:
    """Return one mapping with a field for each case, since Spark takes its time for each."""
    kinds = {f"f{place}": case.entity().cls.__annotations__["value"] for place, case in enumerate(cases)}
    space = {"__annotations__": {"id": Key[str], **kinds}, "__module__": __name__, **dict.fromkeys(kinds)}
    entity: Any = ModelMeta("Whole", (Entity,), space)
    columns = [field.name for field in shape_of(Wide).fields]
    lines = [f"    {name} = row.{name}" for name in columns if name != "id"]
    fields = ", ".join(f"f{place}={case.expression}" for place, case in enumerate(cases))
    names: dict[str, Any] = {**NAMES, "made": entity}
    exec("\n".join(["def case(row):", *lines, f"    return made(id=row.id, {fields})"]), names)
    names["case"].__annotations__ = {"row": Wide, "return": entity}
    mapping: Mapping[Any, Any] = Application("cases").maps(names["case"])
    return mapping


def ready(field: Field, value: Any) -> Any:
    """Return a value of Spark's as an event has it."""
    if value is None:
        return None
    made = UUID(value) if field.kind is Kind.UUID else Letter(value) if field.kind is Kind.ENUM else value
    return leaf_of(field)(made)


def test_spark_gives_what_is_written(spark: "SparkSession", tmp_path: Path) -> None:
    """Of each word that it can say."""
    cases = [case for case in ANSWERED if said(case)]
    mapping = whole(cases)
    found = run(spark, tmp_path, mapping, [row for case in cases for row in case.inputs()])
    wrong, begin = [], 0
    for place, case in enumerate(cases):
        name, field = f"f{place}", shape_of(mapping.entity).field(f"f{place}")
        rows = found[begin : begin + len(case.rows)]
        begin += len(rows)
        problems = [row[f"{PROBLEM}_{name}"] for row in rows]
        answers = [
            ("problem", problem) if problem else ready(field, row[name])
            for row, problem in zip(rows, problems, strict=True)
        ]
        if answers != case.expected():
            wrong.append((case.title, answers, case.expected()))
    assert wrong == []


@pytest.mark.parametrize("mapping", edges.edges.mappings, ids=lambda mapping: mapping.name)
def test_python_and_spark_agree_at_the_edges(
    spark: "SparkSession", tmp_path: Path, mapping: Mapping[Any, Any]
) -> None:
    """Subjects, values and problems, row by row."""
    names = [field.name for field in shape_of(mapping.entity).fields]
    found = []
    for row in run(spark, tmp_path, mapping, edges.rows()):
        problems = [(name, row[f"{PROBLEM}_{name}"]) for name in names if row[f"{PROBLEM}_{name}"]]
        found.append(Made(row[ROW], 0, row[SUBJECT], row, problems[0] if problems else None))
    assert edges.backfilled(mapping, found) == edges.streamed(mapping, edges.rows())
