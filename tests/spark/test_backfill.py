"""What Spark makes of a file is what `franca backfill` makes of it, row by row and mark by mark."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.endpoints import endpoints
from franca.config.project import load as load_project
from franca.errors import DefinitionError, UsageError
from franca.lake.location import events_url
from franca.lake.verification import verify
from franca.operations.backfill.bulk import LINE
from franca.operations.backfill.destination import PIPELINE
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.piece import NUMBER
from franca.operations.backfill.snapshot import Snapshot, Taken, snapshot_of_file
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.spark.backfill import Loaded, load, numbered_parquet
from franca.types import Batch
from tests.engines.rows import exact

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MODULE = '''
import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca import Application, Digits, Entity, Key, Length, Table
from franca import add_days, as_text, codes, given, join, local_date, rounded, sha256, trim, upper, uuid_of

class Colour(Enum):
    RED = "Red"

class Goods(Entity):
    """What is sold."""
    number: Key[str]
    line: Key[int]
    colour: Colour | None
    name: Annotated[str | None, Length(1, 20)]
    count: int
    price: Annotated[Decimal | None, Digits(12, 1)]
    weight: float | None
    is_sold: bool | None
    due: dt.date | None
    seen: dt.datetime | None
    there: dt.date | None
    label: UUID | None
    batch: UUID | None
    digest: str | None

class Shelf(Entity):
    """Where it lies."""
    code: Key[str]
    goods: str

app = Application("app")

class Stock(Table):
    no: Key[str]
    line: Key[int]
    colour: str | None
    name: str | None
    count: int
    price: Annotated[Decimal | None, Digits(10, 2)]
    weight: float | None
    sold: bool | None
    made: dt.date | None
    seen: dt.datetime | None
    label: str | None
    batch: UUID | None
    shelf1: str | None
    shelf2: str | None

@app.maps
def goods(stock: Stock) -> Goods:
    return Goods(
        number=stock.no, line=stock.line, colour=codes(stock.colour, {"r": Colour.RED}),
        name=trim(join(" ", upper(stock.name), stock.no)), count=stock.count * 3,
        price=rounded(stock.price, 1), weight=stock.weight, is_sold=stock.sold,
        due=add_days(stock.made, 30), seen=stock.seen,
        there=local_date(stock.seen, "Europe/Zurich"), label=uuid_of(stock.label),
        batch=stock.batch, digest=sha256(as_text(stock.price)),
    )

@app.maps
def shelves(stock: Stock) -> list[Shelf]:
    return [
        given(stock.shelf1, lambda code: Shelf(code=code, goods=stock.no)),
        given(stock.shelf2, lambda code: Shelf(code=code + "/b", goods=stock.no)),
    ]
'''
ID = "2ED6657d-e927-568b-95e1-2665a8aea6a2"


def goods_file(folder: Path) -> Path:
    """Write rows that are good, that a mapping refuses, and that SQL leaves to the decoder."""
    moment = datetime(2024, 3, 30, 23, 30, 0, 123456, tzinfo=UTC)
    columns: dict[str, Any] = {
        "no": ["1", "2/%", "3", "4", "5"],
        "line": pa.array([1, 2, 3, 2**40, 5], pa.int64()),
        "colour": ["r", None, "x", "r", None],
        "name": ["Äpfel'\\n", None, "plum", "pear", "\x00"],
        "count": pa.array([1, -2, 3, 4, 5], pa.int32()),
        "price": pa.array(
            [*map(Decimal, ("12.25", "1", "-0.05", "99999999.99")), None], pa.decimal128(10, 2)
        ),
        "weight": pa.array([0.1, None, 1e300, -0.0, 2.5]),
        "sold": [True, None, False, True, None],
        "made": pa.array([date(2024, 1, 31), None, date(1, 1, 1), date(1999, 12, 31), None]),
        "seen": pa.array(
            [moment, None, moment, datetime(1900, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")
        ),
        "label": [ID, None, ID, ID.lower(), None],
        "batch": [ID.lower(), None, ID.lower(), ID.lower(), None],
        "shelf1": ["A", None, "B", "C", "D"],
        "shelf2": ["A", "E", None, None, None],
    }
    path = folder / "goods.parquet"
    parquet.write_table(pa.table(columns), path)
    return path


class Yard:
    """A project whose table's file is loaded by Spark, and mapped by DuckDB to compare."""

    def __init__(self, folder: Path, name: str, file: Path) -> None:
        self.folder, self.file = folder, file
        self.loading = Loading(load_project(folder), name, forgets=True)
        self.places = endpoints(self.loading.project, "localhost:1", "")

    @property
    def snapshot(self) -> Snapshot:
        """The file as `franca backfill` knows it."""
        epoch = self.loading.application.epoch
        return snapshot_of_file(
            self.file, self.loading.name, epoch, Taken(1_700_000_000_000, "lsn:0/16E3778")
        )

    def load(self, spark: "SparkSession") -> Loaded:
        """Load the file by Spark."""
        frame = numbered_parquet(spark, self.file)
        return load(self.loading, self.snapshot, frame, self.places, str(self.folder / "left"))

    def loaded(self, entity: str) -> list[str]:
        """Return the rows in the lake."""
        return _texts(DeltaTable(events_url(self.places.lake_url, entity)).to_pyarrow_table())

    def problems(self, entity: str) -> list[str]:
        """Return what `franca lake verify` finds wrong with an entity's tables."""
        (shape,) = (each for each in self.loading.shapes if each.name == entity)
        return verify(self.places.lake_url, shape, {}, self.folder / "scratch").problems

    def expected(self, entity: str) -> list[str]:
        """Return the rows that DuckDB makes of the file, without those left to the stream's decoder."""
        mapping = self.loading.mapping(self.snapshot)
        made = [mapping(piece) for piece in pieces(RowFile(str(self.file)), self.loading.table, "auto")]
        mapping.close()
        return _texts(pa.concat_tables(each.ready[entity].drop_columns([LINE]) for each in made))


