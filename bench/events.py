"""A topic of events for the benchmarks of lake and store, and how a program is measured. No franca import.

The events are those that the on-ramp's benchmark makes: about 430 bytes, 50,000 keys.
"""

import json
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

PARTITIONS = 4
KEYS = 50_000
SIZES = (100_000, 400_000)


def event(number: int) -> bytes:
    key = f"CUST{number % KEYS:08d}"
    data = {
        "id": key,
        "name": f"Ada {number} Lovelace",
        "first_name": ("Ada", "Grace", "Alan", "Edsger")[number % 4],
        "last_name": ("Lovelace", "Hopper", "Turing", "Dijkstra")[number % 4],
        "middle_names": "Maria" if number % 2 else None,
        "prefix": "Ms" if number % 2 else "Mr",
        "gender": ("Female", "Male", "Nonbinary")[number % 3],
        "marital_status": ("Single", "Married")[number % 2],
    }
    envelope = {
        "specversion": "1.0",
        "id": f"raw.crm.cust/0/{number}/individual/c",
        "source": "crm/cust",
        "type": "individual.changed",
        "subject": key,
        "time": f"2026-11-22T10:00:00.{number % 1_000_000:06d}Z",
        "datacontenttype": "application/json",
        "dataschema": "individual/1",
        "sequence": f"0001.lsn.{24_000_000 + 56 * number:020d}.000",
        "origin": "crm",
        "mapping": "1-3f2a9c1b",
        "data": data,
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def fill(bootstrap: str, topic: str, records: int) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1)]).values():
        future.result(30)
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 50,
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
        }
    )
    for number in range(records):
        while True:
            try:
                producer.produce(topic, event(number), f"CUST{number % KEYS:08d}".encode())
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def batches(bootstrap: str, topic: str, records: int, size: int) -> Iterator[list[Any]]:
    """Yield lists of messages of `size` each, until so many records are read."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"floor-{uuid.uuid4().hex}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 10,
        }
    )
    consumer.subscribe([topic])
    done = 0
    while done < records:
        messages: list[Any] = []
        while len(messages) < min(size, records - done):
            messages += consumer.consume(min(size, records - done) - len(messages), 0.5)
        yield messages
        done += len(messages)
    consumer.close()


def measured(work: Callable[[], None], records: int) -> None:
    """Do the work in this process and print what it cost."""
    started = time.perf_counter()
    work()
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {
        "records": records,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "seconds": time.perf_counter() - started,
        "peak_megabytes": used.ru_maxrss / 1024,
    }
    print(json.dumps(cost))


def marginal(script: str, arguments: Sequence[str], sizes: Sequence[int]) -> dict[str, Any]:
    """Run a script for two sizes, each in a process of its own, and return what a million records cost."""
    small, large = sorted(sizes)
    command = [sys.executable, script, *arguments, "--run"]
    costs = [
        json.loads(subprocess.run([*command, str(size)], stdout=subprocess.PIPE, check=True).stdout)
        for size in (small, large)
    ]
    cpu = (costs[1]["cpu_seconds"] - costs[0]["cpu_seconds"]) / (large - small) * 1e6
    return {"sizes": costs, "cpu_seconds_per_million": round(cpu, 2)}
