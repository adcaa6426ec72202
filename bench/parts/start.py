"""What starting costs: the services a second time, and the command itself."""

import statistics

from bench.plan import Plan
from bench.process import Cost, module, run
from bench.row import Row
from bench.stage import Stage

TIMES = 5


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of the services' second start, and of the command's start."""
    times = TIMES if plan.repetitions > 1 else 1
    help_costs = [run(module("franca", "--help")) for _ in range(times)]
    project = stage.project()
    check_costs = [run(project.franca("check")) for _ in range(times)]
    return [
        Row(part="services: second start", unit="s", franca=stage.second_start_seconds, most=6.0),
        _started("franca --help", help_costs),
        _started("franca check, of two mappings", check_costs),
    ]


def _started(part: str, costs: list[Cost]) -> Row:
    return Row(
        part=f"command: {part}",
        unit="CPU-s",
        franca=statistics.median(cost.cpu_seconds for cost in costs),
        beside={"s": statistics.median(cost.seconds for cost in costs)},
    )
