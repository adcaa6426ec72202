"""Avro and JSON Schema with a real registry, both ways: raw topic to entity topic to lake and store."""

import json
import socket
import time
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from deltalake import DeltaTable
from psycopg import sql

from franca.config.endpoints import Endpoints
from franca.config.pipelines import build, on_ramp
from franca.config.project import Project, load
from franca.config.schema_registry import register_schemas
from franca.errors import DecodeError, DefinitionError, UnavailableError
from franca.local.kafka import LocalKafka
from franca.local.ports import choose
from franca.local.schema_registry import LocalRegistry
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.pipeline.runner import run
from franca.sources.extract import extract
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.topics.schema_registry import WAIT_SECONDS, RegistryAddress, SchemaRegistry
from franca.types import Batch, Record
from tests.accounts import ENVELOPE, change
from tests.avro import avro_of, datum_of, written
from tests.conftest import Database
from tests.integration.crew import make_again
from tests.integration.whole.legacy import send

pytestmark = [pytest.mark.services, pytest.mark.slow]

MODULE = '''
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from franca import Application, Digits, Entity, Key, Table

class Account(Entity, name="NAMEaccount"):
    """An account."""
    number: Key[str]
    owner: str | None = None
    balance: Annotated[Decimal, Digits(6, 2)] | None = None
    opened: date | None = None
    seen: datetime | None = None

app = Application("NAME")

class Row(Table, name="row"):
    id: Key[int]
    owner: str | None
    balance: Decimal | None
    opened: date | None
    seen: datetime | None

@app.maps
def account(row: Row) -> Account:
    return Account(
        number="A" + NUMBER, owner=row.owner, balance=row.balance, opened=row.opened, seen=row.seen
    )
'''.replace("NUMBER", "as_text(row.id)").replace("Key, Table", "Key, Table, as_text")
SCHEMA = avro_of(ENVELOPE)
HUGE = "AGl9jQ=="
"""A balance of 69134.21: a digit more than the entity allows."""


class Branch:
    """A project with a registry; `encoding` is that of its entity's topic."""

    def __init__(
        self, folder: Path, kafka: LocalKafka, registry: str, store: Database, encoding: str
    ) -> None:
        self.name = f"b{uuid.uuid4().hex[:10]}"
        self.folder, self.raw, self.topic = folder, f"raw.{self.name}.row", f"{self.name}account"
        self.dead = f"{self.name}.dead-letters"
        self.cluster, self.registry = Cluster(kafka.bootstrap), SchemaRegistry(RegistryAddress(registry))
        self.places = Endpoints(kafka.bootstrap, store.dsn, str(folder / "lake"), str(folder / "archive"))
        for topic in (self.raw, self.topic, self.dead):
            make_again(kafka.bootstrap, topic, 1)
        (folder / "franca.toml").write_text(
            f"[kafka]\nbootstrap = {kafka.bootstrap!r}\n[registry]\nurl = {registry!r}\n"
            f"[topics]\nencoding = {encoding!r}\n"
            f"[applications.{self.name}.tables.row]\ncapture = 'full'\n"
        )
        self.write()

    def write(self, old: str = "", new: str = "") -> None:
        """Write the module, with a part replaced."""
        (self.folder / "branch.py").write_text(MODULE.replace(old, new).replace("NAME", self.name))

    def project(self) -> Project:
        """Return the project as its files are now."""
        return load(self.folder)

    def value(self, op: str, row: dict[str, Any] | None, lsn: int) -> bytes:
        """Return a change in Avro, whose schema is in the registry."""
        number = self.registry.register(f"{self.raw}-value", json.dumps(SCHEMA), "AVRO")
        before, after = (row, None) if op == "d" else (None, row)
        return in_avro(number, op, before, after, lsn)

    def send(self, *values: bytes) -> None:
        """Put values on the raw topic."""
        send(str(self.places.bootstrap), [(self.raw, b"k", value) for value in values])

    def run(self, *pipelines: str) -> None:
        """Run pipelines one after the other until each has caught up."""
        for name in pipelines or (f"{self.name}.on-ramp", "lake", "store"):
            project = self.project()
            project.versions.publish(self.name, project.application(self.name).hash)
            topic = self.topic if name in ("lake", "store") else self.raw
            until = partial(ends, self.cluster.admin(), [topic])
            run(build(project, self.places, name, "w"), until=until)

    def records(self, topic: str) -> Sequence[Record]:
        """Return what is committed on a topic."""
        return list(extract(self.cluster, [topic]))

    def letters(self) -> Letters:
        """Return the dead letters."""
        return Letters(self.project(), self.cluster, self.places)

    def stored(self) -> list[tuple[Any, ...]]:
        """Return the store's rows."""
        wanted = sql.SQL("SELECT number, owner, balance::text, opened::text FROM {} ORDER BY number")
        with psycopg.connect(self.places.dsn) as connection:
            return connection.execute(wanted.format(sql.Identifier(self.topic))).fetchall()

    def in_lake(self) -> list[tuple[Any, ...]]:
        """Return key, type and balance of each event in the lake."""
        table = DeltaTable(f"{self.places.lake_url}/{self.topic}/events").to_pyarrow_table()
        rows = table.select(["_subject", "_type", "balance"]).to_pylist()
        return [(row["_subject"], row["_type"].rpartition(".")[2], str(row["balance"])) for row in rows]


