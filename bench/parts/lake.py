"""The lake: events of one topic to a Delta table, exactly once, before any folding."""

from bench.pairs import alternated
from bench.parts.proof import same_count_in_lake
from bench.parts.rows import cost_row, memory_row
from bench.plan import Plan
from bench.process import Cost, module
from bench.row import Row
from bench.stage import Stage, events_projects

FIELDS = "id,name,first_name,last_name,middle_names,prefix,gender,marital_status,branch"


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of the lake's cost and memory."""
    projects = events_projects(stage, plan)

    def floor(size: int) -> Cost:
        table = stage.folder / stage.new_name("floor")
        topic = projects[size].individual
        return stage.run(module("bench.floors.lake", stage.bootstrap, topic, size, table, FIELDS))

    def franca(size: int) -> Cost:
        project = projects[size]
        project.forget()
        cost = stage.run(project.franca("run", "--until-caught-up", "lake"))
        same_count_in_lake(project.folder / ".franca" / "lake" / project.individual / "events", size)
        return cost

    by_hand, ours = alternated("lake", plan, [floor, franca])
    return [
        cost_row("lake: an event to Delta, before folding", by_hand, ours, 4.5, 1.4),
        memory_row("lake", by_hand, ours, 450.0),
    ]
