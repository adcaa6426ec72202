"""The sixth workload: what a stream costs while little comes, for a pair of tables and for several.

A batch that runs each hour pays for each pair of tables anew; what of a stream stands, it pays once, and
what each further pair costs tells from how many on the stream takes less, if ever. The batches are run here
too, so that the processors are as fast for both.
"""

import time
from collections.abc import Callable

import msgspec
from confluent_kafka import Producer

from bench.messages import raw
from bench.process import run
from bench.proof import increments
from bench.proof.ground import Ground, lake, remove, written
from bench.proof.live import Live, Used, running
from bench.proof.measure import Measure
from bench.stage import Project

WORKLOAD = "standing"
LATER_SECONDS = 30.0
"""What `franca-minute` waits for more, on its way to the topics and again to the lake."""

_NAMES = {
    "model.py": (("from suffix", "from suffix{n}"),),
    "suffix.py": (('SUFFIX = "', 'SUFFIX = "{n}'),),
    "crm.py": (
        ("from suffix import SUFFIX", "from crm import crm"),
        ("from franca import Application, Key", "from franca import Key"),
        ("from model", "from model{n}"),
        ('crm = Application("crm" + SUFFIX)\n', ""),
        ("class Cust(Table)", 'class Cust(Table, name="cust{n}")'),
        ("def individual", "def individual{n}"),
        ("def customer", "def customer{n}"),
    ),
}
"""What makes the bank's modules those of one more table of the application, and of two more entities."""


def franca(ground: Ground, pairs: int) -> Measure:
    """Measure franca by its defaults: the lake commits each second."""
    return _measured(ground, "franca", pairs, _project(ground, pairs))


def franca_minute(ground: Ground, pairs: int) -> Measure:
    """Measure franca where rows may be a minute old."""
    project = _project(ground, pairs)
    settings = "".join(
        f'[pipelines."{name}"]\nlinger_seconds = {LATER_SECONDS}\n' for name in (project.on_ramp, "lake")
    )
    _say(project, settings)
    return _measured(ground, "franca-minute", pairs, project)


def _measured(ground: Ground, name: str, pairs: int, project: Project) -> Measure:
    """Watch it without changes, then with changes one by one; then the upkeep of as long a time."""
    seconds, folder = ground.plan.standing_seconds, lake(project)
    run(project.franca("topics"))
    with running(ground.stage, project.franca("run", project.on_ramp, "lake"), "kafka", "postgres") as live:
        sent = _send(ground, project, pairs, 0, 1)
        live.wait(lambda: written(folder)[0] >= 2 * sent, f"{2 * sent} rows in the lake")
        idle = _watched(live, seconds / 2)
        objects = written(folder)[1]
        used, sent = _trickled(ground, live, project, pairs)
        megabytes, together = live.megabytes(), live.together_megabytes()
        objects = written(folder)[1] - objects
    upkeep = ground.run(project.franca("lake", "upkeep"))
    remove(folder)
    tended = upkeep.cpu_seconds + sum(upkeep.server_cpu_seconds.values())
    return Measure(
        workload=WORKLOAD,
        contestant=name,
        size=pairs,
        repetition=0,
        changes=sent,
        cpu_seconds=used.own + upkeep.cpu_seconds,
        server_cpu_seconds=used.servers,
        seconds=seconds,
        megabytes=megabytes,
        together_megabytes=together,
        objects=objects,
        extra={
            "idle": (idle.own + idle.servers) / seconds * 2 * 3600,
            "idle, servers": idle.servers / seconds * 2 * 3600,
            "trickle": (used.own + used.servers + tended) / seconds * 3600,
            "upkeep": tended / seconds * 3600,
            "objects": objects / seconds * 3600,
        },
    )


def _project(ground: Ground, pairs: int) -> Project:
    project = ground.stage.project()
    write_pairs(project, pairs)
    _say(project, "[lake]\nupkeep_seconds = 0\n")  # it runs once behind the changes, of as long as it does
    return project


def write_pairs(project: Project, pairs: int) -> None:
    """Add tables to the bank's project until it has so many, each of two entities of its own."""
    for number in range(1, pairs):
        for name, changes in _NAMES.items():
            text = (project.folder / name).read_text(encoding="utf-8")
            for old, new in changes:
                if old not in text:
                    raise ValueError(f"{name} lacks {old!r}")
                text = text.replace(old, new.format(n=number), 1)
            (project.folder / name.replace(".", f"{number}.")).write_text(text, encoding="utf-8")


def _say(project: Project, settings: str) -> None:
    path = project.folder / "franca.toml"
    path.write_text(path.read_text(encoding="utf-8") + settings, encoding="utf-8")


def _topics(project: Project, pairs: int) -> list[str]:
    return [f"raw.crm{project.suffix}.cust{number or ''}" for number in range(pairs)]


def _send(ground: Ground, project: Project, pairs: int, start: int, count: int) -> int:
    """Send so many changes to each table; return how many it were."""
    settings = {"bootstrap.servers": ground.stage.bootstrap, "partitioner": "murmur2_random"}
    producer = Producer({**settings, "linger.ms": 5, "compression.type": "lz4"})
    for topic in _topics(project, pairs):
        for number in range(start, start + count):
            key, value = raw(number)
            producer.produce(topic, value, key)
    producer.flush()
    return pairs * count


def _trickled(ground: Ground, live: Live, project: Project, pairs: int) -> tuple[Used, int]:
    """Return what is used while each table gets an hour's changes an hour, one by one, and how many came."""
    seconds = ground.plan.standing_seconds
    count = max(1, int(seconds * ground.plan.hour / 3600))
    began, before = time.perf_counter(), live.used()
    for number in range(count):
        _send(ground, project, pairs, number + 1, 1)
        _until(began + (number + 1) * seconds / count)
    return live.used().since(before), pairs * count


def _watched(live: Live, seconds: float) -> Used:
    began, before = time.perf_counter(), live.used()
    _until(began + seconds)
    return live.used().since(before)


def _until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.perf_counter()))


def _merge(name: str) -> Callable[[Ground, int], Measure]:
    def merge(ground: Ground, size: int) -> Measure:
        return msgspec.structs.replace(increments.CONTESTANTS[name](ground, size), workload=WORKLOAD)

    return merge


BATCHES = tuple(name for name in increments.CONTESTANTS if name != "franca")
CONTESTANTS: dict[str, Callable[[Ground, int], Measure]] = {
    "franca": franca,
    "franca-minute": franca_minute,
    **{name: _merge(name) for name in BATCHES},
}
