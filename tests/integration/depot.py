"""A project whose one table has every kind of column; its files are streamed and backfilled, and compared."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from deltalake import DeltaTable
from psycopg import sql

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.cli.send import messages_of
from franca.config.endpoints import Endpoints, endpoints
from franca.config.pipelines import build, format_of, shapes
from franca.config.project import Project, load
from franca.config.telling import untold
from franca.lake.fold import fold
from franca.operations.backfill.loading import Loaded, Loading
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.snapshot import Snapshot, Taken, snapshot_of_file
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.operations.letters.replay import Replayed
from franca.pipeline.runner import run
from franca.sources.extract import extract
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter
from franca.views.lake import open_lake
from tests.integration.crew import make_again
from tests.integration.whole.legacy import send

MODULE = '''
import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca import Application, Column, Digits, Entity, Key, Length, Pii, Reference, Table, Value
from franca import codes, gather, given, lookup, upper

class Colour(Enum):
    RED = "Red"
    BLUE = "Blue"

class Facts(Value):
    """What is known of a thing."""
    colour: Colour | None
    name: Annotated[str, Length(0, 25)] | None
    count: int
    price: Decimal | None
    worth: Annotated[Decimal | None, Digits(9, 2)]
    weight: float | None
    is_sold: bool | None
    made: dt.date | None
    opens: dt.time | None
    seen: dt.datetime | None
    label: UUID | None

class Page(Value):
    """Facts, and others."""
    select: Facts | None
    prices: list[Annotated[Decimal, Digits(12, 1)]]
    others: list[Facts]

class Item(Entity, name="NAMEitem"):
    """A thing in the depot."""
    number: Key[str]
    colour: Colour | None
    name: Pii[str]
    count: int
    price: Annotated[Decimal | None, Digits(12, 2)]
    weight: float | None
    is_sold: bool | None
    made: dt.date | None
    opens: dt.time | None
    seen: dt.datetime | None
    label: UUID | None
    unit: str | None
    missing: str | None = None
    page: Page | None = None
    times: list[dt.datetime] | None = None
    labels: list[UUID | None] | None = None

class Shelf(Entity, name="NAMEshelf"):
    """Where items lie."""
    code: Key[str]
    item: str

app = Application("NAME")
UNITS = Reference({"k": "kilo", "p": "piece"})

class Stock(Table, name="stock"):
    no: Key[str]
    colour: str | None
    name: str
    count: int
    price: Annotated[Decimal | None, Digits(10, 2)]
    weight: float | None
    sold: bool | None
    made: dt.date | None
    opens: dt.time | None
    seen: dt.datetime | None
    label: UUID | None
    unit: str | None
    shelf1: str | None
    shelf2: Annotated[str | None, Column("SHELF-2")]

def facts(stock: Stock, name: str | None) -> Facts:
    return Facts(
        colour=codes(stock.colour, {"r": Colour.RED, "b": Colour.BLUE}), name=name, count=stock.count,
        price=stock.price, worth=stock.price, weight=stock.weight, is_sold=stock.sold, made=stock.made,
        opens=stock.opens, seen=stock.seen, label=stock.label,
    )

@app.maps
def item(stock: Stock) -> Item:
    return Item(
        number=stock.no,
        colour=codes(stock.colour, {"r": Colour.RED, "b": Colour.BLUE}),
        name=upper(stock.name),
        count=stock.count,
        price=stock.price,
        weight=stock.weight,
        is_sold=stock.sold,
        made=stock.made,
        opens=stock.opens,
        seen=stock.seen,
        label=stock.label,
        unit=lookup(stock.unit, UNITS),
        page=given(stock.unit, lambda _: Page(
            select=given(stock.name, lambda name: facts(stock, name)),
            prices=gather(stock.price, stock.price),
            others=[facts(stock, stock.no), facts(stock, stock.colour)],
        )),
        times=gather(stock.seen),
        labels=[stock.label, None],
    )

@app.maps(Stock, where=lambda stock: stock.count > 0)
def shelves(stock: Stock) -> list[Shelf]:
    return [
        given(stock.shelf1, lambda shelf: Shelf(code=shelf + "/1", item=stock.no)),
        given(stock.shelf2, lambda shelf: Shelf(code=shelf + "/2", item=stock.no)),
    ]
'''
UNSAID = Taken()
PLACES = ("_event_id", "_sequence", "_changed_at", "_partition", "_offset", "_topic_id")
"""What a backfilled row has of its own; all other columns are as the stream has them."""


class Depot:
    """The project, with a lake and a database of its own."""

    def __init__(self, folder: Path, bootstrap: str, dsn: str, module: str = MODULE) -> None:
        self.name = f"b{uuid.uuid4().hex[:10]}"
        self.folder, self._dsn = folder, dsn
        self.raw, self.table = f"raw.{self.name}.stock", f"{self.name}.stock"
        self.entities = [f"{self.name}item", f"{self.name}shelf"]
        self.cluster = Cluster(bootstrap)
        for topic in (self.raw, f"{self.name}.dead-letters", *self.entities):
            make_again(bootstrap, topic, 1)
        whole = f'[applications.{self.name}.tables.stock]\ncapture = "full"\n'
        (folder / "franca.toml").write_text(f"[kafka]\nbootstrap = {bootstrap!r}\n" + whole)
        (folder / "depot.py").write_text(module.replace("NAME", self.name))

    def correct(self, old: str, new: str) -> None:
        """Correct the mappings."""
        path = self.folder / "depot.py"
        path.write_text(path.read_text().replace(old, new))

    def project(self) -> Project:
        """Return the project, its mappings published."""
        project = load(self.folder)
        project.check()
        project.publish_versions()
        return project

    def places(self, lake: str = "lake") -> Endpoints:
        """Return where its services are, with a lake of that name."""
        known = endpoints(self.project(), self.cluster.bootstrap, self._dsn)
        return replace(known, lake_url=str(self.folder / lake))

    def stream(self, *files: Path) -> None:
        """Send files as `franca send` does, and bring their rows to lake and store."""
        project = self.project()
        application, table = project.table(self.table)
        name = format_of(project, application, table)
        refused: list[bytes] = []
        for file in files:
            send(self.cluster.bootstrap, messages_of(RowFile(str(file)), table, name, self.raw, refused))
        assert refused == []
        self.run()

    def run(self) -> None:
        """Run the pipelines until they have caught up."""
        project, places = self.project(), self.places()
        admin = self.cluster.admin()
        for name, topics in (
            (f"{self.name}.on-ramp", [self.raw]),
            *((n, self.entities) for n in ("lake", "store")),
        ):
            run(build(project, places, name, "w"), until=partial(ends, admin, topics))

    def backfill(self, file: Path, lake: str = "lake", taken: Taken = UNSAID) -> Loaded:
        """Load a file as `franca backfill` does."""
        loading = Loading(self.project(), self.table)
        return self.load(loading, file, taken, self.pieces(loading, file), lake)

    def pieces(self, loading: Loading, file: Path) -> Iterator[Piece]:
        """Yield the pieces of a file."""
        name = format_of(loading.project, loading.application, loading.table)
        return pieces(RowFile(str(file)), loading.table, name)

    def load(
        self, loading: Loading, file: Path, taken: Taken, some: Iterable[Piece], lake: str = "lake"
    ) -> Loaded:
        """Load some pieces of a file."""
        snapshot = snapshot_of_file(file, self.table, loading.application.epoch, taken)
        return self.load_as(loading, snapshot, some, lake)

    def load_as(
        self, loading: Loading, snapshot: Snapshot, some: Iterable[Piece], lake: str = "lake"
    ) -> Loaded:
        """Load some pieces of a snapshot."""
        return loading.load(snapshot, some, self.places(lake), ("lake", "store"), untold)

    def publish(self, file: Path, taken: Taken = UNSAID) -> Loaded:
        """Bring a file onto the topics as `franca backfill --into topics` does."""
        loading = Loading(self.project(), self.table)
        snapshot = snapshot_of_file(file, self.table, loading.application.epoch, taken)
        return loading.publish(snapshot, self.pieces(loading, file), self.places(), untold)

    def topic(self, entity: str) -> list[tuple[str, str]]:
        """Return subject and sequence of what stands on an entity's topic, as it came."""
        events = [msgspec.json.decode(r.value or b"{}") for r in extract(self.cluster, [entity])]
        return [(event["subject"], event["sequence"]) for event in events]

    def events(self, entity: str, lake: str = "lake") -> list[dict[str, Any]]:
        """Return the rows of an entity's events but for their places, in the order of keys."""
        rows = DeltaTable(str(self.folder / lake / entity / "events")).to_pyarrow_table().to_pylist()
        kept = [{name: value for name, value in row.items() if name not in PLACES} for row in rows]
        return sorted(kept, key=lambda row: (row["_subject"], repr(row)))

    def fold(self) -> None:
        """Fold what is new into the lake's snapshots."""
        places = self.places()
        for shape in shapes(self.project()):
            fold(places.lake_url, shape, places.lake_options, self.folder / "fold")

    def current(self, entity: str) -> list[tuple[str, str]]:
        """Return number and name of an entity's current state in the lake, by number."""
        query = f'SELECT number, name FROM "{entity}" ORDER BY number'
        with open_lake(self.places().lake_url, shapes(self.project())) as lake:
            return [(str(number), str(name)) for number, name in lake.query(query).rows]

    def stored(self, entity: str) -> list[dict[str, Any]]:
        """Return the rows of an entity's table in the store but for their places, in the order of keys."""
        query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(entity))
        with psycopg.connect(self._dsn, row_factory=psycopg.rows.dict_row) as connection:
            rows = connection.execute(query).fetchall()
        kept = [{name: value for name, value in row.items() if name not in PLACES} for row in rows]
        return sorted(kept, key=repr)

    def forget_store(self) -> None:
        """Empty the store's tables, and what it knows of how far they are filled."""
        with psycopg.connect(self._dsn) as connection:
            for entity in self.entities:
                connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(entity)))
            connection.execute("TRUNCATE franca.positions")

    def replay(self, wanted: Filter) -> Replayed:
        """Replay dead letters, as `franca dead-letters replay` does."""
        return Letters(self.project(), self.cluster, self.places()).replay(wanted, dry_run=False)

    def letters(self) -> list[DeadLetter]:
        """Return the dead letters."""
        return list(Letters(self.project(), self.cluster, self.places()).read(Filter()))


def refusals(letters: Sequence[DeadLetter]) -> list[tuple[object, ...]]:
    """Return what dead letters tell but for their places."""
    found = [(e.stage, e.refused_by, e.path, e.code, e.reason, e.mapping, e.record.value) for e in letters]
    return sorted(found, key=repr)
