"""Replays: the archive through the mappings to the topics, beside the on-ramp that reads from Kafka."""

from bench.pairs import alternated
from bench.parts.on_ramp import raw_topics
from bench.parts.proof import same_events
from bench.parts.rows import cost_row, memory_row
from bench.plan import Plan
from bench.process import Cost, run
from bench.row import Row
from bench.stage import Project, Stage


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of a replay of every event, of one of what changes, and of their memory.

    What stands in the column of the floor is franca's own on-ramp.
    """
    topics = raw_topics(stage, plan)
    last: dict[int, Project] = {}

    def on_ramp(size: int) -> Cost:
        project = last[size] = stage.project(topics[size])
        return stage.run(project.franca("run", "--until-caught-up", project.on_ramp))

    def every(size: int) -> Cost:
        before, project = last[size], _archived(stage, topics[size])
        cost = stage.run(_replay(project, "--all"))
        if size == plan.small:
            outputs = (before.individual, before.customer)
            same_events(stage.bootstrap, outputs, (project.individual, project.customer))
        return cost

    def changed(size: int) -> Cost:
        project = _archived(stage, topics[size])
        return stage.run(_replay(project))

    theirs, all_events, changes = alternated("replay", plan, [on_ramp, every, changed])
    return [
        cost_row("replay: an archived record to 2 events, beside the on-ramp", theirs, all_events, 7.0, 1.0),
        cost_row("replay: an archived record to what changes", theirs, changes, 7.0, 1.0),
        memory_row("replay of what changes", theirs, changes, 1_000.0),
    ]


def _archived(stage: Stage, topic: str) -> Project:
    """Return a project whose archive holds the topic, and nothing is on its entities' topics."""
    project = stage.project(topic)
    run(project.franca("run", "--until-caught-up", project.on_ramp.replace("on-ramp", "archive")))
    return project


def _replay(project: Project, *options: str) -> list[str]:
    application = project.on_ramp.removesuffix(".on-ramp")
    return project.franca("replay", "--application", application, "--publish", *options)
