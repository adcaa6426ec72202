"""The result as a value: rows, and what is needed to judge them."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench.plan import Plan
from bench.row import Row

PACKAGES = ("franca", "confluent-kafka", "msgspec", "duckdb", "deltalake", "psycopg")
LOOP = 5_000_000


class Part(msgspec.Struct, kw_only=True, frozen=True):
    """One part's rows, and what the machine was like; `loads` and `loop_seconds` before and after."""

    sizes: tuple[int, int]
    repetitions: int
    loads: tuple[float, float]
    loop_seconds: tuple[float, float]
    rows: list[Row]


class Result(msgspec.Struct, kw_only=True, frozen=True):
    """What is kept: each part as it was measured last."""

    python: str
    system: str
    processors: int
    packages: dict[str, str]
    parts: dict[str, Part]

    def rows(self) -> list[Row]:
        """Return the rows of all parts."""
        return [row for part in self.parts.values() for row in part.rows]


def measured(plan: Plan, measure: Callable[[], list[Row]]) -> Part:
    """Measure one part, and note the conditions."""
    load, loop = os.getloadavg()[0], loop_seconds()
    rows = measure()
    return Part(
        sizes=plan.sizes,
        repetitions=plan.repetitions,
        loads=(round(load, 1), round(os.getloadavg()[0], 1)),
        loop_seconds=(loop, loop_seconds()),
        rows=rows,
    )


def result(parts: dict[str, Part]) -> Result:
    """Return the result of parts that were measured here and now."""
    return Result(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count() or 0,
        packages={name: version(name) for name in PACKAGES},
        parts=parts,
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
