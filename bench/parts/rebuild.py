"""Row memory: how long a worker takes that has lost its cache, until it maps what lacks all but the key."""

import shutil
import statistics
from functools import partial

from bench import messages
from bench.messages import fill
from bench.parts.proof import same_count_on_topic
from bench.plan import Plan, tell
from bench.process import Cost, run
from bench.row import Row
from bench.stage import Project, Stage

MILLION = 1_000_000
CHANGES = 1_000
MOST_REPETITIONS = 2


def rebuilt_rows(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of time and memory; the time is that of the whole command, its start included."""
    count = plan.remembered
    project = stage.project(capture="partial")
    run(project.franca("topics"))
    raw = f"raw.crm{project.suffix}.cust"
    tell(f"filling a rows topic with {count:,} rows")
    fill(
        stage.bootstrap,
        f"crm{project.suffix}.cust.rows",
        partial(messages.remembered, raw),
        count,
        in_turns=True,
    )
    costs = []
    for repetition in range(1, min(plan.repetitions, MOST_REPETITIONS) + 1):
        tell(f"row memory: {count:,} rows rebuilt, {repetition}")
        shutil.rmtree(project.folder / ".franca" / "rows", ignore_errors=True)
        fill(stage.bootstrap, raw, messages.partial, CHANGES, in_turns=True)
        costs.append(stage.run(project.franca("run", "--until-caught-up", project.on_ramp)))
        same_count_on_topic(stage.bootstrap, project.individual, repetition * CHANGES)
    return _told(stage, project, costs, count)


def _told(stage: Stage, project: Project, costs: list[Cost], count: int) -> list[Row]:
    fill(stage.bootstrap, f"raw.crm{project.suffix}.cust", messages.partial, CHANGES, in_turns=True)
    again = stage.run(project.franca("run", "--until-caught-up", project.on_ramp))
    named = f"{count // MILLION} million" if count >= MILLION else f"{count:,}"
    return [
        Row(
            part=f"row memory: {named} rows rebuilt",
            unit="s",
            franca=statistics.median(cost.seconds for cost in costs),
            most=90.0 if count >= 5 * MILLION else None,
            beside={
                "CPU-s": statistics.median(cost.cpu_seconds for cost in costs),
                "Kafka, CPU-s": statistics.median(cost.server_cpu_seconds["kafka"] for cost in costs),
                "with its cache, s": again.seconds,
            },
        ),
        Row(
            part=f"memory: {named} rows rebuilt",
            unit="MB",
            franca=statistics.median(cost.peak_megabytes for cost in costs),
            most=400.0,
            beside={"with its cache, MB": again.peak_megabytes},
        ),
    ]
