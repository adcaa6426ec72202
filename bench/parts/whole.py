"""The whole stream: raw records to two topics to two Delta tables."""

from collections.abc import Sequence
from dataclasses import replace

from bench.pairs import alternated
from bench.parts.lake import FIELDS
from bench.parts.on_ramp import new_outputs, raw_topics
from bench.parts.proof import same_count_in_lake
from bench.parts.rows import cost_row
from bench.plan import Plan
from bench.process import Cost, module
from bench.row import Row
from bench.stage import Stage

CUSTOMER_FIELDS = "customer_number,status,party_id,party_type"


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the row of the whole stream's cost; the floor is that of the on-ramp and twice the lake's."""
    topics = raw_topics(stage, plan)

    def floor(size: int) -> Cost:
        outputs = new_outputs(stage)
        on_ramp = module("bench.floors.onramp", stage.bootstrap, topics[size], size, *outputs)
        lakes = [
            module("bench.floors.lake", stage.bootstrap, topic, size, stage.folder / topic, fields)
            for topic, fields in zip(outputs, (FIELDS, CUSTOMER_FIELDS), strict=True)
        ]
        return _together([stage.run(command) for command in (on_ramp, *lakes)])

    def franca(size: int) -> Cost:
        project = stage.project(topics[size])
        cost = stage.run(project.franca("run", "--until-caught-up", project.on_ramp, "lake"))
        for entity in (project.individual, project.customer):
            same_count_in_lake(project.folder / ".franca" / "lake" / entity / "events", size)
        return cost

    by_hand, ours = alternated("whole stream", plan, [floor, franca])
    return [cost_row("whole stream: raw to 2 topics to 2 Delta tables", by_hand, ours, 16.0)]


def _together(costs: Sequence[Cost]) -> Cost:
    names = costs[0].server_cpu_seconds
    return replace(
        costs[0],
        cpu_seconds=sum(cost.cpu_seconds for cost in costs),
        seconds=sum(cost.seconds for cost in costs),
        peak_megabytes=max(cost.peak_megabytes for cost in costs),
        server_cpu_seconds={name: sum(cost.server_cpu_seconds[name] for cost in costs) for name in names},
    )
