"""`python -m tests.fuzz`: runs mutated messages in some processes, and keeps what is not survived as files.

`python -m tests.fuzz --again FILE` runs one such file.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from franca.topics.raw_record import decode_line, encode_line
from tests.fuzz.messages import Case
from tests.fuzz.run import CHUNK, Done, Failure, attempt, minimised, run_chunk

FOLDER = Path(".fuzz")
KEPT = 3
"""How many failures of one kind are kept."""

SAY_SECONDS = 5.0
GENERATION = 50
"""So many chunks a process runs before another takes its place."""


def main() -> int:
    """Run what the command line asks for; 0 where every message was survived, else 1."""
    told = _arguments().parse_args()
    if told.again:
        return _again(told.again)
    if told.count < 1 or told.processes < 1:
        print("expected at least one message and one process", file=sys.stderr)
        return 2
    began, said = time.monotonic(), 0.0
    messages = events = letters = failed = 0
    kinds: dict[str, int] = {}
    reached: Counter[str] = Counter()
    for number, done in _chunks(told.seed, told.first, told.count, told.processes):
        messages, events, letters = messages + done.messages, events + done.events, letters + done.letters
        reached += done.reached
        for failure in done.failures:
            failed += 1
            kinds[failure.place] = kinds.get(failure.place, 0) + 1
            if kinds[failure.place] <= KEPT:
                _keep(told.folder, f"{told.seed}-{number}-{failed}", failure)
        if time.monotonic() - said >= SAY_SECONDS or messages >= told.count:
            said = time.monotonic()
            rate = messages / (said - began)
            print(
                f"seed {told.seed}: {messages:,} of {told.count:,} messages, {rate:,.0f} a second, "
                f"{events:,} events, {letters:,} dead letters, {failed:,} not survived",
                flush=True,
            )
    for what, count in reached.most_common():
        print(f"{count:10,}  {what}")
    for place, count in sorted(kinds.items(), key=lambda pair: -pair[1]):
        print(f"{count:6,}  {place}")
    return 1 if failed else 0


def _chunks(seed: int, first: int, count: int, processes: int) -> Iterator[tuple[int, Done]]:
    """Yield the chunks as they are done, by their numbers; processes are replaced before they grow old.

    All at once: a pool that replaces them one by one (`max_tasks_per_child`) may wait forever in Python 3.11.
    """
    numbers = range(first, first + -(-count // CHUNK))
    sizes = [min(CHUNK, count - at * CHUNK) for at in range(len(numbers))]
    for at in range(0, len(numbers), GENERATION * processes):
        some = slice(at, at + GENERATION * processes)
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            yield from zip(
                numbers[some], pool.map(partial(run_chunk, seed), numbers[some], sizes[some]), strict=True
            )


def _keep(folder: Path, name: str, failure: Failure) -> None:
    """Write a failure, cut down, and say how it is repeated."""
    folder.mkdir(parents=True, exist_ok=True)
    least = minimised(failure)
    path = folder / f"{name}.jsonl"
    lines = [
        json.dumps({"format": case.format, "record": json.loads(encode_line(case.record))})
        for case in least.cases
    ]
    path.write_text("\n".join(lines) + "\n")
    path.with_suffix(".txt").write_text(least.trace)
    print(f"not survived: {least.place}\n  python -m tests.fuzz --again {path}", flush=True)


def _again(path: Path) -> int:
    cases = []
    for line in path.read_text().splitlines():
        told = json.loads(line)
        cases.append(Case(decode_line(json.dumps(told["record"]).encode()), told["format"]))
    found = attempt(cases)
    print(found[0].trace if found else f"{len(cases)} messages, all survived")
    return 1 if found else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="how many messages")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same messages")
    parser.add_argument("--first", type=int, default=0, help=f"the first chunk of {CHUNK:,} messages")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where failures are kept")
    parser.add_argument("--again", type=Path, help="run the messages of a failure's file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
