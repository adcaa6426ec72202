"""The lake at a steady 1,000 events a second: what small commits cost, a second each."""

import subprocess
import time
from itertools import count

from confluent_kafka import Producer

from bench.messages import event
from bench.parts.latency import RATE
from bench.plan import Plan, tell
from bench.process import ROOT, MeasurementError, end, launch, run, tree_cpu_seconds
from bench.row import Row
from bench.stage import Project, Stage

WARM_COMMITS = 6
"""Counted from then on: workers have started, however slow the machine is, and code and tables are loaded."""
LIMIT_SECONDS = 120.0


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the row of an event's cost while events arrive one by one."""
    tell(f"steady: the lake at {RATE:,} events a second")
    project = stage.project()
    run(project.franca("topics"))
    process = launch(project.franca("run", "lake"), ROOT, subprocess.DEVNULL)
    try:
        used = _used(stage, project, process.pid, plan.latency_seconds)
    finally:
        end(process)
    return [
        Row(
            part=f"lake: an event at {RATE:,}/s, commits of 1 s",
            unit="CPU-s/M",
            franca=used / (plan.latency_seconds * RATE) * 1_000_000,
            most=25.0,
            beside={"of a core, %": 100 * used / plan.latency_seconds},
        )
    ]


def _used(stage: Stage, project: Project, pid: int, seconds: float) -> float:
    """Return the CPU-seconds that the run used while it was sent events, its start left out."""
    producer = Producer({"bootstrap.servers": stage.bootstrap, "linger.ms": 5})
    log = project.folder / ".franca" / "lake" / project.individual / "events" / "_delta_log"
    began, before, last = time.time(), 0.0, -1
    for number in count():
        if number == last:
            break
        if last < 0 and number % RATE == 0:
            if len(list(log.glob("*.json"))) > WARM_COMMITS:
                before, last = tree_cpu_seconds(pid), number + int(seconds * RATE)
            elif number > LIMIT_SECONDS * RATE:
                raise MeasurementError(f"the lake has not made {WARM_COMMITS} commits")
        key, value = event(project.individual, number)
        producer.produce(project.individual, value, key)
        producer.poll(max(0.0, began + number / RATE - time.time()))
    after = tree_cpu_seconds(pid)
    producer.flush()
    return after - before
