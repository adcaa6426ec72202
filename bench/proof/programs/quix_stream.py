"""A stream in Quix Streams, Kafka to two Delta tables: `quix_stream.py BOOTSTRAP TOPIC COUNT FOLDER [live]`.

Quix has no sink to Delta: its documentation has one write a `BatchingSink`, whose batches are written before
the offsets are committed. Two dataframes of one topic, one per table; commits every second when live.
"""

import sys
import uuid

from deltalake import write_deltalake
from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch

from bench.proof.programs.arrow import table
from bench.proof.programs.bank import TABLES, decode, rows


class DeltaSink(BatchingSink):
    """Appends each checkpoint's rows to the two tables."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def write(self, batch: SinkBatch) -> None:
        made = zip(*(item.value for item in batch), strict=True)
        for (name, columns), own in zip(TABLES.items(), made, strict=True):
            write_deltalake(f"{self._folder}/{name}", table(columns, own), mode="append")


def main(bootstrap: str, topic: str, count: str, folder: str, mode: str = "") -> None:
    application = Application(
        bootstrap,
        consumer_group=f"proof-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        commit_interval=1.0 if mode == "live" else 5.0,
        commit_every=0 if mode == "live" else 50_000,
        loglevel="WARNING",
    )
    changes = application.dataframe(application.topic(topic, value_deserializer="bytes"))
    changes.apply(lambda value: rows(decode(value))).sink(DeltaSink(folder))
    if mode == "live":
        application.run()
    else:
        application.run(count=int(count), collect=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
