"""`franca backfill`: a table's rows from files, through its mappings, straight into lake and store."""

from collections.abc import Sequence
from typing import Annotated

import typer

from franca.cli.completion import tables
from franca.cli.context import Context
from franca.cli.moments import HELP, milliseconds
from franca.cli.rows import RowFile
from franca.errors import UsageError
from franca.operations.backfill.snapshot import Taken

PLACES = ("lake", "store")
TOPICS = "topics"

TableName = Annotated[str, typer.Argument(help="The table, as `application.table`.", autocompletion=tables)]
Files = Annotated[
    list[str],
    typer.Argument(
        help="Its rows (CSV, JSON lines, Parquet): files, folders, patterns or URLs of them; "
        "or a database: URL, or URL#table."
    ),
]
SourceTable = Annotated[
    str, typer.Option("--table", help="The database's table, if it is called otherwise: cust, or dbo.cust.")
]
FormatName = Annotated[
    str, typer.Option(help="jsonl, csv or parquet; by the table or the file's name where not said.")
]
Delimiter = Annotated[str, typer.Option(help="Of CSV; found out from the header where not said.")]
Encoding = Annotated[str, typer.Option(help="Of CSV; utf-8, or the table's, where not said.")]
At = Annotated[
    str,
    typer.Option(
        help="Where the snapshot was taken, as `lsn:0/16E3778`, `scn:4711` or "
        "`binlog:mysql-bin.000003:154`; where not said, its rows come before every change."
    ),
]
Time = Annotated[str | None, typer.Option(help=f"When it was taken: {HELP}; the file's time where not said.")]
Into = Annotated[
    list[str] | None,
    typer.Option(
        help="lake or store, both where not said; or topics, from where the pipelines bring them to both.",
        show_default=False,
    ),
]
Limit = Annotated[int | None, typer.Option(help="Load only so many rows of each file.", min=1)]
Unremembered = Annotated[
    bool,
    typer.Option("--unremembered", help="Load a table whose rows are remembered, and don't remember these."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only map: show counts and samples, write nothing.")]
Samples = Annotated[int, typer.Option(help="With --dry-run: how many samples of each entity.", min=0)]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show personal data as well.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backfill")(backfill)


def backfill(
    context: typer.Context,
    table: TableName,
    files: Files,
    format: FormatName = "",  # noqa: A002 - the option's name
    delimiter: Delimiter = "",
    encoding: Encoding = "",
    at: At = "",
    time: Time = None,
    into: Into = None,
    limit: Limit = None,
    source_table: SourceTable = "",
    unremembered: Unremembered = False,
    dry_run: DryRun = False,
    samples: Samples = 3,
    reveal: Reveal = False,
    as_json: AsJson = False,
) -> None:
    """Load a table's rows from files or a database into lake and store, as the stream would have made them.

    With `--into topics` they go onto the topics of their entities instead: each event that is newer than what
    stands there.

    The rows go through the table's mappings in batches, each stored with a mark: begun again after a kill it
    goes on where it was, and a file that is loaded already adds nothing. What can't be mapped or stored goes
    to the dead letters with the file and the row's number; exit code 1 if there is any. A file may be packed
    (`.gz`, `.zst`); folders and patterns may lie behind a URL too (`s3://exports/crm/cust/`).

    Example: `franca backfill crm.cust cust.parquet --at lsn:0/16E3778`, or
    `franca backfill crm.cust cust-*.csv --dry-run`
    """
    from franca.cli.backfill_run import Wanted, loaded, shown  # these need an extra
    from franca.cli.backfill_sources import Asked, opened_sources
    from franca.operations.backfill.loading import Loading

    franca: Context = context.obj
    franca.project.check()
    chosen = _chosen(into or PLACES)
    loading = Loading(franca.project, table, forgets=unremembered or dry_run)
    taken = Taken(milliseconds(time, "--time"), at)
    wanted = Wanted(chosen, samples, reveal, as_json)
    sources = [RowFile(file, format, delimiter, encoding) for file in files]
    asked = Asked(source_table, limit, is_kept=not dry_run)
    with opened_sources(loading, sources, taken, asked) as snapshots:
        is_good = (shown if dry_run else loaded)(loading, snapshots, wanted)
    if not is_good:
        raise typer.Exit(1)


def _chosen(into: Sequence[str]) -> tuple[str, ...]:
    """Return where rows go to. Raises UsageError for what is no such place, or too many of them."""
    chosen = tuple(dict.fromkeys(into))
    unknown = [name for name in chosen if name not in (*PLACES, TOPICS)]
    if unknown:
        reason = f"got {unknown[0]!r}, expected lake, store or topics"
        raise UsageError.one("--into", reason, "name one of them")
    if TOPICS in chosen and len(chosen) > 1:
        reason = f"got {' and '.join(chosen)}: what is on the topics comes to lake and store by itself"
        raise UsageError.one("--into", reason, "say topics alone, and `franca run`")
    return chosen