def confluents(registry: LocalRegistry) -> SchemaRegistryClient:
    """Return Confluent's client, which asks again where an answer is lost; without a limit it never would."""
    return SchemaRegistryClient({"url": registry.url, "timeout": WAIT_SECONDS})


def cells(number: int, owner: str = "Ada", balance: str = "BNI=") -> dict[str, Any]:
    """Return a row; the balance is 12.34."""
    return {"id": number, "owner": owner, "balance": balance, "opened": 20_000, "seen": 1_700_000_000_123_456}


def in_avro(schema: int, op: str, before: Any, after: Any, lsn: int) -> bytes:
    """Return a change in Avro, behind the number of its schema."""
    payload = change(op, before, after, lsn)["payload"]
    return b"\0" + schema.to_bytes(4, "big") + written(SCHEMA, datum_of(ENVELOPE, payload))


@pytest.mark.parametrize("encoding", ["avro", "json-schema", "json"])
def test_changes_in_avro_reach_lake_and_store(
    encoding: str, kafka: LocalKafka, registry: LocalRegistry, postgres: Database, tmp_path: Path
) -> None:
    """Whatever the encoding of the entity's topic, the same rows stand at its end; bad ones are parked."""
    branch = Branch(tmp_path, kafka, registry.url, postgres, encoding)
    branch.send(
        branch.value("c", cells(1), 1),
        b"\0\0\xff\xff\xff?",
        branch.value("c", cells(2), 2),
        branch.value("u", cells(1, "Ada King"), 3),
        branch.value("d", cells(2), 4),
    )
    branch.run()

    events = [record.value for record in branch.records(branch.topic)]
    framed = [value for value in events if value is not None and value[:1] == b"\0"]
    assert len(framed) == (0 if encoding == "json" else 4)
    assert branch.stored() == [("A1", "Ada King", "12.34", "2024-10-04")]
    assert branch.in_lake() == [
        ("A1", "changed", "12.34"),
        ("A2", "changed", "12.34"),
        ("A1", "changed", "12.34"),
        ("A2", "deleted", "None"),
    ]
    (letter,) = branch.letters().read(Filter())
    assert (letter.code, letter.record.value) == ("unknown-schema", b"\0\0\xff\xff\xff?")


