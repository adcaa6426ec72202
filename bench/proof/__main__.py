"""`make bench-proof`: measures every contestant, keeps each finished measurement, writes docs/proof.md.

A bench that was stopped goes on behind what it has. Exit code 1 where a ratio to reach is missed.
"""

import argparse
import time
from pathlib import Path

import msgspec

from bench.ending import leave, own_folder
from bench.plan import tell
from bench.process import LIMIT_SECONDS, ROOT, MeasurementError, ProgramFailedError, TooSlowError
from bench.proof import page, result
from bench.proof.arguments import arguments
from bench.proof.conditions import Conditions
from bench.proof.environments import NotInstalledError
from bench.proof.equality import DifferentError
from bench.proof.given import InputChangedError
from bench.proof.ground import Ground
from bench.proof.live import NotDoneError
from bench.proof.measure import Ledger, Measure
from bench.proof.pace import TRIES, Pace
from bench.proof.plan import Plan
from bench.proof.result import DIFFERENT, REFUSED, SPOILING, Result
from bench.proof.rounds import Round, asked, rounds, why_none
from bench.proof.table import table
from bench.proof.verdict import verdicts
from bench.proof.workloads import MUST_RUN
from bench.stage import opened

HOME = Path(".proof")
"""Where it is said, as all that is kept of a project."""

REASONS: dict[type[MeasurementError], str] = {
    NotInstalledError: "is not installed, or can't be here",
    DifferentError: DIFFERENT,
    InputChangedError: SPOILING,
    ProgramFailedError: "its program failed",
    TooSlowError: f"its program was not done in {LIMIT_SECONDS:.0f} s",
    NotDoneError: "its rows did not come in time",
}
"""Why there is no figure, as the page has it; what happened is told when it does."""


def main() -> int:
    """Measure what is asked for; 1 where that failed as `failed` has it, 2 where it is nothing."""
    given, plan = arguments()
    all_rounds = rounds(plan, given.program)
    wanted = asked(all_rounds, given)
    if not wanted:
        tell(why_none(given))
        return 2
    conditions = Conditions(plan, given.program)
    with own_folder("franca-proof-") as folder:
        home = folder / "home" if given.short else HOME.absolute()
        ledger = Ledger(home / "ledger.jsonl", conditions)
        prepare(ledger, wanted, given, plan)
        missing: dict[str, str] = {}
        if given.minutes > 0 and not all(ledger.has(*each.key) for each in wanted):
            tell("starting services")
            with opened(folder) as stage:
                _measure_all(Ground(stage, home, plan), wanted, given, ledger, missing)
    if not result.planned(plan, ledger.all) and not missing:
        tell("nothing was measured: nothing is written")
        return 1
    left = sum(not ledger.has(*each.key) and _place(each) not in missing for each in wanted)
    if left:
        tell(f"{left} measurements are not made: the next run makes them")
    earlier = result.read(result.KEPT) if result.KEPT.exists() and not given.short else None
    found = result.made(plan, ledger.all, missing, earlier, conditions)
    if taken := sorted({each.place for each in found.measures} - {each.place for each in ledger.all}):
        tell(f"kept from {result.KEPT.relative_to(ROOT)}, not run now: {', '.join(taken)}")
    print(table(found))
    for verdict in verdicts(found):
        if verdict.is_asked({_place(each) for each in wanted}):
            print(verdict.line())
    if _keep(found, earlier, given) and not missing and all(ledger.has(*each.key) for each in all_rounds):
        ledger.forget()
    return int(failed(found, missing, given))


