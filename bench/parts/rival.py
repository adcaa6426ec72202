"""The on-ramp's work in Quix Streams, exactly once, as a user would write it."""

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.pairs import alternated, ratio
from bench.parts.on_ramp import new_outputs, raw_topics
from bench.parts.proof import same_events
from bench.plan import Plan, tell
from bench.process import ROOT, Cost, module
from bench.row import Row
from bench.stage import Stage

REQUIREMENTS = Path(__file__).parent.parent / "rival-requirements.txt"
PART = "rival: the on-ramp's work in Quix Streams, exactly once"
SHARE = 4
"""The rival is slower: a quarter of the records tells enough."""


def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Return the row of the rival's cost, or why there is none."""
    if not plan.installs and not (_environment() / "installed").exists():
        return [Row(part=PART, unit="CPU-s/M", missing="not installed: the long form does it")]
    try:
        python = _installed()
    except subprocess.CalledProcessError as error:
        last = (error.stderr or b"").decode(errors="replace").strip().splitlines()[-1:]
        tell(f"the rival can't be installed: {''.join(last)}")
        return [Row(part=PART, unit="CPU-s/M", missing="can't be installed here")]
    less = Plan(plan.small // SHARE, plan.large // SHARE, plan.repetitions, plan.latency_seconds)
    topics = raw_topics(stage, less)
    outputs: dict[int, tuple[str, str]] = {}

    def floor(size: int) -> Cost:
        outputs[size] = new_outputs(stage)
        return stage.run(module("bench.floors.onramp", stage.bootstrap, topics[size], size, *outputs[size]))

    def rival(size: int) -> Cost:
        own = new_outputs(stage)
        script = str(ROOT / "bench" / "rival" / "quix.py")
        cost = stage.run([str(python), script, stage.bootstrap, topics[size], str(size), *own])
        if size == less.small:
            same_events(stage.bootstrap, outputs[size], own)
        return cost

    by_hand, theirs = alternated("rival", less, [floor, rival])
    return [
        Row(
            part=PART,
            unit="CPU-s/M",
            floor=statistics.median(by_hand.per_million()),
            rival=statistics.median(theirs.per_million()),
            ratio=ratio(theirs, by_hand),
            beside={
                "start-up, CPU-s": theirs.start_up(),
                "records/s": theirs.records_per_second(),
                "peak, MB": theirs.peaks()[1],
            },
        )
    ]


def _installed() -> Path:
    """Return the interpreter of an environment with the rival, made where there is none for this list."""
    folder = _environment()
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        tell("installing the rival")
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [
                str(python),
                "-m",
                "pip",
                "--disable-pip-version-check",
                "install",
                "-q",
                "-r",
                str(REQUIREMENTS),
            ],
        ):
            subprocess.run(command, check=True, capture_output=True)
        (folder / "installed").touch()
    return python


def _environment() -> Path:
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    return Path(tempfile.gettempdir(), f"franca-rival-{digest}-{sys.version_info.minor}-{os.getuid()}")
