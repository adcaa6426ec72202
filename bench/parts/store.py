"""The store: events of one topic to a table of PostgreSQL, exactly once, newest by key."""

from bench.pairs import alternated
from bench.parts.proof import same_count_in_store
from bench.parts.rows import cost_row, memory_row
from bench.plan import Plan
from bench.process import Cost, module
from bench.row import Row
from bench.stage import Stage, events_projects


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of the store's cost, the client's side alone, and of its memory."""
    projects = events_projects(stage, plan)

    def floor(size: int) -> Cost:
        topic = projects[size].individual
        return stage.run(module("bench.floors.store", stage.bootstrap, topic, size, stage.dsn))

    def franca(size: int) -> Cost:
        project = projects[size]
        stage.empty_store(project)
        cost = stage.run(project.franca("run", "--until-caught-up", "store"))
        same_count_in_store(stage.dsn, project.individual, size)
        return cost

    by_hand, ours = alternated("store", plan, [floor, franca])
    return [
        cost_row("store: an event to PostgreSQL, client side", by_hand, ours, 4.0, 1.4),
        memory_row("store", by_hand, ours, 250.0),
    ]
