"""Runs mutated messages chunk by chunk, and cuts down the ones that franca does not survive."""

import random
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from franca.types import Message
from tests.fuzz.accounts import LostError, is_letter
from tests.fuzz.messages import Case, Messages
from tests.fuzz.paths import NAMES, Paths
from tests.fuzz.seeds import seeds

CHUNK = 2_000
"""Messages that share what is learnt of them; a chunk and a seed give the same messages always."""

_OWN = re.compile(r"/(src/franca|tests/fuzz)/")
STORED = 200
"""So many messages that paths give are taken to the sinks at once."""
MINIMISING_SECONDS = 60.0
SECONDS = 20.0
"""How much CPU time a message may take, on the slowest machine: it is to find what hangs."""


class Failure(NamedTuple):
    """Messages of which the last is not survived, and the trace that tells why."""

    cases: tuple[Case, ...]
    trace: str
    place: str
    """What tells kinds of failures apart: the error's type, and where it was raised."""


class HangError(Exception):
    """A message takes too long."""


class Done(NamedTuple):
    """What became of a chunk: how many events and dead letters there were, what was reached, what failed."""

    messages: int
    events: int
    letters: int
    failures: tuple[Failure, ...]
    reached: Counter[str]


def run_chunk(seed: int, number: int, size: int = CHUNK) -> Done:
    """Run the messages of a chunk; after a failure the next ones meet decoders that have learnt nothing."""
    messages = Messages(random.Random(f"{seed}/{number}"), seeds(), NAMES)  # nothing is secret
    paths, run, out, found = Paths(), list[Case](), list[Message](), list[Failure]()
    counts, reached = Counter[bool](), Counter[str]()
    for offset in range(size):
        case = messages.message(offset)
        if offset % 10 == 9 and out and not is_letter(out[-1]):
            topic, _, value = out[-1]
            case = messages.event(offset, topic, value or b"null")
        run.append(case)
        try:
            with limited():
                made = paths.take(case)
            out += made
            counts.update(map(is_letter, made))
            if len(out) >= STORED or offset == size - 1:
                _store(paths, out)
        except Exception:  # noqa: BLE001  # whatever it is, it is what was looked for
            found += attempt(run) or [_failure(run)]
            reached += paths.remembered.reached
            paths, run, out = Paths(), [], []
    reached += paths.remembered.reached
    return Done(size, counts[False], counts[True], tuple(found), reached)


def _store(paths: Paths, out: list[Message]) -> None:
    with limited(len(out) + SECONDS):
        paths.store(out)
        paths.settle()
    out.clear()


def attempt(cases: Sequence[Case]) -> list[Failure]:
    """Run some messages one by one, each to the end; return the first failure, none where all is well."""
    paths = Paths()
    for at, case in enumerate(cases, 1):
        try:
            with limited():
                paths.store(paths.take(case))
            if at == len(cases):
                paths.settle()
        except Exception:  # noqa: BLE001  # as above
            return [_failure(cases[:at])]
    return []


def minimised(failure: Failure, until: float | None = None) -> Failure:
    """Return the shortest failure of its kind that is found in some seconds: fewer messages, then bytes."""
    until = until or time.monotonic() + MINIMISING_SECONDS
    for cases in _shorter(failure):
        if time.monotonic() > until:
            return failure
        found = attempt(cases)
        if found and found[0].place == failure.place:
            return minimised(found[0], until)
    return failure


def _shorter(failure: Failure) -> Iterator[tuple[Case, ...]]:
    *before, last = failure.cases
    count = 0
    while count < len(before):  # what was learnt of the messages shortly before is the likeliest cause
        yield (*before[len(before) - count :], last)
        count = count * 4 or 1
    step = len(before) // 2
    while step:
        for first in range(0, len(before), step):
            yield (*before[:first], *before[first + step :], last)
        step //= 2
    value = last.record.value or b""
    step = len(value) // 2
    while step:
        for first in range(0, len(value), step):
            yield (*before, _with_value(last, value[:first] + value[first + step :]))
        step //= 2


def _with_value(case: Case, value: bytes) -> Case:
    return Case(msgspec.structs.replace(case.record, value=value), case.format)


def _failure(cases: Sequence[Case]) -> Failure:
    trace = traceback.format_exc()
    kind, error, frames = sys.exc_info()
    own = [frame for frame in traceback.extract_tb(frames) if _OWN.search(frame.filename)]
    place = own[-1] if own else traceback.extract_tb(frames)[-1]
    what = str(error) if isinstance(error, LostError) else ""
    name = kind.__name__ if kind else ""
    return Failure(tuple(cases), trace, f"{name} {what} in {Path(place.filename).name}:{place.lineno}")


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """Raise HangError in the block once it has taken so much CPU time."""

    def stop(number: int, frame: object) -> None:
        raise HangError(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
