"""One measurement as a value, and the book that keeps each from the moment it is finished."""

from pathlib import Path

import msgspec

from bench.process import Cost


class Measure(msgspec.Struct, kw_only=True, frozen=True):
    """What one run of one contestant at one size cost.

    `changes` went through it; `rows` and `objects` were written to its tables. `server_cpu_seconds` are the
    broker's and PostgreSQL's, 0 for a program that uses neither. `megabytes` is the peak of the largest
    process, `together_megabytes` that of all of the program's processes. `loop_seconds` is what a fixed loop
    took before or behind the run, the longer one: how fast the processors were. Each of the last two is 0
    where nobody looked.
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
    extra: dict[str, float] = {}

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What tells it from others."""
        return self.workload, self.contestant, self.size, self.repetition

    @property
    def all_cpu_seconds(self) -> float:
        """The program's own and the servers'."""
        return self.cpu_seconds + self.server_cpu_seconds


def servers(cost: Cost, *names: str) -> float:
    """Return what the named servers used in a run."""
    return sum(max(0.0, cost.server_cpu_seconds.get(name, 0.0)) for name in names)


class Ledger:
    """Finished measurements in a file, a line each: a bench that was stopped goes on behind them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = [_read(line) for line in path.read_bytes().splitlines()] if path.exists() else []
        self.all = list({each.key: each for each in found if each is not None}.values())

    def has(self, workload: str, contestant: str, size: int, repetition: int) -> bool:
        """Tell whether this is measured already."""
        return (workload, contestant, size, repetition) in {each.key for each in self.all}

    def keep(self, measure: Measure) -> None:
        """Keep a measurement, in place of an earlier one of the same key."""
        self.all = [each for each in self.all if each.key != measure.key] + [measure]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(b"\n" + msgspec.json.encode(measure) + b"\n")

    def forget(self) -> None:
        """Begin anew."""
        self.all = []
        self._path.unlink(missing_ok=True)


def _read(line: bytes) -> Measure | None:
    """Return a kept measurement, None for a line that was cut off."""
    try:
        return msgspec.json.decode(line, type=Measure)
    except msgspec.DecodeError:
        return None
