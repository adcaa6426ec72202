"""One worker that copies a topic, as a process that tests may kill, freeze and start again."""

import sys
from pathlib import Path

import msgspec

from franca.pipeline.progress import Progress
from franca.pipeline.runner import Pipeline, run
from franca.pipeline.slot import Slot
from franca.pipeline.stop import stop_on_signals
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.sources.kafka import KafkaSource
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.topics.cluster import Cluster
from franca.types import Batch, Message, Record


class Job(msgspec.Struct):
    """What to copy; the one argument of the program, as JSON."""

    bootstrap: str
    source: str
    target: str
    folder: str
    session_seconds: float = 6.0
    batch_records: int = 40
    epoch: int | None = None


def pipeline(job: Job, worker: str) -> Pipeline[Message]:
    """Describe the copying."""
    cluster, group = Cluster(job.bootstrap), f"franca.{job.target}"

    def step(batch: Batch[Record]) -> Batch[Message]:
        items = [(job.target, record.key, record.value) for record in batch.items]
        return Batch(items, batch.positions, batch.starts, batch.group)

    source = KafkaSource(
        KafkaSourceSettings(
            cluster,
            group,
            (job.source,),
            worker,
            batch_records=job.batch_records,
            session_seconds=job.session_seconds,
        )
    )
    sink = KafkaSink(KafkaSinkSettings(cluster, group, f"{group}.{worker}", (job.target,), epoch=job.epoch))
    return Pipeline(job.target, source, step, sink, worker)


def main() -> None:
    """Copy until told to stop; every picture of the progress is one line of stdout."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    slot = Slot(Path(job.folder), job.target)

    def report(progress: Progress) -> None:
        sys.stdout.write(msgspec.json.encode(progress).decode() + "\n")
        sys.stdout.flush()

    with stop_on_signals() as stop:
        run(pipeline(job, slot.name), report=report, stop=stop)
    slot.close()


if __name__ == "__main__":
    main()
