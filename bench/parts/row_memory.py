"""Row memory: what remembering rows costs on top of the on-ramp, and how long it takes to rebuild them."""

import shutil
import statistics

from bench.pairs import MILLION, alternated, ratio
from bench.parts.on_ramp import raw_topics
from bench.parts.rows import CPU, memory_row
from bench.plan import Plan
from bench.process import Cost
from bench.row import Row
from bench.stage import Project, Stage

REBUILT = 5_000_000


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of cost, memory, and the time to rebuild five million rows from their topic."""
    topics = raw_topics(stage, plan)
    last: dict[int, Project] = {}

    def forgetful(size: int) -> Cost:
        return run(stage, stage.project(topics[size]))

    def remembering(size: int) -> Cost:
        last[size] = stage.project(topics[size], capture="partial")
        return run(stage, last[size])

    def rebuilding(size: int) -> Cost:
        shutil.rmtree(last[size].folder / ".franca" / "rows")
        return run(stage, last[size])

    without, with_rows, rebuilt = alternated("row memory", plan, [forgetful, remembering, rebuilding])
    pairs = zip(with_rows.per_million(), without.per_million(), strict=True)
    rate = rebuilt.records_per_second()
    seconds = REBUILT / rate if rate else None
    return [
        Row(
            part="row memory, on top of the on-ramp without it",
            unit=CPU,
            floor=statistics.median(without.per_million()),
            franca=statistics.median(top - bottom for top, bottom in pairs),
            ratio=ratio(with_rows, without),
            most=6.0,
            beside={
                "Kafka, CPU-s/M": with_rows.server_per_million("kafka"),
                "without: Kafka, CPU-s/M": without.server_per_million("kafka"),
            },
        ),
        Row(
            part=f"row memory: {REBUILT // MILLION} million rows rebuilt",
            unit="s",
            franca=seconds,
            most=90.0,
            missing="" if rate else "too quick to tell at these sizes",
            beside={"CPU-s/M": statistics.median(rebuilt.per_million())},
        ),
        memory_row("on-ramp with row memory", without, with_rows, 350.0),
    ]


def run(stage: Stage, project: Project) -> Cost:
    """Return what it costs to map all there is, or to find that all is mapped."""
    return stage.run(project.franca("run", "--until-caught-up", project.on_ramp))
