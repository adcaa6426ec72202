"""One measurement as a value, and the book that keeps each from the moment it is finished."""

from pathlib import Path

import msgspec

from bench.process import Cost
from bench.proof.conditions import Conditions, repeats
from bench.proof.plan import Plan


class Measure(msgspec.Struct, kw_only=True, frozen=True):
    """What one run of one contestant at one size cost.

    `changes` went through it; `rows` and `objects` were written to its tables. `server_cpu_seconds` are the
    broker's and PostgreSQL's, 0 for a program that uses neither. `megabytes` is the peak of the largest
    process, `together_megabytes` that of all of the program's processes. `loop_seconds` is what a fixed loop
    took before or behind the run, the longer one: how fast the processors were. Each of the last two is 0
    where nobody looked. One change in `again` was another of a key that had changed within the hour; 0 where
    each key changed once, or the workload has no hours.
    """

    workload: str
    contestant: str
    size: int
    repetition: int
    changes: int
    cpu_seconds: float
    server_cpu_seconds: float
    seconds: float
    megabytes: float
    together_megabytes: float = 0.0
    rows: int = 0
    objects: int = 0
    loop_seconds: float = 0.0
    again: int = 0
    extra: dict[str, float] = {}

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What tells it from others."""
        return self.workload, self.contestant, self.size, self.repetition

    @property
    def place(self) -> str:
        """The workload and the contestant."""
        return f"{self.workload}/{self.contestant}"

    @property
    def all_cpu_seconds(self) -> float:
        """The program's own and the servers'."""
        return self.cpu_seconds + self.server_cpu_seconds


def servers(cost: Cost, *names: str) -> float:
    """Return what the named servers used in a run."""
    return sum(max(0.0, cost.server_cpu_seconds.get(name, 0.0)) for name in names)


class _Line(Measure, kw_only=True, frozen=True):
    """A measurement with its conditions; None in a line that told none: of the default plan, of keys once."""

    conditions: dict[str, str] | None = None


class Ledger:
    """Finished measurements in a file, a line each: a bench that was stopped goes on behind them.

    Those of other conditions stay in the file, and are as if they were not there.
    """

    def __init__(self, path: Path, conditions: Conditions | None = None) -> None:
        self.path = path
        self._conditions = conditions or Conditions(Plan())
        found = [line for line in self._lines() if self._counts(line)]
        self.all = list({each.key: _measure(each) for each in found}.values())

    def has(self, workload: str, contestant: str, size: int, repetition: int) -> bool:
        """Tell whether this is measured already."""
        return (workload, contestant, size, repetition) in {each.key for each in self.all}

    def keep(self, measure: Measure) -> None:
        """Keep a measurement, in place of an earlier one of the same key."""
        self.all = [each for each in self.all if each.key != measure.key] + [measure]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        conditions = self._conditions.of(measure.workload, measure.contestant)
        line = msgspec.to_builtins(measure) | {"conditions": conditions}
        with self.path.open("ab") as file:
            file.write(b"\n" + msgspec.json.encode(line) + b"\n")

    def drop(self, workload: str, contestant: str) -> None:
        """Forget all of one contestant's measurements of a workload."""
        place = (workload, contestant)
        self.all = [each for each in self.all if (each.workload, each.contestant) != place]
        left = [line for line in self._lines() if (line.workload, line.contestant) != place]
        if self.path.exists():
            self.path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in left))

    def forget(self) -> None:
        """Begin anew."""
        self.all = []
        self.path.unlink(missing_ok=True)

    def _lines(self) -> list[_Line]:
        lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        return [found for line in lines if (found := _read(line)) is not None]

    def _counts(self, line: _Line) -> bool:
        known = self._conditions.of(line.workload, line.contestant)
        if line.conditions is None:
            is_planned = known == self._conditions.of(line.workload, line.contestant, Plan())
            return is_planned and not repeats(line.workload, line.contestant)
        return known == line.conditions


def _read(line: bytes) -> _Line | None:
    """Return a kept line, None for one that was cut off."""
    try:
        return msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError:
        return None


def _measure(line: _Line) -> Measure:
    return Measure(**{name: getattr(line, name) for name in Measure.__struct_fields__})
