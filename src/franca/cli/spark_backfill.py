"""`franca spark backfill`: a table's rows from Parquet into the lake by Spark."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from franca.cli.backfill import At, TableName, Time, Unremembered
from franca.cli.context import Context
from franca.cli.moments import milliseconds
from franca.cli.output import print_json, print_table, tell, without_login
from franca.cli.row_sources import files_of, is_hidden
from franca.cli.rows import RowFile
from franca.cli.spark import AsJson, Conf, Master, assigned
from franca.cli.telling import telling
from franca.config.endpoints import endpoints
from franca.errors import UsageError

if TYPE_CHECKING:
    from franca.model.entity import Table
    from franca.operations.backfill.loading import Loading
    from franca.operations.backfill.snapshot import Taken
    from franca.spark.backfill import Loaded

Files = Annotated[list[str], typer.Argument(help="Parquet files of its rows, folders or patterns of them.")]
Left = Annotated[
    str, typer.Option(help="Folder for the rows that are left over; .franca/left/TABLE where not said.")
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
    from franca.operations.publication import require_published

    franca: Context = context.obj
    franca.project.check()
    loading = Loading(franca.project, table, forgets=unremembered)
    taken = Taken(milliseconds(time, "--time"), at)
    sources = list(files_of(RowFile(file, "parquet") for file in files))
    for source in sources:
        _require_parquet(source, loading.table)
    folder = (Path(left) if left else franca.project.state / "left" / loading.name).absolute()
    places = left_places([source.path for source in sources], folder)
    require_published(franca.project)
    franca.project.publish_versions()
    found = _loaded(loading, taken, list(zip(sources, places, strict=True)), master, assigned("--conf", conf))
    if as_json:
        print_json([{"file": file, **each._asdict()} for file, each in found])
    else:
        rows = [
            (file, each.rows, sum(each.events.values()), each.left, "" if each.is_new else "loaded before")
            for file, each in found
        ]
        print_table("", ("file", "rows", "events", "left over", ""), rows)
    if any(each.left for _, each in found):
        tell(f"what is left over is taken by `franca backfill {table} {folder}`")
        raise typer.Exit(1)


def _require_parquet(source: RowFile, table: "type[Table]") -> None:
    """Raise UsageError where Spark would not find what it needs, before it takes its time to start."""
    from pyarrow import ArrowInvalid

    from franca.spark.readable import columns_of, overflowing, unreadable

    file, path = without_login(source.path), Path(source.path)
    try:
        schema = columns_of(path)[0]
        told = _folder_columns(source, table)
        refused = unreadable(path, schema, *told) or overflowing(path)
    except OSError as error:
        reason = f"can't be read: {error.strerror or error}"
        raise UsageError.one(file, reason, "name Parquet files of this machine") from error
    except ArrowInvalid as error:
        remedy = "load it with `franca backfill`, which reads CSV and JSON lines, or make Parquet of it"
        raise UsageError.one(file, "is no Parquet file, or not the whole of one", remedy) from error
    if refused:
        remedy = "load it with `franca backfill`, or write it anew without that"
        raise UsageError.one(file, refused, remedy)


def _folder_columns(source: RowFile, table: "type[Table]") -> dict[str, object]:
    """Return the values of the columns that only the names of a file's folders tell."""
    from franca.cli.parquet import folder_columns, parquet_columns
    from franca.model.shape import shape_of

    return folder_columns(source.partitions, shape_of(table), parquet_columns(source.path))


def left_places(files: Sequence[str], folder: Path) -> list[Path]:
    """Return where what is left over of each file goes: to a folder of its name, or of its path below all.

    Makes the folder for all of them. Raises UsageError where Spark would replace what is needed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [Path(file).absolute() for file in files]
    root = Path(os.path.commonpath([path.parent for path in paths]))
    is_flat = len({path.name for path in paths}) == len(paths)
    places = [folder / (path.name if is_flat else _shown(path.relative_to(root))) for path in paths]
    counts = Counter(places)
    for file, path, place in zip(files, paths, places, strict=True):
        if place.is_file() or place.resolve() in path.resolve().parents:
            reason = f"what is left over of {file} would replace {str(place)!r}"
            raise UsageError.one("--left", reason, "name a folder of its own")
        if counts[place] > 1 or not counts.keys().isdisjoint(place.parents):
            reason = f"is named twice, and what is left over goes to {str(place)!r}"
            raise UsageError.one(file, reason, "name each file once")
    return places


def _shown(path: Path) -> Path:
    """Return a path none of whose folders is passed over where the folder above is loaded."""
    parts = [f"%{ord(part[0]):X}{part[1:]}" if is_hidden(part) else part for part in path.parts]
    return Path(*parts)


def _loaded(
    loading: "Loading",
    taken: "Taken",
    files: "Sequence[tuple[RowFile, Path]]",
    master: str,
    conf: Mapping[str, str],
) -> "list[tuple[str, Loaded]]":
    """Load files one after the other in one session; what is left over of each goes to its folder."""
    from franca.cli.backfill_sources import folders_tell
    from franca.operations.backfill.snapshot import snapshot_of_file
    from franca.spark.backfill import load, numbered_parquet
    from franca.spark.session import session_for

    project, found = loading.project, []
    places = endpoints(project, "", "")
    with telling() as progress, session_for(project.state / "spark", master, conf, progress) as session:
        for number, (file, left) in enumerate(files, 1):
            progress(f"loading {file.path}" + (f", {number} of {len(files)}" if files[1:] else ""), 0, 0)
            path, beside = Path(file.path).absolute(), folders_tell(loading, file)
            epoch = loading.application.epoch
            snapshot = snapshot_of_file(path, loading.name, epoch, taken, beside=beside)
            frame = numbered_parquet(session, path, _folder_columns(file, loading.table))
            found.append((file.path, load(loading, snapshot, frame, places, f"file://{left}")))
            _stamp(left, snapshot.time)
    return found


def _stamp(left: Path, time: int) -> None:
    """Give what is left over the time of its snapshot: so rank its rows where no other time is said."""
    amid = time * 1_000_000 + 500_000  # of a millisecond: rounded as a float it stays the same one
    for part in left.glob("part-*"):
        os.utime(part, ns=(amid, amid))
