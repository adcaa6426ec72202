"""`make bench`: starts services of its own, measures every part, prints the table and keeps the result."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import page
from bench.parts import lake, latency, on_ramp, rival, start, store, whole
from bench.plan import SHORT, Plan, tell
from bench.process import MeasurementError
from bench.results import Conditions, write
from bench.row import Row
from bench.stage import Stage, opened
from bench.table import table

PARTS: dict[str, Callable[[Stage, Plan], list[Row]]] = {
    "on-ramp": on_ramp.measure,
    "lake": lake.measure,
    "store": store.measure,
    "whole": whole.measure,
    "latency": latency.measure,
    "start": start.measure,
    "rival": rival.measure,
}


FAILED = "failed"


def main() -> int:
    """Measure; 0 when every part was: a target that is missed is for people to judge."""
    arguments = _arguments()
    plan = SHORT if arguments.short else Plan()
    conditions, rows = Conditions(), list[Row]()
    with tempfile.TemporaryDirectory(prefix="franca-bench-") as folder:
        tell("starting services")
        with opened(Path(folder)) as stage:
            for name in arguments.only or PARTS:
                rows += _measured(name, stage, plan)
    print(table(rows))
    is_whole = not (arguments.short or arguments.only)
    kept = page.KEPT if is_whole else arguments.keep
    if kept:
        write(conditions.result(plan, rows), kept)
    if is_whole:
        page.main([])
    return int(any(row.missing.startswith(FAILED) for row in rows))


def _measured(name: str, stage: Stage, plan: Plan) -> list[Row]:
    try:
        return PARTS[name](stage, plan)
    except MeasurementError as error:
        tell(f"{name} failed: {error}")
        return [Row(part=name, unit="", missing=f"{FAILED}, see the log")]


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes, once: shows that all of it runs")
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="only this part; repeatable")
    parser.add_argument("--keep", type=Path, help="where to keep the result of a short or partial run")
    return parser.parse_args(given)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        tell("interrupted; the services are stopped")
        sys.exit(130)
