"""The lake's commits one after the other: the last ones must cost no more than the first ones.

The sink is given batches straight, with its checkpoints and its clearing up of logs, and nothing else runs.
"""

import time
from collections.abc import Sequence

from bench.messages import event
from bench.plan import Plan, tell
from bench.row import Row
from bench.stage import Stage
from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.config.project import load
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Message, Partition, Record

EVENTS = 100
"""So many are in a commit."""
WARM = 20
"""So many commits come before the first that counts."""


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the row of a commit: the floor is what each of the first ones costs."""
    tell(f"commits: {plan.commits:,} of {EVENTS} events each")
    project = stage.project()
    loaded = load(project.folder)
    of = [shape for shape in shapes(loaded) if shape.name == project.individual]
    parking = Parking(_refused, "lake", ["bench"])
    sink = DeltaSink(endpoints(loaded, "", "").lake_url, of, parking)
    sink.open()
    sink.positions([Partition(project.individual, 0, "t")])
    costs = [_cost(sink, project.individual, number) for number in range(WARM + plan.commits)][WARM:]
    sink.close()
    count = max(1, plan.commits // 20)
    first, last = (1000 * sum(part) / count for part in (costs[:count], costs[-count:]))
    return [
        Row(
            part=f"lake: a commit of {EVENTS} events, the last {count} of {plan.commits:,} beside the first",
            unit="CPU-ms",
            floor=first,
            franca=last,
            ratio=last / first,
            most_ratio=1.0,
            beside={"all of them, CPU-ms": 1000 * sum(costs) / len(costs)},
        )
    ]


def _cost(sink: DeltaSink, topic: str, number: int) -> float:
    """Return the CPU-seconds of one commit, those of all threads."""
    start = number * EVENTS
    records = []
    for offset in range(start, start + EVENTS):
        key, value = event(topic, offset)
        records.append(Record(topic, 0, offset, 0, key, value, ()))
    partition = Partition(topic, 0, "t")
    batch = Batch(records, {partition: start + EVENTS}, {partition: start})
    before = time.process_time()
    assert sink.write(batch), "nobody else writes here"
    return time.process_time() - before


def _refused(letters: Sequence[Message]) -> None:
    raise AssertionError(f"{len(letters)} events were refused")