def test_confluents_own_deserialiser_reads_the_entitys_topic(
    kafka: LocalKafka, registry: LocalRegistry, postgres: Database, tmp_path: Path
) -> None:
    """A consumer that knows nothing of franca gets typed values."""
    branch = Branch(tmp_path, kafka, registry.url, postgres, "avro")
    branch.send(branch.value("c", cells(1), 1))
    branch.run(f"{branch.name}.on-ramp")

    (record,) = branch.records(branch.topic)
    with confluents(registry) as client:
        context = SerializationContext(branch.topic, MessageField.VALUE)
        found: Any = AvroDeserializer(client)(record.value, context)

    assert record.key == b"A1"
    assert (found["type"], found["subject"]) == (f"{branch.topic}.changed", "A1")
    assert (str(found["data"]["balance"]), str(found["data"]["opened"])) == ("12.34", "2024-10-04")


def test_a_letter_of_avro_is_replayed_as_avro(
    kafka: LocalKafka, registry: LocalRegistry, postgres: Database, tmp_path: Path
) -> None:
    """The letter holds the raw message in Avro; once the mapping takes it, the replay writes Avro."""
    branch = Branch(tmp_path, kafka, registry.url, postgres, "avro")
    raw = branch.value("c", cells(2, balance=HUGE), 2)
    branch.send(branch.value("c", cells(1), 1), raw, branch.value("u", cells(1, "Ada King"), 3))
    branch.run(f"{branch.name}.on-ramp")
    (letter,) = branch.letters().read(Filter())
    assert (letter.stage, letter.code, letter.record.value) == ("map", "out-of-range", raw)
    assert branch.letters().replay(Filter(), dry_run=False).replayed == 0

    branch.write("balance=row.balance", "balance=None")
    result = branch.letters().replay(Filter(), dry_run=False)
    branch.run("store")

    assert (result.replayed, result.failed) == (1, [])
    assert [row[:2] for row in branch.stored()] == [("A1", "Ada King"), ("A2", "Ada")]
    assert all((record.value or b"")[:1] == b"\0" for record in branch.records(branch.topic))


def test_what_is_no_event_on_an_avro_topic_is_parked_as_it_came(
    kafka: LocalKafka, registry: LocalRegistry, postgres: Database, tmp_path: Path
) -> None:
    """The store's letter has the bytes of the topic, and says why they are no event."""
    branch = Branch(tmp_path, kafka, registry.url, postgres, "avro")
    branch.send(branch.value("c", cells(1), 1))
    branch.run(f"{branch.name}.on-ramp")
    (record,) = branch.records(branch.topic)
    broken = (record.value or b"")[:-3]
    send(
        branch.places.bootstrap, [(branch.topic, b"A9", broken), (branch.topic, b"A8", b"\0\0\xff\xff\xffx")]
    )
    branch.run("store", "lake")

    letters = {letter.id: letter for letter in branch.letters().read(Filter())}
    assert {(each.code, each.record.value) for each in letters.values()} == {
        ("not-avro", broken),
        ("unknown-schema", b"\0\0\xff\xff\xffx"),
    }
    assert len(letters) == 4
    assert [number for number, *_ in branch.stored()] == ["A1"]


@pytest.mark.parametrize("encoding", ["avro", "json-schema"])
def test_a_schema_that_the_registry_forbids_never_starts(
    encoding: str, kafka: LocalKafka, registry: LocalRegistry, postgres: Database, tmp_path: Path
) -> None:
    """A field more is compatible; another type of field, or kind of schema, is told before any write."""
    branch = Branch(tmp_path, kafka, registry.url, postgres, encoding)
    subject = f"{branch.topic}-value"
    register_schemas(branch.project())
    with confluents(registry) as client:
        client.set_compatibility(subject, "BACKWARD")
    first = branch.registry.latest(subject)

    branch.write(
        "    owner: str | None = None", "    owner: str | None = None\n    branch: str | None = None"
    )
    register_schemas(branch.project())
    assert branch.registry.latest(subject) != first
    branch.write("owner: str | None = None", "owner: bool | None = None")
    branch_module = tmp_path / "branch.py"
    branch_module.write_text(branch_module.read_text().replace("owner=row.owner, ", ""))
    with pytest.raises(DefinitionError, match=f"{subject}.*not compatible"):
        register_schemas(branch.project())

    settings, other = tmp_path / "franca.toml", {"avro": "json-schema", "json-schema": "avro"}[encoding]
    settings.write_text(settings.read_text().replace(repr(encoding), repr(other)))
    with pytest.raises(DefinitionError, match=f"{subject}.*that one is .*, this one "):
        register_schemas(branch.project())


