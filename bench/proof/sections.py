"""The tables and charts of the page, a function for each."""

from collections.abc import Callable, Iterator

from bench.proof import charts
from bench.proof.charts import BATCH, OURS, STREAM, Bar
from bench.proof.figures import MILLION, Figures, measured, of
from bench.proof.prices import Prices
from bench.proof.result import Result, sizes
from bench.proof.table import NONE, RATES, markdown, rates, short
from bench.proof.titles import STREAMS, title
from bench.proof.workloads import WORKLOADS, names

MEMORY = ("MB, largest process", "all processes")
NOTHING_MORE = "its larger runs took no more than its smaller ones"


def each(result: Result, workload: str) -> Iterator[tuple[str, str, Figures]]:
    """Yield name, title and figures of all that have any."""
    for name in names(workload, result):
        if found := of(result, workload, name):
            yield name, title(name), found


def appends(result: Result, prices: Prices, workload: str = "appends") -> str:
    """Return the table of a workload of two sizes."""
    day = result.plan.day
    heads = (
        "contestant",
        "CPU-s/M, start-up apart",
        "start-up, CPU-s",
        f"CPU-s/M, {day:,} a run",
        *MEMORY,
        "rows written per change",
        "$ per M, estimated",
        "runs",
    )
    lines = []
    for name, text, found in each(result, workload):
        is_stream = name in STREAMS
        whole = found.per_million() if is_stream else found.run_of(day)
        dollars = prices.million(name, whole, found.objects_per_million())
        lines.append(
            (
                _bold(name, text),
                short(found.per_million()),
                short(found.start_up()),
                "runs all the time" if is_stream else short(whole),
                *_memory(found),
                short(found.rows_per_change()) if found.rows_per_change() else NONE,
                f"{dollars:.4f}",
                f"{found.runs()}",
            )
        )
    return markdown(heads, lines)


def increments(result: Result, prices: Prices) -> str:
    """Return the table of merged increments."""
    plan = result.plan
    heads = (
        "contestant",
        f"CPU-s of an hour's {plan.hour:,}",
        "CPU-s/M, hourly",
        "CPU-s/M, daily",
        "rows written per change, hourly",
        "daily",
        *MEMORY,
        "age of the newest row, p50 / p99, hourly",
        "$ per M, hourly, estimated",
        "runs",
    )
    lines = []
    for name, text, found in each(result, "increments"):
        if name == "franca":
            hour = day = found.sizes()[0]
            age = "see below"
        else:
            hour, day = found.sizes()
            age = _ages(found.at(hour, lambda m: m.seconds), 3600)
        hourly = found.whole_per_million(hour)
        dollars = prices.million(name, hourly, found.objects_per_million(hour))
        figures = (
            hourly * plan.hour / MILLION,
            hourly,
            found.whole_per_million(day),
            found.rows_per_change(hour),
            found.rows_per_change(day),
        )
        told = (*map(short, figures), *_memory(found), age, f"{dollars:.4f}", f"{found.runs()}")
        cells = (_bold(name, text), *told)
        lines.append(cells)
    return markdown(heads, lines)


def _ages(seconds: float, interval: float) -> str:
    """Return median and p99 of the newest row's age: what came since the last run's start, and the run."""
    p50, p99 = ((seconds + share * interval) / 60 for share in (0.5, 0.99))
    return f"{p50:.0f} / {p99:.0f} min"


def freshness(result: Result) -> str:
    """Return the table of streams at a steady rate."""
    heads = ("contestant", "age of the newest row, p50, s", "p99, s", "CPU-s/M at this rate", *MEMORY)
    lines = [
        (
            _bold(name, text),
            *(short(found.extra(share)) for share in ("p50", "p99")),
            short(found.per_million()),
            *_memory(found),
        )
        for name, text, found in each(result, "freshness")
    ]
    return markdown(heads, lines)


def sustained(result: Result) -> str:
    """Return the table of the highest rate that each stream keeps up with."""
    return markdown(RATES, [(_bold(name, first), *rest) for name, (first, *rest) in rates(result)])


def missing(result: Result) -> str:
    """Return what has no figure, and why."""
    lines = [
        f"- {title(name)}, {workload}: {_why(result, workload, name)}"
        for workload in WORKLOADS
        for name in names(workload, result)
        if not of(result, workload, name)
    ]
    return "\n".join(lines) or "Every contestant has its figures."


def _why(result: Result, workload: str, name: str) -> str:
    """Return why a contestant has no figure."""
    found = measured(result, workload, name)
    if found:
        is_whole = found.has(sizes(result.plan, workload, name))
        return NOTHING_MORE if is_whole else "not measured at all sizes yet"
    return result.missing.get(f"{workload}/{name}", "not measured yet")


def chart_of_appends(result: Result, workload: str, title: str) -> str:
    """Return bars of what a million costs, a day's start-up in a lighter colour."""
    bars = []
    for name, text, found in each(result, workload):
        more = 0.0 if name in STREAMS else found.run_of(result.plan.day) - found.per_million()
        bars.append(Bar(text, max(0.0, found.per_million()), more, _colour(name)))
    unit = f"CPU-seconds per million changes; lighter: start-up of a run for {result.plan.day:,} changes"
    return charts.chart(title, unit, bars)


def chart_of_increments(result: Result) -> str:
    """Return bars of what a million changes cost, merged hourly."""
    bars = [
        Bar(text, found.whole_per_million(found.sizes()[0]), 0.0, _colour(name))
        for name, text, found in each(result, "increments")
    ]
    base, hour = result.plan.base, result.plan.hour
    title = f"{hour:,} random keys an hour in two tables of {base:,} rows"
    return charts.chart(title, "CPU-seconds per million changes", bars, is_logarithmic=True)


def chart_of_freshness(result: Result) -> str:
    """Return bars of the p99 age of the newest row."""
    bars = [
        Bar(text, found.extra("p99") or 0.0, 0.0, _colour(name))
        for name, text, found in each(result, "freshness")
    ]
    bars += [Bar("a batch each hour", 3600.0, 0.0, BATCH), Bar("a batch each day", 86_400.0, 0.0, BATCH)]
    return charts.chart(
        "Age of the newest row, p99, at 1,000 changes a second", "seconds", bars, is_logarithmic=True
    )


CHARTS: dict[str, Callable[[Result], str]] = {
    "appends": lambda result: chart_of_appends(result, "appends", "Changes appended to two tables"),
    "tpcdi": lambda result: chart_of_appends(result, "tpcdi", "TPC-DI: changes to the current state"),
    "increments": chart_of_increments,
    "freshness": chart_of_freshness,
}


def _colour(name: str) -> str:
    return OURS if name.startswith("franca") else STREAM if name in STREAMS else BATCH


def _memory(found: Figures) -> tuple[str, str]:
    return short(found.megabytes()), short(found.together_megabytes()) or NONE


def _bold(name: str, text: str) -> str:
    return f"**{text}**" if name.startswith("franca") else text