def _texts(rows: pa.Table) -> list[str]:
    return sorted(repr({k: exact(v) for k, v in sorted(row.items())}) for row in rows.to_pylist())


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """Give a project with many kinds of columns."""
    (tmp_path / "franca.toml").write_text("")
    (tmp_path / "app.py").write_text(MODULE)
    return Yard(tmp_path, "app.stock", goods_file(tmp_path))


@pytest.mark.soak
def test_the_events_are_those_of_a_backfill(spark: "SparkSession", yard: Yard) -> None:
    """Of each good row; the others are left over as they came. Loading again, by either, adds nothing."""
    done = yard.load(spark)
    assert (done.rows, done.left, done.events) == (5, 2, {"goods": 3, "shelf": 4})
    for entity in ("goods", "shelf"):
        assert yard.loaded(entity) == yard.expected(entity)
        assert yard.problems(entity) == []
    left = parquet.read_table(yard.folder / "left").sort_by(NUMBER)
    assert left[NUMBER].to_pylist() == [3, 5]
    assert left["name"].to_pylist() == ["plum", "\x00"]
    again = yard.load(spark)
    assert not again.is_new
    assert yard.loaded("goods") == yard.expected("goods")


COINS = '''
from enum import Enum
from franca import Application, Entity, Key, Table, codes

class Metal(Enum):
    GOLD = "Gold"

class Coin(Entity):
    """What is paid with."""
    number: Key[str]
    metal: Metal

app = Application("app")

class Till(Table):
    no: Key[str]
    metal: str

@app.maps
def coins(till: Till) -> Coin:
    return Coin(number=till.no, metal=codes(till.metal, {"g": Metal.GOLD}))
'''
OPTIONS = ("--at", "lsn:0/16E3778", "--time", "2023-11-14T22:13:20Z", "--unremembered")


