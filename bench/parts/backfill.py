"""Backfills: files of rows through the mappings into the lake, beside the stream of the same rows."""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from bench.messages import encode, row
from bench.pairs import alternated
from bench.parts.on_ramp import raw_topics
from bench.parts.proof import same_count_in_lake
from bench.parts.rows import cost_row, memory_row
from bench.plan import Plan, tell
from bench.process import Cost
from bench.row import Row
from bench.stage import Project, Stage


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of each kind of file's cost, and of the memory of the dearest.

    What stands in the column of the floor is franca's own stream, from the raw topic to the lake.
    """
    topics = raw_topics(stage, plan)
    files = {size: _written(stage.folder, size) for size in plan.sizes}

    def stream(size: int) -> Cost:
        project = stage.project(topics[size])
        return _proved(
            project, size, stage.run(project.franca("run", "--until-caught-up", project.on_ramp, "lake"))
        )

    def backfill(kind: str, size: int) -> Cost:
        project = stage.project()
        table = f"crm{project.suffix}.cust"
        command = project.franca("backfill", table, files[size][kind], "--into", "lake")
        return _proved(project, size, stage.run(command))

    sides = alternated("backfill", plan, [stream, *(partial(backfill, kind) for kind in KINDS)])
    streamed, *loaded = sides
    costs = [
        cost_row(f"backfill: a row of {kind} to 2 Delta tables, beside the stream", streamed, side)
        for kind, side in zip(KINDS.values(), loaded, strict=True)
    ]
    return [*costs, memory_row("backfill of JSON lines", streamed, loaded[-1], 600.0)]


def _proved(project: Project, size: int, cost: Cost) -> Cost:
    for entity in (project.individual, project.customer):
        same_count_in_lake(project.folder / ".franca" / "lake" / entity / "events", size)
    return cost


def _written(folder: Path, size: int) -> dict[str, Path]:
    tell(f"writing files of {size:,} rows")
    rows = [row(number) for number in range(size)]
    found = {kind: folder / f"cust-{size}.{kind}" for kind in KINDS}
    for kind, path in found.items():
        _WRITERS[kind](path, rows)
    return found


def _parquet(path: Path, rows: list[dict[str, str | None]]) -> None:
    parquet.write_table(
        pa.Table.from_pylist(rows).cast(pa.schema({name: pa.string() for name in rows[0]})), path
    )


def _csv(path: Path, rows: list[dict[str, str | None]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _jsonl(path: Path, rows: list[dict[str, str | None]]) -> None:
    with path.open("wb") as file:
        file.writelines(encode(each) + b"\n" for each in rows)


KINDS = {"parquet": "Parquet", "csv": "CSV", "jsonl": "JSON lines"}
_WRITERS: dict[str, Callable[[Path, list[dict[str, str | None]]], None]] = {
    "parquet": _parquet,
    "csv": _csv,
    "jsonl": _jsonl,
}
