"""The live table of a run fits a terminal."""

import io

from rich.console import Console

from franca.cli.progress_table import progress_table
from franca.pipeline.progress import Progress


def shown(*pictures: Progress) -> str:
    """Return the table on a terminal of 80 columns."""
    console = Console(width=80, file=io.StringIO(), force_terminal=False)
    with console.capture() as captured:
        console.print(progress_table(pictures))
    return captured.get()


def picture(pipeline: str, trouble: str = "", restarts: int = 0) -> Progress:
    """Return a worker's picture with counts of a busy day."""
    lag = {f"raw.crm.cust/{number}": 250_000 for number in range(4)}
    return Progress(
        pipeline,
        state="running",
        read=9_600_000,
        written=9_600_000,
        lag=lag,
        read_per_second=65_418.2,
        p50_milliseconds=3_842.1,
        p99_milliseconds=16_516.0,
        last_error=trouble,
        restarts=restarts,
    )


def test_no_number_and_no_name_is_cut_on_a_terminal_of_80_columns() -> None:
    """A count without its last digits is worse than none."""
    lines = shown(picture("crm.on-ramp"), picture("store")).splitlines()

    assert len(lines) == 3
    assert lines[1].split() == [
        "crm.on-ramp", "running", "9,600,000", "9,600,000", "0", "1,000,000", "65,418", "3,842", "16,516"
    ]  # fmt: skip


def test_trouble_is_shown_where_there_is_some() -> None:
    """What a worker complains of, and how often it was killed."""
    assert "kafka" in shown(picture("lake", "kafka is unavailable"), picture("store"))
    assert "restarts: 3" in " ".join(shown(picture("lake", restarts=3)).split())
