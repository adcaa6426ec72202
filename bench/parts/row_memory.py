"""Row memory: what remembering rows costs on top of the on-ramp, and how long rebuilding them takes."""

import statistics

from bench.pairs import alternated, ratio
from bench.parts.on_ramp import raw_topics
from bench.parts.rebuild import rebuilt_rows
from bench.parts.rows import CPU, memory_row
from bench.plan import Plan
from bench.process import Cost
from bench.row import Row
from bench.stage import Project, Stage


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of cost, memory, and the time to rebuild rows from their topic."""
    topics = raw_topics(stage, plan)

    def forgetful(size: int) -> Cost:
        return run(stage, stage.project(topics[size]))

    def remembering(size: int) -> Cost:
        return run(stage, stage.project(topics[size], capture="partial"))

    without, with_rows = alternated("row memory", plan, [forgetful, remembering])
    pairs = zip(with_rows.per_million(), without.per_million(), strict=True)
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
        memory_row("on-ramp with row memory", without, with_rows, 350.0),
        *rebuilt_rows(stage, plan),
    ]


def run(stage: Stage, project: Project) -> Cost:
    """Return what it costs to map all there is."""
    return stage.run(project.franca("run", "--until-caught-up", project.on_ramp))