def test_the_command_loads_a_file_and_tells_what_is_left(
    spark: "SparkSession", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the file is called; what is left over is found where it says. Again, it does nothing."""
    (tmp_path / "franca.toml").write_text("")
    (tmp_path / "app.py").write_text(COINS)
    file = tmp_path / "a [1] till*.parquet"
    parquet.write_table(pa.table({"no": ["1", "2", "3"], "metal": ["g", "?", "g"]}), file)
    yard = Yard(tmp_path, "app.till", file)
    assert _franca(yard, "spark", "backfill", "app.till", str(file), *OPTIONS, "--json") == 1
    told = capsys.readouterr()
    (found,) = msgspec.json.decode(told.out)
    assert (found["rows"], found["events"], found["left"]) == (3, {"coin": 2}, 1)
    left = tmp_path / ".franca" / "left"
    assert str(left) in told.err.replace("\n", "")
    assert parquet.read_table(left / file.name)[NUMBER].to_pylist() == [2]
    assert _franca(yard, "spark", "backfill", "app.till", str(file), *OPTIONS) == 0
    assert "loaded before" in capsys.readouterr().out
    assert yard.loaded("coin") == yard.expected("coin")


def test_what_is_left_over_has_the_time_of_its_snapshot(spark: "SparkSession", yard: Yard) -> None:
    """So its rows rank as those that were loaded: not as new ones before what changed since."""
    time = 1_767_225_600_006
    os.utime(yard.file, ns=(time * 1_000_000 + 1, time * 1_000_000 + 1))
    spark.conf.set("fs.defaultFS", "hdfs://nowhere.invalid:9000")  # whichever it is, files are here
    try:
        assert _franca(yard, *COMMAND, str(yard.file)) == 1
    finally:
        spark.conf.unset("fs.defaultFS")
    (part,) = (yard.folder / ".franca" / "left").glob("*/part-*")
    assert snapshot_of_file(part, "app.stock", 1, Taken()).time == time


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no,line\n1,2\n", "is no Parquet file.*`franca backfill`"),
        (b"PAR1\0\0cut off", "not the whole of one"),
        (None, "can't be read.*[Nn]o such file"),
    ],
)
def test_a_file_that_is_not_parquet_is_refused(yard: Yard, content: bytes | None, told: str) -> None:
    """Before Spark starts, with what reads it."""
    file = yard.folder / "rows.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=told):
        _franca(yard, "spark", "backfill", "app.stock", str(file), *OPTIONS)


def test_a_file_that_spark_does_not_read_is_refused(yard: Yard) -> None:
    """Before Spark starts, with what reads it."""
    file = yard.folder / "ns.parquet"
    parquet.write_table(pa.table({"seen": pa.array([1], pa.timestamp("ns"))}), file)
    with pytest.raises(
        UsageError, match=r"ns\.parquet: has a column 'seen' of timestamp\[ns\].*`franca backfill`"
    ):
        _franca(yard, *COMMAND, str(file))


COMMAND = ("spark", "backfill", "app.stock", "--unremembered")


def _franca(yard: Yard, *arguments: str) -> int:
    """Run a command in this process, and so with its Spark."""
    from franca.cli.main import app

    return int(app(["--project", str(yard.folder), *arguments], standalone_mode=False) or 0)


def test_a_folder_for_what_is_left_that_cannot_be_made_is_told_before_spark_begins(yard: Yard) -> None:
    """The command line tells the path and what is wrong with it."""
    with pytest.raises(NotADirectoryError):
        _franca(yard, *COMMAND, str(yard.file), "--left", f"{yard.file}/left")


def test_what_is_left_over_replaces_no_file_that_is_needed(yard: Yard) -> None:
    """Not the rows themselves, nor what is left over of another file: the command ends before it begins."""
    whole = yard.file.read_bytes()
    inner = yard.folder / "rows" / yard.file.name / yard.file.name
    inner.parent.mkdir(parents=True)
    inner.write_bytes(whole)
    for file, left in ((yard.file, yard.folder), (inner, yard.folder / "rows")):
        with pytest.raises(UsageError, match=r"--left: what is left over of .* would replace"):
            _franca(yard, *COMMAND, str(file), "--left", str(left))
        assert file.read_bytes() == whole
    with pytest.raises(UsageError, match="has the name of another one"):
        _franca(yard, *COMMAND, str(yard.file), str(inner))


def test_a_file_tells_the_bounds_of_its_keys(spark: "SparkSession", yard: Yard) -> None:
    """As those of all who write do: who asks for a key reads the files that may have it."""
    yard.load(spark)
    table = DeltaTable(events_url(yard.places.lake_url, "goods"))
    found = pa.table(table.get_add_actions(flatten=True))
    assert (found["min.number"].to_pylist(), found["max.number"].to_pylist()) == (["1"], ["4"])
    assert table.to_pyarrow_dataset().to_table(filter=pc.field("number") == "4").num_rows == 1


def test_what_a_backfill_began_it_ends(spark: "SparkSession", yard: Yard) -> None:
    """A file of which another load has stored some rows is refused: no row is lost, none stored twice."""
    mapping = yard.loading.mapping(yard.snapshot)
    sink = DeltaSink(
        yard.places.lake_url, yard.loading.shapes, Parking(lambda messages: None, "lake", ["app"]), PIPELINE
    )
    sink.open()
    for partitions in mapping.partitions.values():
        assert sink.write(Batch([], dict.fromkeys(partitions, 3), {}))
    mapping.close()
    sink.close()
    with pytest.raises(DefinitionError, match=r"goods.parquet: is loaded up to row 3, by `franca backfill`"):
        yard.load(spark)


def test_a_column_without_values_is_null(spark: "SparkSession", yard: Yard) -> None:
    """Writers call its type null, whatever the table's is."""
    rows = parquet.read_table(yard.file)
    for name in ("price", "seen", "sold", "made", "label"):
        rows = rows.set_column(rows.column_names.index(name), name, pa.nulls(5))
    parquet.write_table(rows, yard.file)
    assert yard.load(spark).left == 2
    assert yard.loaded("goods") == yard.expected("goods")


def test_a_column_of_another_type_is_refused(spark: "SparkSession", yard: Yard) -> None:
    """Rather than left over row by row; nothing is stored."""
    rows = parquet.read_table(yard.file)
    place = rows.column_names.index("count")
    parquet.write_table(rows.set_column(place, "count", pa.array(["1"] * 5)), yard.file)
    with pytest.raises(DefinitionError, match="count: is of the type string, which only the stream can read"):
        yard.load(spark)
    assert yard.loaded("goods") == []


@pytest.mark.engines
def test_the_bank_is_loaded_as_by_a_backfill(spark: "SparkSession", tmp_path: Path) -> None:
    """The example that comes with franca."""
    from franca.cli.main import app

    app(["new", str(tmp_path / "bank")], standalone_mode=False)
    names = ("cust_num", "status", "fname", "lname", "sex")
    rows = [
        ("00000123", "A", "Ada", "Lovelace", "F"),
        ("00000124", "N", None, "Babbage", None),
        ("00000125", "?", "x", "y", "M"),
    ]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    file = tmp_path / "cust.parquet"
    parquet.write_table(pa.table({**columns, "born": pa.array([None] * 3, pa.date32())}), file)
    yard = Yard(tmp_path / "bank", "crm.cust", file)
    assert yard.load(spark).left == 1
    assert yard.loaded("customer") == yard.expected("customer")
    assert yard.loaded("individual") == yard.expected("individual")
