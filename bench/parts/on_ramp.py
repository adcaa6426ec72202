"""The on-ramp: one raw record to two events on two topics, exactly once."""

from bench.messages import create, fill, raw
from bench.pairs import alternated
from bench.parts.proof import same_events
from bench.parts.rows import cost_row, memory_row
from bench.plan import Plan, tell
from bench.process import Cost, module
from bench.row import Row
from bench.stage import Stage


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of the on-ramp's cost and memory."""
    topics = raw_topics(stage, plan)
    outputs: dict[int, tuple[str, str]] = {}

    def floor(size: int) -> Cost:
        outputs[size] = new_outputs(stage)
        return stage.run(module("bench.floors.onramp", stage.bootstrap, topics[size], size, *outputs[size]))

    def franca(size: int) -> Cost:
        project = stage.project(topics[size])
        cost = stage.run(project.franca("run", "--until-caught-up", project.on_ramp))
        if size == plan.small:
            same_events(stage.bootstrap, outputs[size], (project.individual, project.customer))
        return cost

    by_hand, ours = alternated("on-ramp", plan, [floor, franca])
    return [
        cost_row("on-ramp: 1 raw record to 2 events, exactly once", by_hand, ours, 7.0, 1.2),
        memory_row("on-ramp", by_hand, ours, 250.0),
    ]


def raw_topics(stage: Stage, plan: Plan) -> dict[int, str]:
    """Fill a raw topic for each size, and return their names."""
    names = {size: stage.new_name("raw") for size in plan.sizes}
    create(stage.bootstrap, *names.values())
    for size, name in names.items():
        tell(f"filling {name} with {size:,} raw records")
        fill(stage.bootstrap, name, raw, size)
    return names


def new_outputs(stage: Stage) -> tuple[str, str]:
    """Return two new topics for the floor to write to."""
    names = stage.new_name("individual"), stage.new_name("customer")
    create(stage.bootstrap, *names)
    return names
