"""What Spark makes of a file is what `franca backfill` makes of it, row by row and mark by mark."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from pyarrow import parquet

from franca.errors import DefinitionError, UsageError
from franca.lake.location import events_url
from franca.operations.backfill.destination import PIPELINE
from franca.operations.backfill.piece import NUMBER
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from franca.operations.publication import entity_versions, publish
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch
from tests.spark.yard import MODULE, Yard, goods_file

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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
    assert (done.rows, done.left, done.events) == (6, 3, {"goods": 3, "shelf": 4})
    for entity in ("goods", "shelf"):
        assert yard.loaded(entity) == yard.expected(entity)
        assert yard.problems(entity) == []
    left = parquet.read_table(yard.folder / "left").sort_by(NUMBER)
    assert left[NUMBER].to_pylist() == [3, 5, 6]
    assert left["name"].to_pylist() == ["plum", "\x00", "fig"]
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
    left = tmp_path / ".franca" / "left" / "app.till"
    assert str(left) in told.err.replace("\n", "")
    assert parquet.read_table(left / file.name)[NUMBER].to_pylist() == [2]
    assert _franca(yard, "spark", "backfill", "app.till", str(file), *OPTIONS) == 0
    assert "loaded before" in capsys.readouterr().out
    assert yard.loaded("coin") == yard.expected("coin")
    assert (tmp_path / "contracts" / "mappings.json").is_file()  # the number of the events' mappings is taken


def test_what_is_left_over_has_the_time_of_its_snapshot(spark: "SparkSession", yard: Yard) -> None:
    """So its rows rank as those that were loaded: not as new ones before what changed since."""
    time = 1_767_225_600_006
    os.utime(yard.file, ns=(time * 1_000_000 + 1, time * 1_000_000 + 1))
    spark.conf.set("fs.defaultFS", "hdfs://nowhere.invalid:9000")  # whichever it is, files are here
    try:
        assert _franca(yard, *COMMAND, str(yard.file)) == 1
    finally:
        spark.conf.unset("fs.defaultFS")
    (part,) = (yard.folder / ".franca" / "left" / "app.stock").glob("*/part-*")
    assert snapshot_of_file(part, "app.stock", 1, Taken()).time == time


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no,line\n1,2\n", "is no Parquet file.*`franca backfill`"),
        (b"PAR1\0\0cut off", "not the whole of one"),
        (None, "no such file"),
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
    with pytest.raises(UsageError, match="is named twice"):
        _franca(yard, *COMMAND, str(yard.file), str(yard.file))


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
        rows = rows.set_column(rows.column_names.index(name), name, pa.nulls(6))
    parquet.write_table(rows, yard.file)
    assert yard.load(spark).left == 2
    assert yard.loaded("goods") == yard.expected("goods")


def test_a_column_of_another_type_is_refused(spark: "SparkSession", yard: Yard) -> None:
    """Rather than left over row by row; nothing is stored."""
    rows = parquet.read_table(yard.file)
    place = rows.column_names.index("count")
    parquet.write_table(rows.set_column(place, "count", pa.array([1.0] * 6)), yard.file)
    with pytest.raises(DefinitionError, match="count: is of the type double, which only the stream can read"):
        yard.load(spark)
    assert yard.loaded("goods") == []


def test_floats_of_four_bytes_are_the_numbers_that_were_written(spark: "SparkSession", yard: Yard) -> None:
    """The shortest that mean them, as captures write; what is no number is left over."""
    rows = parquet.read_table(yard.file)
    weights = [1.1, -0.0, 3.4028235e38, 0.3, 16777216.0, 123456.79, float("nan"), float("-inf"), None]
    count = len(weights)
    rows = pa.concat_tables([rows.slice(0, 1)] * count)
    for name, values in (
        ("weight", pa.array(weights, pa.float32())),
        ("no", pa.array([f"{number}" for number in range(count)])),
    ):
        rows = rows.set_column(rows.column_names.index(name), name, values)
    parquet.write_table(rows, yard.file)
    assert yard.load(spark).left == 2
    assert yard.loaded("goods") == yard.expected("goods")
    table = DeltaTable(events_url(yard.places.lake_url, "goods")).to_pyarrow_table().sort_by("number")
    assert repr(table["weight"].to_pylist()) == repr([*weights[:6], None])


@pytest.mark.parametrize("name", ["__deleted", "__op"])
def test_rows_that_may_be_changes_are_refused(spark: "SparkSession", yard: Yard, name: str) -> None:
    """Only the stream's own code knows what they do; nothing is stored."""
    rows = parquet.read_table(yard.file)
    parquet.write_table(rows.append_column(name, pa.array(["true"] * 6)), yard.file)
    with pytest.raises(DefinitionError, match="stock: by their columns the rows may be changes"):
        yard.load(spark)
    assert yard.loaded("goods") == []


