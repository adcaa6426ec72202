"""The benchmarks run from end to end, small; no time is judged."""

import json
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOME = {
    "on-ramp": ("on-ramp",),
    "formats": ("decode: plain", "decode: copybook"),
    "start": ("services", "command"),
}
"""A few parts, with how their rows begin: the floors, franca beside them, and what runs once."""
ALL = {
    **SOME,
    "row-memory": ("row memory", "memory"),
    "replay": ("replay",),
    "lake": ("lake",),
    "store": ("store",),
    "whole": ("whole stream",),
    "latency": ("p99",),
    "rival": ("rival",),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        pytest.param([f"--only={part}" for part in SOME], SOME, id="some"),
        pytest.param([], ALL, id="all", marks=pytest.mark.soak),
    ],
)
def test_the_short_form_measures_every_part(
    tmp_path: Path, options: list[str], wanted: dict[str, tuple[str, ...]]
) -> None:
    """`python -m bench --short` ends well, its results agree with their floors, and no part is missing."""
    kept = tmp_path / "short.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--short", "--keep", str(kept), *options],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=580, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    measured = json.loads(kept.read_bytes())["parts"].values()
    parts = {row["part"]: row for part in measured for row in part["rows"]}
    for name in chain.from_iterable(wanted.values()):
        found = [part for part in parts if part.startswith(name)]
        assert found, f"no part {name!r} among {sorted(parts)}"
        assert all(part in done.stdout for part in found)
    for part, row in parts.items():
        assert row["missing"] or row["franca"] is not None or row["rival"] is not None, part


def test_the_page_of_numbers_is_that_of_the_kept_result() -> None:
    """docs/numbers.md is generated from bench/results/latest.json, and nobody wrote in it since."""
    checked = subprocess.run([sys.executable, "-m", "bench.page", "--check"], cwd=ROOT, check=False)
    assert checked.returncode == 0, "docs/numbers.md is stale: run `python -m bench.page`"
