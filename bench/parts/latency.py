"""How long a record takes at 1,000 a second, from being sent to being seen by an independent reader."""

import json
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from bench.messages import PARTITIONS, create, raw
from bench.plan import Plan, tell
from bench.process import ROOT, MeasurementError, end, launch, module, run
from bench.row import Row
from bench.stage import Project, Stage

RATE = 1_000
WARM_SECONDS = 2.0
PATIENCE_SECONDS = 120.0

Seen = Callable[[float, Collection[bytes]], list[bytes]]
"""Returns the keys of individuals that became visible since the last look, waiting some seconds for one.

It is told which keys are still waited for.
"""


class LostError(MeasurementError):
    """Some records did not arrive in time."""


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the rows of p50 and p99, raw to topic, to store and to lake."""
    ways: list[tuple[str, Callable[[Stage, Project], Seen], list[str], float]] = [
        ("topic, exactly once", lambda s, p: _in_topic(s, p.individual), [], 50.0),
        ("store", _in_store, ["store"], 150.0),
        ("lake", _in_lake, ["lake"], 2_000.0),
    ]
    tell("latency: a round trip with nothing between")
    bare = sorted(_bare(stage, plan.latency_seconds))
    tell("latency: raw to topic by hand, exactly once")
    by_hand = sorted(_by_hand(stage, plan.latency_seconds))
    rows = []
    for name, reader, pipelines, most in ways:
        tell(f"latency: raw to {name}")
        project = stage.project()
        run(project.franca("topics"))
        topic = f"raw.crm{project.suffix}.cust"
        with _running(project, [project.on_ramp, *pipelines]):
            found = sorted(latencies(stage, topic, reader(stage, project), plan.latency_seconds))
        beside = {
            "p50, ms": quantile(found, 0.5),
            "p99.9, ms": quantile(found, 0.999),
            "floor: p50, ms": quantile(by_hand, 0.5),
            "a round trip: p50, ms": quantile(bare, 0.5),
            "a round trip: p99, ms": quantile(bare, 0.99),
        }
        p99, floor = quantile(found, 0.99), quantile(by_hand, 0.99)
        title = f"p99 at {RATE:,}/s: raw to {name}"
        rows.append(Row(part=title, unit="ms", floor=floor, franca=p99, most=most, beside=beside))
    return rows


@contextmanager
def _running(project: Project, pipelines: list[str]) -> Iterator[None]:
    process = launch(project.franca("run", *pipelines), ROOT, subprocess.DEVNULL)
    try:
        yield
    finally:
        end(process)


def _bare(stage: Stage, seconds: float) -> list[float]:
    """Return the milliseconds of a record that is sent and read, and nothing else."""
    topic = stage.new_name("bare")
    create(stage.bootstrap, topic)
    seen = _in_topic(stage, topic)
    return latencies(
        stage, topic, lambda patience, waited: [_entity_key(key) for key in seen(patience, waited)], seconds
    )


def _by_hand(stage: Stage, seconds: float) -> list[float]:
    """Return the milliseconds of a record that the on-ramp's floor maps, one transaction after the other."""
    source, individual, customer = (stage.new_name(kind) for kind in ("bare", "individual", "customer"))
    create(stage.bootstrap, source, individual, customer)
    records = int((WARM_SECONDS + seconds) * RATE)
    command = module("bench.floors.onramp", stage.bootstrap, source, records, individual, customer, "live")
    process = launch(command, ROOT, subprocess.DEVNULL)
    try:
        return latencies(stage, source, _in_topic(stage, individual), seconds)
    finally:
        end(process)


def _entity_key(key: bytes) -> bytes:
    """Return the key of the individual that a raw message of this key gives."""
    return b"CUST" + key[13:-2]