ODD = {
    "count": ["007", "-7", "7.0", "0", "9223372036854775807", None],
    "price": ["12.25", "1e3", None, "-0.00", "99999999.99", "0.125"],
    "made": ["2024-02-29", None, "0001-01-01", "2023-02-29", "9999-12-31", "20240229"],
    "seen": ["2024-03-31T01:30:00Z", "2024-03-31 01:30:00.5", None, "1711848600", "", "0001-01-01 00:00:00"],
}


@pytest.mark.parametrize("name", ODD)
def test_texts_of_other_types_are_read_where_they_are_beyond_doubt(
    spark: "SparkSession", yard: Yard, name: str
) -> None:
    """As exports have them that know texts only; all others are left over."""
    rows = parquet.read_table(yard.file)
    parquet.write_table(rows.set_column(rows.column_names.index(name), name, pa.array(ODD[name])), yard.file)
    assert yard.load(spark).left in {3, 4, 5}
    for entity in ("goods", "shelf"):
        assert yard.loaded(entity) == yard.expected(entity)


@pytest.mark.parametrize("name", ["no", "name", "shelf1"])
def test_texts_that_are_no_utf8_are_left_over(spark: "SparkSession", yard: Yard, name: str) -> None:
    """A file may call bytes a text that are none, in a key too; a text with U+FFFD in it is one."""
    rows = parquet.read_table(yard.file)
    values = [b"\xef\xbf\xbd", b"M\xfcller", b"a", b"b", b"\xed\xa0\x80", b"\xe2\x82"]
    texts = pa.array(values).cast(pa.string(), safe=False)
    place = rows.column_names.index(name)
    parquet.write_table(rows.set_column(place, name, texts), yard.file)
    done = yard.load(spark)
    assert (done.left, done.events) == (4, {"goods": 2, "shelf": 3})  # of the others a mapping refuses one
    for entity in ("goods", "shelf"):
        assert len(yard.loaded(entity)) == done.events[entity]
        assert yard.problems(entity) == []
    left = parquet.read_table(yard.folder / "left").sort_by(NUMBER)
    assert left[NUMBER].to_pylist() == [2, 3, 5, 6]
    assert left[name].cast(pa.binary()).to_pylist() == [values[1], values[2], *values[4:]]


def test_a_model_that_breaks_its_contract_is_refused(spark: "SparkSession", yard: Yard) -> None:
    """As by `franca backfill`: the lake would hold what its readers were never told of."""
    project = yard.loading.project
    publish(project, entity_versions(project))
    (yard.folder / "app.py").write_text(MODULE.replace("    goods: str\n", "    goods: str | None\n"))
    changed = Yard(yard.folder, "app.stock", yard.file)
    with pytest.raises(DefinitionError, match=r"shelf.goods: null allowed"):
        changed.load(spark)
    with pytest.raises(DefinitionError, match=r"shelf.goods: null allowed"):
        _franca(yard, *COMMAND, str(yard.file))
    assert not (yard.folder / ".franca" / "lake").exists()
    assert not (yard.folder / "contracts" / "mappings.json").exists()


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
