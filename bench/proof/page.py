"""Writes docs/proof.md and its charts from the kept result; with `--check` fails where one is stale.

With the file of another result, as `--keep` of the bench leaves it, prints the page of that one.
"""

import sys
from pathlib import Path

from bench.process import ROOT
from bench.proof import plainly, prices
from bench.proof.result import KEPT, Result, read
from bench.proof.sections import CHARTS, appends, freshness, increments, missing, sustained
from bench.proof.table import markdown
from bench.proof.verdict import verdicts

DOCS = ROOT / "docs"
PAGE = DOCS / "proof.md"
TEXT = Path(__file__).with_name("page.md")
SOURCE = f"{KEPT.relative_to(ROOT).as_posix()}: run `make bench-proof` to measure anew"
HEADS = (
    "what",
    "franca, CPU-s/M",
    "batch, CPU-s/M",
    "ratio",
    "pairs",
    "least to largest",
    "to reach",
    "reached?",
)


def page(result: Result, source: str = SOURCE) -> str:
    """Return the page; `source` is the file that the result is kept in."""
    found = prices.read()
    return TEXT.read_text(encoding="utf-8").format(
        source=source,
        verdicts=markdown(HEADS, [verdict.cells() for verdict in verdicts(result)]),
        appends=appends(result, found),
        tpcdi=appends(result, found, "tpcdi"),
        increments=increments(result, found),
        again=plainly.again(result, "increments"),
        freshness=freshness(result),
        sustained=sustained(result),
        rates=", ".join(f"{rate:,}" for rate in result.plan.rates),
        winners=plainly.winners(result),
        standing=plainly.standing(result, found),
        missing=missing(result),
        prices=_prices(found),
        prices_date=found.date,
        plan=result.plan,
        cycle_hours=result.plan.cycle // result.plan.hour,
        processors=result.processors,
        system=result.system,
        python=result.python,
        packages=", ".join(f"{name} {number}" for name, number in result.packages.items()),
        load=result.load,
        loop=result.loop_seconds,
    )


def _prices(found: prices.Prices) -> str:
    return markdown(
        ("price", "$", "source"),
        [
            (
                f"a virtual processor with {found.compute.gb:g} GB, an hour",
                f"{found.compute.hour:.5f}",
                found.compute.source,
            ),
            ("the same under Spark, with 4 GB", f"{found.spark.hour}", found.spark.source),
            ("a thousand objects written", f"{found.put.per_thousand}", found.put.source),
            (f"{found.broker.nodes} brokers, each an hour", f"{found.broker.hour}", found.broker.source),
        ],
    )


def files(result: Result) -> dict[Path, str]:
    """Return every generated file with its content."""
    charts = {DOCS / "proof" / f"{name}.svg": make(result) for name, make in CHARTS.items()}
    return {PAGE: page(result), **charts}


def main(arguments: list[str]) -> int:
    """Write the files, check them, or print the page of a file that is given."""
    if given := [each for each in arguments if each != "--check"]:
        path = Path(given[0])
        print(page(read(path), path.name))
        return 0
    wanted = files(read(KEPT))
    if "--check" in arguments:
        stale = [
            path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text
        ]
        return int(bool(stale))
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
