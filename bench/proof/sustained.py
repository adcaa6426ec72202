"""The fifth workload: the highest rate that a stream keeps up with, and how old the newest row is then.

Changes are offered at one rate after the other. A rate is sustained where the rows of the last quarter are
hardly older than those of the second: else a queue grows, and would without end.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from confluent_kafka import Producer

from bench.messages import raw
from bench.parts.latency import new_files
from bench.process import MeasurementError
from bench.proof.freshness import STREAMS, Command, franca_runs, has_log, stream_runs
from bench.proof.ground import Ground
from bench.proof.live import Live, NotDoneError
from bench.proof.measure import Measure

WORKLOAD = "sustained"
WARM_SECONDS = 3.0
TICK_SECONDS = 0.01
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 60.0
MOST_GROWTH_SECONDS = 1.0
MOST_DELAY = 1.1
LSN, STEP = 24_000_000, 56
"""Of message `n` the place in the source's log is LSN + n * STEP."""

Numbers = Callable[[], "npt.NDArray[np.int64]"]
"""Returns the numbers of the messages whose rows came into sight since the last look."""


def franca(ground: Ground, rate: int) -> Measure:
    """Measure franca, raw to lake, exactly once."""
    with franca_runs(ground, ground.stage.project()) as (live, topic, table):
        return _measured(ground, "franca", rate, live, topic, _numbers(table))


def _stream(name: str, command: Command) -> Callable[[Ground, int], Measure]:
    def offered(ground: Ground, rate: int) -> Measure:
        with stream_runs(ground, name, command) as (live, topic, table):
            return _measured(ground, name, rate, live, topic, _numbers(table, is_delta=has_log(name)))

    return offered


def _numbers(table: Path, *, is_delta: bool = True) -> Numbers:
    new = new_files(table, has_log=is_delta)

    def look() -> "npt.NDArray[np.int64]":
        found = [pq.read_table(file, columns=["_sequence"])["_sequence"] for file in new()]
        if not found:
            return np.empty(0, np.int64)
        texts = pa.chunked_array([chunk for column in found for chunk in column.chunks], pa.string())
        places = pc.cast(pc.utf8_slice_codeunits(texts, 9, 29), pa.int64())
        numbers: npt.NDArray[np.int64] = (places.to_numpy() - LSN) // STEP
        return numbers

    return look


def _measured(ground: Ground, name: str, rate: int, live: Live, topic: str, numbers: Numbers) -> Measure:
    seconds = ground.plan.watch_seconds
    before = live.used()
    ages = _ages(ground, topic, rate, seconds, numbers)
    used = live.used().since(before)
    quarters = [float(np.median(quarter)) for quarter in np.array_split(ages, 4)]
    return Measure(
        workload=WORKLOAD,
        contestant=name,
        size=rate,
        repetition=0,
        changes=len(ages),
        cpu_seconds=used.own,
        server_cpu_seconds=used.servers,
        seconds=seconds,
        megabytes=live.megabytes(),
        together_megabytes=live.together_megabytes(),
        extra={
            "p50": float(np.quantile(ages, 0.5)),
            "p99": float(np.quantile(ages, 0.99)),
            "sustained": float(quarters[3] <= quarters[1] + MOST_GROWTH_SECONDS),
        },
    )


def _ages(
    ground: Ground, topic: str, rate: int, seconds: float, numbers: Numbers
) -> "npt.NDArray[np.float64]":
    """Offer changes at a rate; return the seconds from when each is due to seeing its row, in their order.

    Those of the first seconds are left out. Raises NotDoneError where some never come.
    """
    first = 0
    messages = [raw(number) for number in range(1 + int((WARM_SECONDS + seconds) * rate))]
    seen = np.full(len(messages), np.inf)
    settings = {"bootstrap.servers": ground.stage.bootstrap, "linger.ms": 5, "compression.type": "lz4"}
    producer = Producer(
        {**settings, "partitioner": "murmur2_random", "queue.buffering.max.messages": 1_000_000}
    )

    def send(until: int) -> None:
        nonlocal first
        for number in range(first, until):
            key, value = messages[number]
            producer.produce(topic, value, key)
        producer.poll(0)
        first = until

    def look() -> None:
        found = numbers()
        seen[found[np.isinf(seen[found])]] = time.time()

    send(1)
    _wait(look, seen[:1])
    began = looked = time.time()
    while first < len(messages):
        send(min(len(messages), 1 + int((time.time() - began) * rate)))
        if time.time() - looked >= LOOK_SECONDS:
            looked = time.time()
            look()
        time.sleep(TICK_SECONDS)
    if time.time() - began > MOST_DELAY * (WARM_SECONDS + seconds):
        raise MeasurementError(f"{rate:,} a second can't be offered on this machine")
    producer.flush()
    _wait(look, seen)
    due = began + np.arange(len(messages)) / rate
    ages: npt.NDArray[np.float64] = (seen - due)[1 + int(WARM_SECONDS * rate) :]
    return ages


def _wait(look: Callable[[], None], seen: "npt.NDArray[np.float64]") -> None:
    deadline = time.time() + PATIENCE_SECONDS
    while np.isinf(seen).any():
        look()
        time.sleep(LOOK_SECONDS)
        if time.time() > deadline:
            unseen = int(np.isinf(seen).sum())
            raise NotDoneError(f"{unseen:,} rows not seen {PATIENCE_SECONDS:.0f} s after all was sent")


CONTESTANTS: dict[str, Callable[[Ground, int], Measure]] = {
    "franca": franca,
    **{name: _stream(name, command) for name, command in STREAMS.items()},
}
