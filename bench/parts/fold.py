"""Folding: what the lake's upkeep costs where a fifth of a large table has changed, and reading before it.

The table and its changes are written straight into the lake. A row of reading has as its floor what the same
question costs when all is folded.
"""

import statistics
from collections.abc import Sequence

from bench.pairs import MILLION
from bench.plan import Plan, tell
from bench.process import Cost, module, run
from bench.row import Row
from bench.stage import Project, Stage

COMMITS = 100
COMMIT_ROWS = 20_000
"""So many rows a stream commits at most at once."""
SHARE = 0.2
QUESTIONS = {
    "all of it": "SELECT max(COLUMNS(*)) FROM {}",
    "an aggregate": "SELECT gender, count(*), max(branch) FROM {} GROUP BY gender",
}
NOTHING = "SELECT 1"


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of upkeep, its memory, and of reading what is not folded."""
    rows, changes = plan.remembered, int(plan.remembered * SHARE)
    project = stage.project()
    tell(f"fold: writing and folding {rows:,} rows")
    _written(project, rows, rows, -(-rows // COMMIT_ROWS), 0)
    stage.run(project.franca("lake", "upkeep"))
    upkeep, idle, before, after = [], [], [], []
    for repetition in range(plan.repetitions):
        tell(f"fold: {repetition + 1} of {plan.repetitions}")
        _written(project, rows, changes, COMMITS, rows + repetition * changes)
        before.append(_read(project))
        upkeep.append(stage.run(project.franca("lake", "upkeep")))
        idle.append(stage.run(project.franca("lake", "upkeep")).cpu_seconds)
        after.append(_read(project))
    return [
        Row(
            part=f"lake: compacting and folding {changes:,} changes of {rows:,} rows",
            unit="CPU-s/M",
            franca=statistics.median(
                (cost.cpu_seconds - start) / changes * MILLION
                for cost, start in zip(upkeep, idle, strict=True)
            ),
            most=7.5,
            beside={"where nothing is due, CPU-s": statistics.median(idle)},
        ),
        Row(
            part="memory: compacting and folding",
            unit="MB",
            franca=statistics.median(cost.peak_megabytes for cost in upkeep),
            most=1000.0,
        ),
        *(_reading(name, changes, before, after) for name in QUESTIONS),
    ]


def _written(project: Project, *numbers: int) -> None:
    run(module("bench.lake_events", project.folder, *numbers))


def _read(project: Project) -> dict[str, float]:
    """Return the CPU-seconds of each question, the start left out."""
    start = _asked(project, NOTHING).cpu_seconds
    return {
        name: max(0.0, _asked(project, sql.format(project.individual)).cpu_seconds - start)
        for name, sql in QUESTIONS.items()
    }


def _asked(project: Project, sql: str) -> Cost:
    return run(project.franca("query", sql))


def _reading(
    name: str, changes: int, before: Sequence[dict[str, float]], after: Sequence[dict[str, float]]
) -> Row:
    pairs = [(unfolded[name], folded[name]) for unfolded, folded in zip(before, after, strict=True)]
    ratios = [unfolded / folded for unfolded, folded in pairs if folded > 0]
    return Row(
        part=f"lake: reading {name}, a fifth not folded",
        unit="CPU-s",
        floor=statistics.median(folded for _, folded in pairs),
        franca=statistics.median(unfolded for unfolded, _ in pairs),
        ratio=statistics.median(ratios) if ratios else None,
        most_ratio=1.5 if name == "all of it" else None,
        beside={
            "more, CPU-s per million not folded": statistics.median(
                (unfolded - folded) / changes * MILLION for unfolded, folded in pairs
            )
        },
    )
