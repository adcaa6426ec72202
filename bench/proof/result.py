"""The result as it is kept, and how it is read again."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bench.process import ROOT
from bench.proof.conditions import Conditions, of_contestant, repeats
from bench.proof.measure import Measure
from bench.proof.pace import SLOWEST
from bench.proof.plan import Plan
from bench.results import PACKAGES, loop_seconds

JUDGED = tuple(("appends", name) for name in ("franca", "franca+compaction", "spark", "spark-stream"))
"""Those of the narrowest ratio, and of Spark, whose start-up varies by more than 300,000 changes cost."""

KEPT = ROOT / "bench" / "results" / "proof.json"

DIFFERENT = "its tables are not what they should be"
SPOILING = "its program changed its input"
REFUSED = (DIFFERENT, SPOILING)
"""Why a contestant has no figure whatever else was measured of it."""

SIZES = (
    *("small", "large", "judged", "base", "hour", "hours", "cycle"),
    *("watch_seconds", "warm_seconds", "standing_seconds", "pairs", "rates"),
)
"""What of two plans is the same where their figures stand beside each other."""


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
    contestants: dict[str, dict[str, str]] = {}
    """The versions of those who have an environment of their own."""

    @property
    def pace(self) -> float:
        """The quickest loop of all that were looked at: how fast the processors are."""
        return min([self.loop_seconds, *(each.loop_seconds for each in self.measures if each.loop_seconds)])


def sizes(plan: Plan, workload: str, contestant: str = "") -> tuple[int, ...]:
    """Return the sizes at which a contestant is measured."""
    if workload == "increments":
        return (plan.cycle,) if contestant == "franca" else plan.increments
    if workload == "freshness":
        return (int(plan.watch_seconds),)
    if workload == "sustained":
        return plan.rates
    if workload == "standing":
        return plan.pairs if contestant.startswith("franca") else (plan.hour,)
    if (workload, contestant) in JUDGED:
        return plan.small, plan.judged
    return plan.sizes


def repetitions(plan: Plan, workload: str) -> int:
    """Return how often all of a workload is measured: rates and standing tell no ratio, and take long."""
    return 1 if workload in ("sustained", "standing") else plan.repetitions


def planned(plan: Plan, measures: Iterable[Measure]) -> list[Measure]:
    """Return the measurements that are of a plan's sizes."""
    return [each for each in measures if each.size in sizes(plan, each.workload, each.contestant)]


def made(
    plan: Plan,
    measures: Iterable[Measure],
    missing: dict[str, str],
    earlier: Result | None,
    conditions: Conditions | None = None,
) -> Result:
    """Return what was measured now; where that is not all, with what an earlier result has of this machine.

    Nothing earlier takes the place of what could not be measured now, and what was refused has no figure.
    """
    known = conditions or Conditions(plan)
    right = [each for each in measures if missing.get(each.place) not in REFUSED]
    found = {each.key: each for each in planned(plan, right)}
    there = {each.place for each in found.values()}
    now = Result(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count() or 0,
        packages=known.packages,
        load=round(os.getloadavg()[0], 1),
        loop_seconds=loop_seconds(),
        plan=plan,
        measures=list(found.values()),
        missing={place: why for place, why in missing.items() if place not in there},
        contestants=known.contestants,
    )
    if earlier is None or differences(earlier, now):
        return now
    return _merged(earlier, now, there | missing.keys())


def differences(one: Result, other: Result) -> list[str]:
    """Tell why figures of two results can't stand beside each other: machine, its pace, versions, plan."""
    pairs = [(name, getattr(one, name), getattr(other, name)) for name in ("system", "processors", "python")]
    pairs += [(name, one.packages.get(name), other.packages.get(name)) for name in PACKAGES]
    pairs += [(name, getattr(one.plan, name), getattr(other.plan, name)) for name in SIZES]
    found = [f"{name} {its} there, {own} here" for name, its, own in pairs if its != own]
    if max(one.pace, other.pace) > SLOWEST * min(one.pace, other.pace):
        found.append(f"a loop took {one.pace} s there, {other.pace} s here")
    return found


def _merged(earlier: Result, now: Result, places: set[str]) -> Result:
    """Return a result with what an earlier one has of other places, if who and what it is of is the same."""
    again = {each.workload: each.again for each in now.measures if repeats(each.workload, each.contestant)}

    def stays(each: Measure) -> bool:
        if repeats(each.workload, each.contestant) and each.again != again.get(each.workload, each.again):
            return False
        then, today = (of_contestant(known.contestants, each.contestant) for known in (earlier, now))
        return each.place not in places and then == today

    kept = [each for each in earlier.measures if stays(each)]
    absent = {place: why for place, why in earlier.missing.items() if place not in places}
    return msgspec.structs.replace(now, measures=[*kept, *now.measures], missing=absent | now.missing)


def write(result: Result, path: Path) -> None:
    """Keep a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")


def read(path: Path) -> Result:
    """Return a result that was kept."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
