"""A stream in Bytewax, Kafka to two Delta tables: `bytewax_stream.py BOOTSTRAP TOPIC COUNT FOLDER [live]`.

Its own Kafka input, its mapping operator, and a custom sink that appends each batch, as its guide to
custom connectors has it. Batches are gathered by count or time before the sink.
"""

import sys
from datetime import timedelta
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import cluster_main
from deltalake import write_deltalake

from bench.proof.programs.arrow import table
from bench.proof.programs.bank import TABLES, decode, rows


class DeltaPartition(StatelessSinkPartition[Any]):
    """Appends the rows of both tables."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def write_batch(self, items: list[Any]) -> None:
        for _key, gathered in items:
            for (name, columns), own in zip(TABLES.items(), zip(*gathered, strict=True), strict=True):
                write_deltalake(f"{self._folder}/{name}", table(columns, own), mode="append")


class DeltaSink(DynamicSink[Any]):
    """Two Delta tables in a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def build(self, step_id: str, worker_index: int, worker_count: int) -> DeltaPartition:
        return DeltaPartition(self._folder)


def main(bootstrap: str, topic: str, _count: str, folder: str, mode: str = "") -> None:
    is_live = mode == "live"
    flow = Dataflow("proof")
    source = KafkaSource([bootstrap], [topic], tail=is_live, batch_size=10_000)
    messages = op.input("messages", flow, source)
    mapped = op.map("map", messages, lambda message: rows(decode(message.value)))
    keyed = op.key_on("key", mapped, lambda _rows: "all")
    # `collect` waits anew with each item: where they come one by one, only their number ends a list
    wait, most = timedelta(seconds=1 if is_live else 5), 1_000 if is_live else 50_000
    gathered = op.collect("gather", keyed, timeout=wait, max_size=most)
    op.output("delta", gathered, DeltaSink(folder))
    cluster_main(flow, [], 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
