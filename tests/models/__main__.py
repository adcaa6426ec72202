"""`python -m tests.models`: runs random models on a PostgreSQL of its own, and cuts down what fails.

A failure says its number: `--first NUMBER --count 1` runs that model again.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from franca.local.postgres import LocalPostgres
from tests.models.run import Done, Failure, minimised, one

KEPT = 2
"""How many failures of one kind are cut down and shown."""

SAY_SECONDS = 20.0


def main() -> int:
    """Run what the command line asks for; 0 where all views were right, else 1."""
    told = _arguments().parse_args()
    with tempfile.TemporaryDirectory(prefix="franca-models-") as folder:
        server = LocalPostgres(Path(folder))
        server.start()
        try:
            kinds = _run(told.seed, told.first, told.count, server.dsn)
        finally:
            server.stop()
    for place, count in kinds.most_common():
        print(f"{count:6,}  {place}")
    return 1 if kinds else 0


def _run(seed: int, first: int, count: int, dsn: str) -> Counter[str]:
    """Run models of a seed; return how many failed, by kind."""
    done, kinds, said = Done(), Counter[str](), time.monotonic()
    for number in range(first, first + count):
        failures = one(seed, number, dsn, done)
        for failure in failures:
            kinds[failure.place] += 1
            if kinds[failure.place] <= KEPT:
                _show(number, minimised(failure, dsn))
        if time.monotonic() - said >= SAY_SECONDS or number == first + count - 1:
            said = time.monotonic()
            views, wrong = sum(done.views.values()), sum(kinds.values())
            print(f"{number - first + 1:,} of {count:,} models, {views:,} views, {wrong:,} wrong", flush=True)
    for what, times in [*done.views.most_common(), *done.refused.most_common()]:
        print(f"{times:10,}  {what}")
    return kinds


def _show(number: int, failure: Failure) -> None:
    print(f"wrong in model {number}: {failure.place}\n{failure.plan.shown()}\n{failure.trace}", flush=True)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.models", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="how many models")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same models")
    parser.add_argument("--first", type=int, default=0, help="the number of the first model")
    return parser


if __name__ == "__main__":
    sys.exit(main())
