"""The result as it is kept, and how it is read again."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench.process import ROOT
from bench.proof.measure import Measure
from bench.proof.plan import Plan
from bench.results import PACKAGES, loop_seconds

JUDGED = tuple(("appends", name) for name in ("franca", "franca+compaction", "spark", "spark-stream"))
"""Those of the narrowest ratio, and of Spark, whose start-up varies by more than 300,000 changes cost."""

KEPT = ROOT / "bench" / "results" / "proof.json"


class Result(msgspec.Struct, kw_only=True, frozen=True):
    """All measurements of one plan; `missing` says of a contestant why it has no figure."""

    python: str
    system: str
    processors: int
    packages: dict[str, str]
    load: float
    loop_seconds: float
    plan: Plan
    measures: list[Measure]
    missing: dict[str, str] = {}


def sizes(plan: Plan, workload: str, contestant: str = "") -> tuple[int, ...]:
    """Return the sizes at which a contestant is measured."""
    if workload == "increments":
        return (plan.cycle,) if contestant == "franca" else plan.increments
    if workload == "freshness":
        return (int(plan.watch_seconds),)
    if workload == "sustained":
        return plan.rates
    if workload == "standing":
        return plan.pairs
    if (workload, contestant) in JUDGED:
        return plan.small, plan.judged
    return plan.sizes


def repetitions(plan: Plan, workload: str) -> int:
    """Return how often all of a workload is measured: rates and standing tell no ratio, and take long."""
    return 1 if workload in ("sustained", "standing") else plan.repetitions


def made(plan: Plan, measures: Iterable[Measure], missing: dict[str, str], earlier: Result | None) -> Result:
    """Return what was measured now; where that is not all, with what an earlier result of the plan has."""
    found = {each.key: each for each in measures if each.size in sizes(plan, each.workload, each.contestant)}
    places = {(each.workload, each.contestant) for each in found.values()}
    absent = dict(missing)
    if earlier is not None and _same_sizes(earlier.plan, plan):
        kept = [each for each in earlier.measures if (each.workload, each.contestant) not in places]
        found = {each.key: each for each in kept} | found
        absent = {**earlier.missing, **missing}
    there = {f"{each.workload}/{each.contestant}" for each in found.values()}
    return Result(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count() or 0,
        packages={name: version(name) for name in PACKAGES},
        load=round(os.getloadavg()[0], 1),
        loop_seconds=loop_seconds(),
        plan=plan,
        measures=list(found.values()),
        missing={place: why for place, why in absent.items() if place not in there},
    )


def _same_sizes(one: Plan, other: Plan) -> bool:
    names = ("small", "large", "base", "hour", "hours", "cycle")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def write(result: Result, path: Path) -> None:
    """Keep a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")


def read(path: Path) -> Result:
    """Return a result that was kept."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
