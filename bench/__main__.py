"""`make bench`: starts services of its own, measures every part, prints the table and keeps the result."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench import page
from bench.ending import leave, own_folder
from bench.parts import (
    backfill,
    commits,
    fold,
    formats,
    lake,
    latency,
    on_ramp,
    replay,
    rival,
    row_memory,
    start,
    steady,
    store,
    whole,
)
from bench.plan import SHORT, Plan, tell
from bench.process import MeasurementError
from bench.results import Part, measured, read, result, write
from bench.row import Row
from bench.stage import Stage, opened
from bench.table import table

PARTS: dict[str, Callable[[Stage, Plan], list[Row]]] = {
    "on-ramp": on_ramp.measure,
    "formats": formats.measure,
    "row-memory": row_memory.measure,
    "replay": replay.measure,
    "lake": lake.measure,
    "commits": commits.measure,
    "steady": steady.measure,
    "fold": fold.measure,
    "store": store.measure,
    "whole": whole.measure,
    "backfill": backfill.measure,
    "latency": latency.measure,
    "start": start.measure,
    "rival": rival.measure,
}


FAILED = "failed"


def main() -> int:
    """Measure; 0 when every part was: a target that is missed is for people to judge."""
    arguments = _arguments()
    plan = SHORT if arguments.short else Plan(repetitions=arguments.repetitions)
    parts: dict[str, Part] = {}
    with own_folder("franca-bench-") as folder:
        tell("starting services")
        with opened(folder) as stage:
            for name in arguments.only or PARTS:
                parts[name] = measured(plan, partial(_rows, name, stage, plan))
    rows = [row for part in parts.values() for row in part.rows]
    print(table(rows))
    failed = any(row.missing.startswith(FAILED) for row in rows)
    if arguments.keep:
        write(result(parts), arguments.keep)
    elif not arguments.short and not failed:
        earlier = read(page.KEPT).parts if arguments.only and page.KEPT.exists() else {}
        known = {**earlier, **parts}
        write(result({name: known[name] for name in PARTS if name in known}), page.KEPT)
        page.main([])
    return int(failed)


def _rows(name: str, stage: Stage, plan: Plan) -> list[Row]:
    try:
        return PARTS[name](stage, plan)
    except MeasurementError as error:
        tell(f"{name} failed: {error}")
        return [Row(part=name, unit="", missing=f"{FAILED}, see the log")]


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes, once: shows that all of it runs")
    parser.add_argument(
        "--only",
        action="append",
        choices=sorted(PARTS),
        help="only this part, in place of the kept one; repeatable",
    )
    parser.add_argument(
        "--repetitions", type=int, default=Plan().repetitions, help="how often each side runs at each size"
    )
    parser.add_argument("--keep", type=Path, help="keep the result here instead")
    return parser.parse_args(given)


if __name__ == "__main__":
    leave(main, "the services are stopped")