def latencies(
    stage: Stage,
    topic: str,
    seen: Seen,
    seconds: float,
    warm_seconds: float = WARM_SECONDS,
    when_warm: Callable[[], None] = lambda: None,
) -> list[float]:
    """Send bank messages at the rate and look, in turns; return milliseconds, without those of the start.

    They count from when a message was due: one that is sent late, since looking took long, waits as well.
    `when_warm` is called where these end.
    """
    settings = {"bootstrap.servers": stage.bootstrap, "linger.ms": 5, "partitioner": "murmur2_random"}
    producer = Producer(settings)
    waited: dict[bytes, float] = {}
    taken: dict[bytes, float] = {}

    def send(number: int, due: float) -> None:
        key, value = raw(number)
        producer.produce(topic, value, key)
        producer.poll(0)
        waited[_entity_key(key)] = due

    def look(patience: float) -> None:
        for key in seen(patience, waited):
            taken[key] = time.time() - waited.pop(key)

    send(0, time.time())
    _wait(look, waited)
    warm, total = int(warm_seconds * RATE), int((warm_seconds + seconds) * RATE)
    began = time.time()
    for number in range(1, total):
        if number == warm:
            when_warm()
        look(0)
        due = began + number / RATE
        while (left := due - time.time()) > 0:
            look(left)
        send(number, due)
    _wait(look, waited)
    producer.flush()
    return [1_000 * taken[_entity_key(raw(number)[0])] for number in range(warm, total)]


def _wait(look: Callable[[float], None], waited: Collection[bytes]) -> None:
    deadline = time.time() + PATIENCE_SECONDS
    while waited:
        look(0.05)
        if time.time() > deadline:
            raise LostError(f"{len(waited)} records not seen in {PATIENCE_SECONDS} s")


def _in_topic(stage: Stage, topic: str) -> Seen:
    settings = {
        "bootstrap.servers": stage.bootstrap,
        "group.id": "bench-latency",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "fetch.wait.max.ms": 10,
    }
    consumer = Consumer(settings)
    consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in range(PARTITIONS)])

    def seen(patience: float, _waited: Collection[bytes]) -> list[bytes]:
        first = consumer.poll(patience)
        if first is None:
            return []
        return [message.key() or b"" for message in (first, *consumer.consume(1_000, 0))]

    return seen


def _in_store(stage: Stage, project: Project) -> Seen:
    connection = psycopg.connect(stage.dsn, autocommit=True)
    query = f'SELECT id FROM "{project.individual}" WHERE id = ANY(%s)'
    look = every(0.01)

    def seen(patience: float, waited: Collection[bytes]) -> list[bytes]:
        if not look(patience):
            return []
        try:
            found = connection.execute(query, [[key.decode() for key in waited]])
        except psycopg.errors.UndefinedTable:
            return []
        return [key.encode() for (key,) in found]

    return seen


def _in_lake(_stage: Stage, project: Project) -> Seen:
    return in_table(project.folder / ".franca" / "lake" / project.individual / "events")


def in_table(table: Path, *, has_log: bool = True) -> Seen:
    """Return a reader of a Delta table of individuals, or of Parquet files where there is no log."""
    new = new_files(table, has_log=has_log)
    look = every(0.02)

    def seen(patience: float, _waited: Collection[bytes]) -> list[bytes]:
        if not look(patience):
            return []
        return [str(key).encode() for file in new() for key in pq.read_table(file)["id"].to_pylist()]

    return seen


def new_files(table: Path, *, has_log: bool = True) -> Callable[[], list[Path]]:
    """Return a look at a Delta table, or a folder without a log: its files since the look before."""
    known: set[Path] = set()

    def look() -> list[Path]:
        log = table / "_delta_log"
        new = [
            path for path in (log.glob("*.json") if has_log else table.glob("part-*")) if path not in known
        ]
        known.update(new)
        if not has_log:
            return new
        actions = [json.loads(line) for path in new for line in path.read_text().splitlines()]
        return [table / action["add"]["path"] for action in actions if "add" in action]

    return look


def every(seconds: float) -> Callable[[float], bool]:
    """Return a wait that tells whether it is time to look again, so that looking costs little."""
    last = 0.0

    def is_due(patience: float) -> bool:
        nonlocal last
        time.sleep(max(0.0, min(patience, last + seconds - time.time())))
        if time.time() - last < seconds:
            return False
        last = time.time()
        return True

    return is_due


def quantile(ordered: list[float], share: float) -> float:
    """Return a quantile of figures in order."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