def prepare(ledger: Ledger, wanted: list[Round], given: argparse.Namespace, plan: Plan) -> None:
    """Forget what is measured anew, as a batch of one's own is each time; tell what is kept.

    Of a program nobody knows all that it reads: what it imports may be another than when it was measured.
    """
    if given.anew:
        ledger.forget()
    own = {(each.workload, each.contestant) for each in wanted if each.contestant in given.program}
    for workload, contestant in own if given.minutes > 0 else ():
        ledger.drop(workload, contestant)
    for place in dict.fromkeys(each.place for each in result.planned(plan, ledger.all)):
        left = sum(_place(each) == place and not ledger.has(*each.key) for each in wanted)
        tell(f"{place}: kept from {ledger.path}: {f'runs left: {left}' if left else 'not run again'}")


def failed(found: Result, missing: dict[str, str], given: argparse.Namespace) -> bool:
    """Tell whether a ratio is missed or, in a whole run, not told; or one differs or lacks that may not."""
    is_whole = not (given.short or given.workload or given.only)
    judged = [each for each in verdicts(found) if each.most is not None]
    if any(each.is_met is False or (is_whole and each.is_met is None) for each in judged):
        return True
    own = {place for place in missing if place.partition("/")[2] in given.program}
    return (
        bool(given.short and missing)
        or not set(REFUSED).isdisjoint(missing.values())
        or bool(missing.keys() & {*MUST_RUN, *own})
    )


def _keep(found: Result, earlier: Result | None, given: argparse.Namespace) -> bool:
    """Keep the result where it belongs; tell whether the page is made of it."""
    if given.keep:
        result.write(found, given.keep)
        return False
    if given.short:
        return False
    if given.program:
        tell("with batches of your own neither result nor page is written: --keep FILE keeps the result")
        return False
    others = result.differences(earlier, found) if earlier else []
    if others:
        tell(f"the kept result can't stand beside this one: {'; '.join(others)}")
    if others and (given.workload or given.only):
        tell(f"a part does not replace it: {result.KEPT} is as it was, and --keep FILE keeps this one")
        return False
    result.write(found, result.KEPT)
    page.main([])
    return True


def _measure_all(
    ground: Ground, wanted: list[Round], given: argparse.Namespace, ledger: Ledger, missing: dict[str, str]
) -> None:
    deadline = time.monotonic() + 60 * given.minutes
    pace = None if given.short else Pace(each.loop_seconds for each in ledger.all)
    for each in wanted:
        if time.monotonic() < deadline and not ledger.has(*each.key) and _place(each) not in missing:
            _measure(ground, each, ledger, missing, pace)


def _measure(ground: Ground, each: Round, ledger: Ledger, missing: dict[str, str], pace: Pace | None) -> None:
    place = _place(each)
    tell(f"{place}: {each.size:,}, {each.repetition} of {result.repetitions(ground.plan, each.workload)}")
    try:
        found = _paced(ground, each, pace) if pace else each.measuring(ground, each.size)
    except MeasurementError as error:
        tell(f"{place} has no figure: {error}")
        missing[place] = next((why for kind, why in REASONS.items() if isinstance(error, kind)), str(error))
        if missing[place] in REFUSED:
            ledger.drop(each.workload, each.contestant)
        return
    ledger.keep(msgspec.structs.replace(found, repetition=each.repetition))


def _paced(ground: Ground, each: Round, pace: Pace) -> Measure:
    """Measure at the processors' usual pace; of several tries the one with the quickest loops counts."""
    tries: list[Measure] = []
    while len(tries) < TRIES:
        before = pace.wait()
        found = each.measuring(ground, each.size)
        tries.append(msgspec.structs.replace(found, loop_seconds=max(before, pace.look())))
        if pace.is_usual(tries[-1].loop_seconds):
            break
        told = f"the processors were slow meanwhile: a loop took {tries[-1].loop_seconds} s"
        tell(f"{told}; {'again' if len(tries) < TRIES else f'the quickest of {TRIES} runs counts'}")
    return min(tries, key=lambda found: found.loop_seconds)


def _place(each: Round) -> str:
    return f"{each.workload}/{each.contestant}"


if __name__ == "__main__":
    leave(main, "the services are stopped, what is measured is kept")
