"""What a measurement hangs on: its part of the plan, and the versions of what ran."""

import hashlib
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from bench.proof.changes import AGAIN
from bench.proof.environments import REQUIREMENTS
from bench.proof.plan import Plan
from bench.results import PACKAGES

PLANNED = {
    "increments": ("base", "hour"),
    "freshness": ("watch_seconds", "warm_seconds"),
    "sustained": ("watch_seconds",),
    "standing": ("base", "hour", "standing_seconds"),
}
"""What of the plan is in a workload's figures, beside the size."""

PIN = re.compile(r"^([\w.-]+)(?:\[.*\])?==(\S+)", re.MULTILINE)


class Conditions:
    """The conditions of this run; `programs` are batches of one's own."""

    def __init__(self, plan: Plan, programs: Mapping[str, Path] | None = None) -> None:
        self._plan = plan
        self.packages = {name: version(name) for name in PACKAGES}
        self.contestants = pinned()
        for name, file in (programs or {}).items():
            self.contestants[name] = {"program": hashlib.sha256(file.read_bytes()).hexdigest()[:16]}

    def of(self, workload: str, contestant: str, plan: Plan | None = None) -> dict[str, str]:
        """Return what a figure of a contestant hangs on; of another plan where one is given."""
        names = PLANNED.get(workload, ())
        planned = {name: f"{getattr(plan or self._plan, name):g}" for name in names}
        changed = {"again": f"{AGAIN}"} if repeats(workload, contestant) else {}
        return planned | changed | self.packages | of_contestant(self.contestants, contestant)


def repeats(workload: str, contestant: str) -> bool:
    """Tell whether what is measured are increments in which some keys change more than once."""
    return workload == "increments" or (workload == "standing" and not contestant.startswith("franca"))


def pinned() -> dict[str, dict[str, str]]:
    """Return the versions that each contestant's environment pins."""
    found = {path.stem: dict(PIN.findall(path.read_text("utf-8"))) for path in REQUIREMENTS.glob("*.txt")}
    return {name: versions for name, versions in sorted(found.items()) if versions}


def of_contestant(known: Mapping[str, Mapping[str, str]], contestant: str) -> dict[str, str]:
    """Return the versions that are a contestant's alone: none for those in franca's own environment."""
    return dict(known.get(contestant) or known.get(contestant.partition("-")[0]) or {})