def test_a_registry_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """No record is parked because of it: the same batch gives its events when the registry is there."""
    registry = LocalRegistry(tmp_path / "state", port := choose("registry"))
    url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
    (tmp_path / "franca.toml").write_text(f"[registry]\nurl = {url!r}\n")
    (tmp_path / "branch.py").write_text(MODULE.replace("NAME", "away"))
    batch = Batch([Record("raw.away.row", 0, 1, 1, None, in_avro(1, "c", None, cells(1), 2))])
    project = load(tmp_path)
    step = on_ramp(project, project.application("away"))
    with pytest.raises(UnavailableError, match="registry"):
        step(batch)
    try:
        registry.start()
        assert SchemaRegistry(RegistryAddress(url)).register("raw-value", json.dumps(SCHEMA), "AVRO") == 1
        assert [topic for topic, _, _ in step(batch).items] == ["awayaccount"]
    finally:
        registry.stop()
    assert [topic for topic, _, _ in step(batch).items] == ["awayaccount"]


def test_the_registrys_refusals_have_their_counterparts(registry: LocalRegistry) -> None:
    """An address that is none, a path that is not the registry's, an id and a schema that it refuses."""
    known = SchemaRegistry(RegistryAddress(registry.url))
    with pytest.raises(DecodeError) as unknown:
        known.schema(2**31 - 1)
    assert unknown.value.code == "unknown-schema"
    started = time.monotonic()
    with pytest.raises(DecodeError):
        known.schema(2**31 - 1)
    assert time.monotonic() - started < 1
    with pytest.raises(DefinitionError):
        known.register("broken-value", "nonsense", "AVRO")
    with pytest.raises(DefinitionError, match=r"\[registry\]"):
        SchemaRegistry(RegistryAddress(registry.url + "/wrong")).schema(1)
    for url in ("nonsense", "http://"):
        with pytest.raises(DefinitionError, match="registry"):
            SchemaRegistry(RegistryAddress(url)).schema(1)
    with pytest.raises(UnavailableError):
        SchemaRegistry(RegistryAddress("http://127.0.0.1:1")).ping()


def test_a_registry_that_never_answers_is_away() -> None:
    """A question has its time, so that a lost answer stops nobody; the next one is asked anew."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        known = SchemaRegistry(RegistryAddress(url, options={"timeout": 0.2}))
        for _ in range(2):
            with pytest.raises(UnavailableError, match="ReadTimeout"):
                known.ping()


def test_schemas_that_a_schema_refers_to_are_fetched(registry: LocalRegistry) -> None:
    """References of references too, by the names by which the schema calls them."""
    name = f"r{uuid.uuid4().hex[:8]}"
    town = {
        "type": "record",
        "name": "town",
        "namespace": name,
        "fields": [{"name": "name", "type": "string"}],
    }
    home = {
        "type": "record",
        "name": "home",
        "namespace": name,
        "fields": [{"name": "town", "type": f"{name}.town"}],
    }
    row = {"type": "record", "name": f"{name}.row", "fields": [{"name": "home", "type": f"{name}.home"}]}
    with confluents(registry) as client:
        client.register_schema(f"{name}-town", Schema(json.dumps(town), "AVRO"))
        to_town = [SchemaReference(f"{name}.town", f"{name}-town", 1)]
        client.register_schema(f"{name}-home", Schema(json.dumps(home), "AVRO", to_town))
        to_home = [SchemaReference(f"{name}.home", f"{name}-home", 1)]
        number = client.register_schema(f"{name}-row", Schema(json.dumps(row), "AVRO", to_home))

    found = SchemaRegistry(RegistryAddress(registry.url)).schema(number)

    assert {key: msgspec.json.decode(text) for key, text in found.references.items()} == {
        f"{name}.town": town,
        f"{name}.home": home,
    }
