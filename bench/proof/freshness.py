"""The fourth workload: how old the newest row is that a reader sees, at 1,000 changes a second.

A stream that runs for months is not judged by its first minute: what is measured comes behind some time at
the same rate, in which Java compiles what runs often, the broker's part too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.messages import create
from bench.parts.latency import RATE, Seen, in_table, latencies, quantile
from bench.process import run
from bench.proof.environments import flink_command, python_command, spark_command
from bench.proof.ground import Ground, lake
from bench.proof.live import Live, Used, running
from bench.proof.measure import Measure
from bench.stage import Project

WORKLOAD = "freshness"
ENDLESS = 2**31 - 1

Command = Callable[[Ground], list[str]]
"""Returns how a stream is started."""


LONGER = 0.25
"""Seconds that the on-ramp of `franca-calm` gathers changes for, in place of none."""


def franca(ground: Ground, seconds: int) -> Measure:
    """Measure franca, raw to lake, exactly once."""
    return _franca(ground, seconds, "franca", ground.stage.project())


def franca_calm(ground: Ground, seconds: int) -> Measure:
    """Measure franca with fewer, larger transactions on the topics: the lake commits each second anyway."""
    project = ground.stage.project()
    settings = project.folder / "franca.toml"
    more = f'[pipelines."{project.on_ramp}"]\nlinger_seconds = {LONGER}\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    return _franca(ground, seconds, "franca-calm", project)


def _franca(ground: Ground, seconds: int, name: str, project: Project) -> Measure:
    with franca_runs(ground, project) as (live, topic, table):
        return _watched(name, ground, seconds, live, topic, in_table(table))


def _stream(name: str, command: Command) -> Callable[[Ground, int], Measure]:
    def measured(ground: Ground, seconds: int) -> Measure:
        with stream_runs(ground, name, command) as (live, topic, table):
            seen = in_table(table, has_log=has_log(name))
            return _watched(name, ground, seconds, live, topic, seen)

    return measured


@contextmanager
def franca_runs(ground: Ground, project: Project) -> Iterator[tuple[Live, str, Path]]:
    """Run franca, raw to lake; give it, its raw topic and the events of individuals."""
    run(project.franca("topics"))
    with running(ground.stage, project.franca("run", project.on_ramp, "lake"), "kafka", "postgres") as live:
        yield live, f"raw.crm{project.suffix}.cust", lake(project) / project.individual / "events"


@contextmanager
def stream_runs(ground: Ground, name: str, command: Command) -> Iterator[tuple[Live, str, Path]]:
    """Run another stream without end; give it, its raw topic and its table of individuals."""
    topic, folder = ground.stage.new_name("raw"), ground.new_folder(name)
    create(ground.stage.bootstrap, topic)
    told = [ground.stage.bootstrap, topic, str(ENDLESS), str(folder), "live"]
    with running(ground.stage, [*command(ground), *told], "kafka") as live:
        yield live, topic, folder / "individual"


def has_log(name: str) -> bool:
    """Tell whether a stream's table is one of Delta: Flink writes Parquet files alone."""
    return name != "flink"


def _watched(name: str, ground: Ground, seconds: int, live: Live, topic: str, seen: Seen) -> Measure:
    warm: list[Used] = []
    found = latencies(
        ground.stage, topic, seen, seconds, ground.plan.warm_seconds, lambda: warm.append(live.used())
    )
    found.sort()
    used = live.used().since(warm[0])
    return Measure(
        workload=WORKLOAD,
        contestant=name,
        size=seconds,
        repetition=0,
        changes=seconds * RATE,
        cpu_seconds=used.own,
        server_cpu_seconds=used.servers,
        seconds=seconds,
        megabytes=live.megabytes(),
        together_megabytes=live.together_megabytes(),
        extra={"p50": quantile(found, 0.5) / 1000, "p99": quantile(found, 0.99) / 1000},
    )


def _python(environment: str) -> Command:
    return lambda ground: python_command(environment, ground.plan.installs, f"{environment}_stream")


STREAMS: dict[str, Command] = {
    "spark-stream": lambda ground: spark_command(ground.plan.installs, "spark_stream"),
    "flink": lambda ground: flink_command(ground.plan.installs, "flink_stream"),
    **{name: _python(name) for name in ("quix", "bytewax", "pathway")},
}
"""How the other streams are started."""

CONTESTANTS: dict[str, Callable[[Ground, int], Measure]] = {
    "franca": franca,
    "franca-calm": franca_calm,
    **{name: _stream(name, command) for name, command in STREAMS.items()},
}
