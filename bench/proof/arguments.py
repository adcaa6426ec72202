"""What `python -m bench.proof` is asked for."""

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.process import LIMIT_SECONDS
from bench.proof.plan import SHORT, Plan
from bench.proof.workloads import OWN, WORKLOADS
from franca.lake.upkeep import FEWEST_EVENTS, Policy

SIZES = {
    "repetitions": "how often each contestant runs at each size; the median counts",
    "small": "changes of the smaller size",
    "large": "changes of the larger size",
    "base": "rows of the tables that increments are merged into",
    "hour": "changes of a simulated hour",
    "cycle": "changes that lead to one fold",
}
PROGRAM = f"""\
--program NAME=FILE measures a batch of your own beside the others. FILE, a program of Python or one that can
be executed, is run with two arguments: what to read, and the folder where it leaves a Delta table for each
entity. For `appends` it reads a file with a change as Debezium's JSON on each line; for `tpcdi` a folder of
such files, one for each table; for `increments` such a file again, and the tables are there already. Its
tables are compared as all others are; what it reads it leaves as it is. It is run again whatever an earlier
run has measured, and ended where a run takes more than {LIMIT_SECONDS:.0f} s.
docs/how-to/measure-a-batch-of-your-own.md has a whole one.
"""
KEEP = "keep the result here, and write no page; `python -m bench.proof.page FILE` prints one"
DESCRIPTION = """\
Measures every contestant, keeps each finished measurement, and writes docs/proof.md. A bench that was stopped
goes on behind what it has. Exit code 1 where a ratio to reach is missed or, in a whole run, not measured;
where tables differ; and where one that must run did not. Exit code 2 where there is nothing to measure.
"""


def arguments(given: Sequence[str] | None = None) -> tuple[argparse.Namespace, Plan]:
    """Return what is asked for, and the plan; ends with exit code 2 where that can't be measured."""
    parser = _parser()
    found = parser.parse_args(given)
    found.program = dict(found.program or ())
    known = {name for contestants in WORKLOADS.values() for name in contestants}
    asked = {name: getattr(found, name) for name in SIZES if getattr(found, name) is not None}
    plan = replace(SHORT if found.short else Plan(), **asked)
    strangers = [name for name in found.only or () if name not in known | found.program.keys()]
    problems = [
        *_problems(plan),
        *(f"--only {name}: there is no such contestant" for name in strangers),
        *(f"--program {name}: there is a contestant of this name" for name in found.program if name in known),
    ]
    if found.program and not set(found.workload or ()) & OWN.keys():
        problems.append(f"--program wants --workload: {', '.join(OWN)}, what the program does")
    needed = max(FEWEST_EVENTS, round(Policy().fold_share * plan.base))
    if _folds(found) and plan.cycle < needed:
        problems.append(f"--cycle {plan.cycle}: with --base {plan.base} less than {needed} leads to no fold")
    if problems:
        parser.error("; ".join(problems))
    return found, plan


def _folds(found: argparse.Namespace) -> bool:
    """Tell whether franca's increments are asked for."""
    is_asked = "increments" in (found.workload or WORKLOADS) and "franca" in (found.only or ["franca"])
    return is_asked and not found.short


def _problems(plan: Plan) -> list[str]:
    """Return why a plan can't be measured."""
    found = [f"--{name} {getattr(plan, name)}: less than 1" for name in SIZES if getattr(plan, name) < 1]
    if plan.small >= min(plan.large, plan.judged):
        large = min(plan.large, plan.judged)
        found.append(f"--small {plan.small}: not less than the larger size, {large}: their difference counts")
    if plan.cycle < 2 * plan.hour:
        found.append(f"--cycle {plan.cycle}: less than two hours' changes, of --hour {plan.hour}")
    return found


def _program(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    path = Path(file).resolve()
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=FILE")
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {file!r}")
    if path.suffix != ".py" and not os.access(path, os.X_OK):
        raise argparse.ArgumentTypeError(f"{file!r} is neither a program of Python nor can it be executed")
    return name, path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.proof",
        description=DESCRIPTION,
        epilog=PROGRAM,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--short", action="store_true", help="small sizes, once, the cheap contestants")
    add("--workload", action="append", choices=sorted(WORKLOADS), help="only this; repeatable")
    add("--only", action="append", metavar="NAME", help="only this contestant; repeatable")
    add(
        "--program",
        action="append",
        type=_program,
        metavar="NAME=FILE",
        help="a batch of your own; repeatable",
    )
    add("--anew", action="store_true", help="forget what an earlier run has measured")
    minutes = "begin no measurement after so long, and write the page"
    add("--minutes", type=float, default=float("inf"), help=minutes)
    add("--keep", type=Path, metavar="FILE", help=KEEP)
    for name, text in SIZES.items():
        add(f"--{name}", type=int, metavar="N", help=text)
    return parser
