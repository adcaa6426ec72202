"""One worker of a project's on-ramp, as a process that tests may kill, freeze and start again."""

import logging
import sys
from pathlib import Path

import msgspec

from franca.config.endpoints import Endpoints
from franca.config.pipelines import build
from franca.config.project import load
from franca.pipeline.progress import Progress
from franca.pipeline.runner import run
from franca.pipeline.slot import Slot
from franca.pipeline.stop import stop_on_signals


class Job(msgspec.Struct):
    """Where Kafka is, the project's folder, and the pipeline; the one argument of the program, as JSON."""

    bootstrap: str
    folder: str
    pipeline: str


def main() -> None:
    """Run until told to stop; every picture of the progress is one line of stdout."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    project = load(Path(job.folder))
    slot = Slot(project.state / "slots", job.pipeline)
    places = Endpoints(job.bootstrap, "", "", "")

    def report(progress: Progress) -> None:
        sys.stdout.write(msgspec.json.encode(progress).decode() + "\n")
        sys.stdout.flush()

    with stop_on_signals() as stop:
        run(build(project, places, job.pipeline, slot.name), report=report, stop=stop)
    slot.close()


if __name__ == "__main__":
    main()
