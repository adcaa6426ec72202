"""`make bench-proof`: measures every contestant, keeps each finished measurement, writes docs/proof.md.

A bench that was stopped goes on behind what it has. Exit code 1 where a ratio to reach is missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from bench.plan import tell
from bench.process import ROOT, MeasurementError, ProgramFailedError
from bench.proof import page, result
from bench.proof.environments import NotInstalledError
from bench.proof.equality import DifferentError
from bench.proof.ground import Ground
from bench.proof.live import NotDoneError
from bench.proof.measure import Ledger, Measure
from bench.proof.pace import TRIES, Pace
from bench.proof.plan import SHORT, Plan
from bench.proof.table import table
from bench.proof.verdict import verdicts
from bench.proof.workloads import CHEAP, MUST_RUN, WORKLOADS, Round
from bench.stage import opened

HOME = ROOT / ".proof"
REASONS: dict[type[MeasurementError], str] = {
    NotInstalledError: "is not installed, or can't be here",
    DifferentError: "its tables are not what they should be",
    ProgramFailedError: "its program failed, or was too slow",
    NotDoneError: "its program ended, or was too slow",
}
"""Why there is no figure, as the page has it; what happened is told when it does."""


def main() -> int:
    """Measure what is asked for; 1 where a ratio is missed, or one of them has no figure in a whole run."""
    arguments = _arguments()
    plan = replace(SHORT if arguments.short else Plan(), **_sizes(arguments))
    with tempfile.TemporaryDirectory(prefix="franca-proof-") as folder:
        home = Path(folder, "home") if arguments.short else HOME
        ledger = Ledger(home / "ledger.jsonl")
        if arguments.anew:
            ledger.forget()
        rounds = _asked(_rounds(plan), arguments)
        missing: dict[str, str] = {}
        deadline = time.monotonic() + 60 * arguments.minutes
        if not all(ledger.has(*each.key) for each in rounds):
            tell("starting services")
            with opened(Path(folder)) as stage:
                ground = Ground(stage, home, plan)
                pace = None if arguments.short else Pace(each.loop_seconds for each in ledger.all)
                for each in rounds:
                    if time.monotonic() < deadline:
                        _measure(ground, each, ledger, missing, pace)
        earlier = result.read(result.KEPT) if result.KEPT.exists() and not arguments.short else None
        found = result.made(plan, ledger.all, missing, earlier)
    print(table(found))
    judged = verdicts(found)
    for verdict in judged:
        print(verdict.line())
    if arguments.keep or not arguments.short:
        result.write(found, arguments.keep or result.KEPT)
    if not arguments.short and not arguments.keep:
        page.main([])
        if not missing and all(ledger.has(*each.key) for each in _rounds(plan)):
            ledger.forget()
    is_whole = not (arguments.short or arguments.workload or arguments.only)
    missed = any(each.is_met is False or (is_whole and each.is_met is None) for each in judged)
    return int(missed or any(place in MUST_RUN or arguments.short for place in missing))


def _measure(ground: Ground, each: Round, ledger: Ledger, missing: dict[str, str], pace: Pace | None) -> None:
    place = f"{each.workload}/{each.contestant}"
    if ledger.has(*each.key) or place in missing:
        return
    tell(f"{place}: {each.size:,}, {each.repetition} of {result.repetitions(ground.plan, each.workload)}")
    try:
        found = _paced(ground, each, pace) if pace else _once(ground, each)
    except MeasurementError as error:
        tell(f"{place} has no figure: {error}")
        missing[place] = next((why for kind, why in REASONS.items() if isinstance(error, kind)), str(error))
        return
    ledger.keep(msgspec.structs.replace(found, repetition=each.repetition))


def _once(ground: Ground, each: Round) -> Measure:
    return WORKLOADS[each.workload][each.contestant](ground, each.size)


def _paced(ground: Ground, each: Round, pace: Pace) -> Measure:
    """Measure at the processors' usual pace; of several tries the one with the quickest loops counts."""
    tries: list[Measure] = []
    while len(tries) < TRIES:
        before = pace.wait()
        found = _once(ground, each)
        tries.append(msgspec.structs.replace(found, loop_seconds=max(before, pace.look())))
        if pace.is_usual(tries[-1].loop_seconds):
            break
        tell(f"the processors were slow meanwhile: a loop took {tries[-1].loop_seconds} s; again")
    return min(tries, key=lambda found: found.loop_seconds)


def _rounds(plan: Plan) -> list[Round]:
    """Return what there is to measure: all contestants in turns, so that a busy machine slows them alike."""
    return [
        Round(workload, contestant, size, repetition)
        for repetition in range(1, plan.repetitions + 1)
        for workload, contestants in WORKLOADS.items()
        if repetition <= result.repetitions(plan, workload)
        for contestant in contestants
        for size in result.sizes(plan, workload, contestant)
    ]


def _asked(rounds: list[Round], arguments: argparse.Namespace) -> list[Round]:
    """Return those that the command asks for."""
    workloads, contestants = arguments.workload, arguments.only
    return [
        each
        for each in rounds
        if (not arguments.short or each.contestant in CHEAP.get(each.workload, ()))
        and (not workloads or each.workload in workloads)
        and (not contestants or each.contestant in contestants)
    ]


def _sizes(arguments: argparse.Namespace) -> dict[str, int]:
    names = ("small", "large", "base", "hour", "cycle", "repetitions")
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.proof", description=__doc__)
    names = sorted({name for contestants in WORKLOADS.values() for name in contestants})
    parser.add_argument("--short", action="store_true", help="small sizes, once, the cheap contestants")
    parser.add_argument(
        "--workload", action="append", choices=sorted(WORKLOADS), help="only this; repeatable"
    )
    parser.add_argument("--only", action="append", choices=names, help="only this contestant; repeatable")
    parser.add_argument("--anew", action="store_true", help="forget what an earlier run has measured")
    parser.add_argument(
        "--minutes",
        type=float,
        default=float("inf"),
        help="begin no measurement after so long, and write the page",
    )
    parser.add_argument("--keep", type=Path, help="keep the result here, and write no page")
    for name, text in (
        ("repetitions", "how often each contestant runs at each size; the median counts"),
        ("small", "changes of the smaller size"),
        ("large", "changes of the larger size"),
        ("base", "rows of the tables that increments are merged into"),
        ("hour", "changes of a simulated hour"),
        ("cycle", "changes that lead to one fold"),
    ):
        parser.add_argument(f"--{name}", type=int, help=text)
    return parser.parse_args(given)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        tell("interrupted; the services are stopped, what is measured is kept")
        sys.exit(130)
