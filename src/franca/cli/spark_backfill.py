"""`franca spark backfill`: a table's rows from Parquet into the lake by Spark."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from franca.cli.backfill import At, TableName, Time, Unremembered
from franca.cli.context import Context
from franca.cli.moments import milliseconds
from franca.cli.output import print_json, print_table, tell
from franca.cli.spark import AsJson, Conf, Master, assigned
from franca.cli.telling import telling
from franca.config.endpoints import endpoints
from franca.errors import UsageError

if TYPE_CHECKING:
    from franca.operations.backfill.loading import Loading
    from franca.operations.backfill.snapshot import Taken
    from franca.spark.backfill import Loaded

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
    time: Time = None,
    unremembered: Unremembered = False,
    master: Master = "local[*]",
    conf: Conf = None,
    as_json: AsJson = False,
) -> None:
    """Load a table's rows from Parquet into the lake by Spark, all at once by the mappings as SQL.

    The very same events as `franca backfill --into lake` makes, with the same marks: what either has
    loaded, the other finds loaded. Rows that SQL can't decide, or that a mapping refuses, are left over as
    Parquet, for `franca backfill`; exit code 1 if there is any. Exit code 3 where PySpark or a Java for it
    is missing.

    Example: `franca spark backfill crm.cust cust.parquet --at lsn:0/16E3778`
    """
    from franca.operations.backfill.loading import Loading  # these need an extra
    from franca.operations.backfill.snapshot import Taken

    franca: Context = context.obj
    franca.project.check()
    loading = Loading(franca.project, table, forgets=unremembered)
    taken = Taken(milliseconds(time, "--time"), at)
    for file in files:
        _require_parquet(file)
    folder = (Path(left) if left else franca.project.state / "left").absolute()
    _require_room(files, folder)
    found = _loaded(loading, taken, files, folder, master, assigned("--conf", conf))
    if as_json:
        print_json([{"file": file, **each._asdict()} for file, each in found])
    else:
        rows = [
            (file, each.rows, sum(each.events.values()), each.left, "" if each.is_new else "loaded before")
            for file, each in found
        ]
        print_table("", ("file", "rows", "events", "left over", ""), rows)
    if any(each.left for _, each in found):
        command = f"franca backfill {table} {folder}/*/part-*.parquet" + (f" --at {at}" if at else "")
        tell(f"what is left over is taken by `{command}`")
        raise typer.Exit(1)


def _require_parquet(file: str) -> None:
    """Raise UsageError where Spark would not find what it needs, before it takes its time to start."""
    from pyarrow import ArrowInvalid

    from franca.spark.readable import columns_of, overflowing, unreadable

    try:
        refused = unreadable(Path(file), columns_of(Path(file))[0]) or overflowing(Path(file))
    except OSError as error:
        reason = f"can't be read: {error.strerror or error}"
        raise UsageError.one(file, reason, "name Parquet files of this machine") from error
    except ArrowInvalid as error:
        remedy = "load it with `franca backfill`, which reads CSV and JSON lines, or make Parquet of it"
        raise UsageError.one(file, "is no Parquet file, or not the whole of one", remedy) from error
    if refused:
        remedy = "load it with `franca backfill`, or write it anew without that"
        raise UsageError.one(file, refused, remedy)


def _require_room(files: Sequence[str], folder: Path) -> None:
    """Make the folder of what is left over. Raises UsageError where Spark would replace what is needed."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for file in files:
        path, place = Path(file).absolute(), folder / Path(file).name
        if place.is_file() or place.resolve() in path.resolve().parents:
            reason = f"what is left over of {file} would replace {str(place)!r}"
            raise UsageError.one("--left", reason, "name a folder of its own")
        if path.name in taken:
            reason = f"has the name of another one, and what is left over goes to {str(place)!r}"
            raise UsageError.one(file, reason, "load one after the other, each with a --left of its own")
        taken.add(path.name)


def _loaded(
    loading: "Loading",
    taken: "Taken",
    files: Sequence[str],
    folder: Path,
    master: str,
    conf: Mapping[str, str],
) -> "list[tuple[str, Loaded]]":
    """Load files one after the other in one session; what is left over of each is in a folder of its name."""
    from franca.operations.backfill.snapshot import snapshot_of_file
    from franca.spark.backfill import load, numbered_parquet
    from franca.spark.session import session_for

    project, found = loading.project, []
    places = endpoints(project, "", "")
    with telling() as progress, session_for(project.state / "spark", master, conf, progress) as session:
        for file in files:
            progress(f"loading {file}", 0, 0)
            path = Path(file).absolute()
            snapshot = snapshot_of_file(path, loading.name, loading.application.epoch, taken)
            frame = numbered_parquet(session, path)
            left = folder / path.name
            found.append((file, load(loading, snapshot, frame, places, f"file://{left}")))
            _stamp(left, snapshot.time)
    return found


def _stamp(left: Path, time: int) -> None:
    """Give what is left over the time of its snapshot: so rank its rows where no other time is said."""
    amid = time * 1_000_000 + 500_000  # of a millisecond: rounded as a float it stays the same one
    for part in left.glob("part-*"):
        os.utime(part, ns=(amid, amid))
