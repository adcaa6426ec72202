"""The result as a value: rows, and what is needed to judge them."""

import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench.plan import Plan
from bench.row import Row

PACKAGES = ("franca", "confluent-kafka", "msgspec", "duckdb", "deltalake", "psycopg")
LOOP = 5_000_000


class Result(msgspec.Struct, kw_only=True, frozen=True):
    """One run of the benchmarks. `loads` and `loop_seconds` are from its beginning and its end."""

    python: str
    system: str
    processors: int
    packages: dict[str, str]
    sizes: tuple[int, int]
    repetitions: int
    loads: tuple[float, float]
    loop_seconds: tuple[float, float]
    rows: list[Row]


class Conditions:
    """What the machine is like while something is measured."""

    def __init__(self) -> None:
        self._load, self._loop = os.getloadavg()[0], loop_seconds()

    def result(self, plan: Plan, rows: Sequence[Row]) -> Result:
        """Return the result of a run that ends now."""
        return Result(
            python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}",
            processors=os.cpu_count() or 0,
            packages={name: version(name) for name in PACKAGES},
            sizes=plan.sizes,
            repetitions=plan.repetitions,
            loads=(round(self._load, 1), round(os.getloadavg()[0], 1)),
            loop_seconds=(self._loop, loop_seconds()),
            rows=[*rows],
        )


def loop_seconds() -> float:
    """Return the CPU-seconds of a fixed loop: how slow a busy machine's processors are."""
    began = time.process_time()
    total = 0
    for number in range(LOOP):
        total += number
    return round(time.process_time() - began, 3)


def write(result: Result, path: Path) -> None:
    """Keep a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


def read(path: Path) -> Result:
    """Return a result that was kept."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
