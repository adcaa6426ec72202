"""`franca spark backfill`: a table's rows from Parquet into the lake by Spark."""

from pathlib import Path
from typing import Annotated

import typer

from franca.cli.backfill import At, TableName, Time, Unremembered
from franca.cli.context import Context
from franca.cli.moments import milliseconds
from franca.cli.output import print_json, print_table, tell
from franca.cli.spark import AsJson, Conf, Master, assigned
from franca.cli.telling import telling
from franca.config.endpoints import endpoints
from franca.errors import UsageError

Files = Annotated[list[str], typer.Argument(help="Parquet files of its rows.")]
Left = Annotated[
    str, typer.Option(help="Folder for the rows that are left over; .franca/left where not said.")
]


def backfill(
    context: typer.Context,
    table: TableName,
    files: Files,
    left: Left = "",
    at: At = "",
    time: Time = "",
    unremembered: Unremembered = False,
    master: Master = "local[*]",
    conf: Conf = None,
    as_json: AsJson = False,
) -> None:
    """Load a table's rows from Parquet into the lake by Spark, all at once by the mappings as SQL.

    The very same events as `franca backfill --into lake` makes, with the same marks: what either has
    loaded, the other finds loaded. Rows that SQL can't decide, or that a mapping refuses, are left over as Parquet, for
    `franca backfill`; exit code 1 if there is any. Exit code 3 where PySpark or a Java for it is missing.

    Example: `franca spark backfill crm.cust cust.parquet --at lsn:0/16E3778`
    """
    chosen = assigned("--conf", conf)
    from franca.operations.backfill.loading import Loading  # these need an extra
    from franca.operations.backfill.snapshot import Taken, snapshot_of
    from franca.spark.backfill import Loaded, load, numbered_parquet
    from franca.spark.session import open_session

    franca: Context = context.obj
    franca.project.check()
    loading, taken = (
        Loading(franca.project, table, forgets=unremembered),
        Taken(milliseconds(time, "--time"), at),
    )
    for file in files:
        if not Path(file).is_file():
            raise UsageError.one(file, "is no file that can be read", "name Parquet files of this machine")
    places = endpoints(franca.project, "", "")
    folder = Path(left) if left else franca.project.state / "left"
    found: list[tuple[str, Loaded]] = []
    with telling() as progress:
        session = open_session(franca.project.state / "spark", master, chosen, progress)
        try:
            for file in files:
                progress(f"loading {file}", 0, 0)
                path = Path(file).absolute()
                snapshot = snapshot_of(path, table, loading.application.epoch, taken)
                frame = numbered_parquet(session.read.parquet(str(path)))
                rest = str((folder / path.name).absolute())
                found.append((file, load(loading, snapshot, frame, places, rest)))
        finally:
            session.stop()
    if as_json:
        print_json([{"file": file, **each._asdict()} for file, each in found])
    else:
        rows = [
            (f, e.rows, sum(e.events.values()), e.left, "" if e.is_new else "loaded before") for f, e in found
        ]
        print_table("", ("file", "rows", "events", "left over", ""), rows)
    if any(each.left for _, each in found):
        tell(f"what is left over is in {folder}: `franca backfill {table}` takes it from there")
        raise typer.Exit(1)
