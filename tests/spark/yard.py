"""A project whose table's file is loaded by Spark, and mapped by DuckDB to compare."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import DeltaTable
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.endpoints import endpoints
from franca.config.project import load as load_project
from franca.lake.location import events_url
from franca.lake.verification import verify
from franca.operations.backfill.bulk import LINE
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Snapshot, Taken, snapshot_of_file
from franca.spark.backfill import Loaded, load, numbered_parquet
from tests.engines.rows import exact

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


MODULE = '''
import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca import Application, Digits, Entity, Key, Length, Table, Value
from franca import add_days, as_text, codes, gather, given, join, local_date, rounded, sha256, trim, upper
from franca import uuid_of

class Colour(Enum):
    RED = "Red"

class Facts(Value):
    """What is known of goods."""
    colour: Colour | None
    name: Annotated[str, Length(0, 20)] | None
    count: int
    price: Decimal | None
    worth: Annotated[Decimal | None, Digits(9, 2)]
    weight: float | None
    is_sold: bool | None
    made: dt.date | None
    seen: dt.datetime | None
    label: UUID | None

class Page(Value):
    """Facts, and others."""
    select: Facts | None
    prices: list[Annotated[Decimal, Digits(12, 3)]]
    others: list[Facts]

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
    page: Page | None
    times: list[dt.datetime]
    labels: list[UUID | None]

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

def facts(stock: Stock, name: str | None) -> Facts:
    return Facts(
        colour=codes(stock.colour, {"r": Colour.RED}), name=name, count=stock.count, price=stock.price,
        worth=stock.price, weight=stock.weight, is_sold=stock.sold, made=stock.made, seen=stock.seen,
        label=uuid_of(stock.label),
    )

@app.maps
def goods(stock: Stock) -> Goods:
    return Goods(
        number=stock.no, line=stock.line, colour=codes(stock.colour, {"r": Colour.RED}),
        name=trim(join(" ", upper(stock.name), stock.no)), count=stock.count * 3,
        price=rounded(stock.price, 1), weight=stock.weight, is_sold=stock.sold,
        due=add_days(stock.made, 30), seen=stock.seen,
        there=local_date(stock.seen, "Europe/Zurich"), label=uuid_of(stock.label),
        batch=stock.batch, digest=sha256(as_text(stock.price)),
        page=given(stock.made, lambda _: Page(
            select=given(stock.name, lambda name: facts(stock, name)),
            prices=gather(stock.price, stock.price),
            others=[facts(stock, stock.no), facts(stock, stock.colour)],
        )),
        times=gather(stock.seen), labels=[None, stock.batch],
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
        "no": ["1", "2/%", "3", "4", "5", "6"],
        "line": pa.array([1, 2, 3, 2**40, 5, 6], pa.int64()),
        "colour": ["r", None, "x", "r", None, "r"],
        "name": ["Äpfel'\\n", None, "plum", "pear", "\x00", "fig"],
        "count": pa.array([1, -2, 3, 4, 5, 6], pa.int32()),
        "price": pa.array(
            [*map(Decimal, ("12.25", "1", "-0.05", "9999999.99")), None, Decimal("99999999.99")],
            pa.decimal128(10, 2),
        ),
        "weight": pa.array([0.1, None, 1e300, -0.0, 2.5, 6.0]),
        "sold": [True, None, False, True, None, True],
        "made": pa.array(
            [date(2024, 1, 31), None, date(1, 1, 1), date(1999, 12, 31), None, date(1999, 12, 31)]
        ),
        "seen": pa.array(
            [moment, None, moment, datetime(1900, 1, 1, tzinfo=UTC), None, None],
            pa.timestamp("us", "UTC"),
        ),
        "label": [ID, None, ID, ID.lower(), None, None],
        "batch": [ID.lower(), None, ID.lower(), ID.lower(), None, None],
        "shelf1": ["A", None, "B", "C", "D", "F"],
        "shelf2": ["A", "E", None, None, None, None],
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
