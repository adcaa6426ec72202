"""The store holds each entity's current state exactly, whatever comes, in whatever order."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from franca.errors import DefinitionError, UnavailableError
from franca.local.postgres import LocalPostgres
from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink
from franca.types import Batch, Message, Partition, Record, Tally
from tests.conftest import Database
from tests.individuals import FULL, SHAPE, event, record

pytestmark = pytest.mark.services

PLACE = Partition("individual", 0, "t")


class Store:
    """A sink with its database and its dead letters; `put` writes values as the next batch."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.dead: list[Message] = []
        self.sink = PostgresSink(dsn, [SHAPE], Parking(self.dead.extend, "store", ["crm"]))
        self._next = 0

    def put(self, *values: bytes | None) -> bool:
        """Write the values as one batch."""
        first, self._next = self._next, self._next + len(values)
        records = [record(value, first + index) for index, value in enumerate(values)]
        return self.sink.write(batch(records, first, self._next))

    def rows(self, sql: str = "SELECT id, name FROM individual ORDER BY id") -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(sql).fetchall()


def batch(records: Sequence[Record], first: int, last: int) -> Batch[Record]:
    """Return a batch of the test's partition."""
    return Batch(list(records), {PLACE: last}, {PLACE: first})


@pytest.fixture
def store(postgres: Database) -> Iterator[Store]:
    """Give an open sink on an empty database."""
    found = Store(postgres.dsn)
    found.sink.open()
    yield found
    found.sink.close()


def test_a_glance_tells_positions_and_tally_and_makes_nothing(postgres: Database) -> None:
    """Whoever looks needs the right to read alone."""
    looking = Store(postgres.dsn).sink
    assert looking.glance([PLACE]) == ({}, Tally())
    store = Store(postgres.dsn)
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        assert connection.execute("SELECT to_regnamespace('franca')").fetchone() == (None,)
        store.put(event("A"), b"{")
        role = f"reader_{uuid4().hex}"
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
        connection.execute(f"GRANT USAGE ON SCHEMA franca TO {role}")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA franca TO {role}")
        reading = Store(make_conninfo(postgres.dsn, user=role, password="secret")).sink
        assert reading.glance([PLACE]) == ({PLACE: 2}, Tally(2, 1, 1))
        connection.execute(f"DROP OWNED BY {role}")
        connection.execute(f"DROP ROLE {role}")
    store.sink.close()


def test_a_glance_at_a_store_that_is_away_says_so(postgres: Database) -> None:
    """Nothing stored is something else than nothing seen."""
    away = make_conninfo(postgres.dsn, port=1)
    with pytest.raises(UnavailableError, match="store is unavailable"):
        Store(away).sink.glance([PLACE])
    wrong = make_conninfo(postgres.dsn, password="wrong")
    with pytest.raises(DefinitionError, match="password authentication failed"):
        Store(wrong).sink.glance([PLACE])


def test_every_kind_of_value_arrives_exactly(store: Store) -> None:
    """Each field has the value of the JSON, in the type of docs/reference/types.md."""
    assert store.put(event("A", **FULL))
    names = ", ".join(f'"{name}"' for name in FULL)
    (row,) = store.rows(f"SELECT {names} FROM individual")
    assert dict(zip(FULL, row, strict=True)) == FULL | {
        "born": date(1815, 12, 10),
        "balance": Decimal("-12.50"),
        "counter": Decimal("12345678901234567890123"),
        "wakes": time(6, 30, 0, 1),
        "seen": datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC),
        "photo": b"\x00\x01\x02\xff",
        "token": UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    }


def test_a_row_tells_where_it_comes_from(store: Store) -> None:
    """Rank, event, origin and time of the change are columns."""
    store.put(event("A", 3, mapping="12-ff"))
    sql = "SELECT _sequence, _mapping, _event_id, _origin, _changed_at FROM individual"
    moment = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    event_id = "raw.crm.cust/0/3/individual/c"
    assert store.rows(sql) == [("0001.lsn.00000000000000000003.000", 12, event_id, "crm", moment)]


def test_special_floats_and_nulls_are_kept(store: Store) -> None:
    """NaN and the infinities are floats, null is null and not a text."""
    store.put(event("A", score="NaN"), event("B", score="-Infinity"), event("C", name="\\N"))
    rows = store.rows("SELECT id, score::text, name, gender FROM individual ORDER BY id")
    assert [row[1] for row in rows] == ["NaN", "-Infinity", None]
    assert rows[2][2:] == ("\\N", None)


def test_the_larger_rank_is_kept_within_a_batch_and_across(store: Store) -> None:
    """Sequence first, then the mapping's number as a number; repeats change nothing."""
    store.put(event("A", 2, name="new"), event("A", 1, name="old"), event("B", 5, name="b5"))
    store.put(event("B", 4, name="b4"), event("A", 2, name="ten", mapping="10-z"))
    store.put(event("A", 2, name="nine", mapping="9-z"), event("A", 2, name="again", mapping="10-z"))
    assert store.rows() == [("A", "ten"), ("B", "b5")]


def test_deletes_honour_ranks_both_ways(store: Store) -> None:
    """An older change does not bring a deleted key back, an older delete does not remove a newer row."""
    store.put(event("A", 1), event("B", 5), event("C", 1), event("D", 2))
    store.put(event("A", 3, deleted=True), None, event("B", 4, deleted=True), event("D", 2, deleted=True))
    store.put(event("A", 2), event("E", 1, deleted=True), event("C", 9, name="c9"))
    store.put(event("E", 1), event("A", 4, name="back"))
    assert store.rows() == [("A", "back"), ("B", "Ada"), ("C", "c9"), ("D", "Ada")]


def test_a_delete_and_a_change_of_one_key_in_one_batch_are_ordered_by_rank(store: Store) -> None:
    """Whichever came first."""
    store.put(event("A", 2, deleted=True), event("A", 1), event("B", 2), event("B", 1, deleted=True))
    assert store.rows() == [("B", "Ada")]


def test_bad_records_are_parked_and_the_rest_is_stored(store: Store) -> None:
    """What the store can't hold: wrong types, U+0000 in text and in nested text, an overlong key."""
    store.put(
        event("A"),
        b"{",
        event("B", name="a\x00b"),
        event("C", nicknames=["\x00"]),
        event("D", balance="1.001"),
        event("x" * 1_000_000),
        event("Z"),
    )
    assert store.rows() == [("A", "Ada"), ("Z", "Ada")]
    parked = [key for _, key, _ in store.dead]
    assert sorted(map(repr, parked)) == [repr(b"individual/0/%d/write/store" % n) for n in range(1, 6)]
    assert store.sink.tally([PLACE]) == Tally(7, 2, 5)


def test_when_the_newest_is_bad_the_one_before_it_counts(store: Store) -> None:
    """A refused event is as if it had not come."""
    store.put(event("A", 1, name="good"), event("A", 2, nicknames=["\x00"]))
    assert store.rows() == [("A", "good")]


def test_a_constraint_of_the_users_own_parks_a_record(store: Store) -> None:
    """The owner of the database may be stricter than the model; the reason holds no value."""
    with psycopg.connect(store.dsn) as connection:
        connection.execute("ALTER TABLE individual ADD CHECK (name <> 'secret')")
    store.put(event("A", name="secret"), event("B"))
    assert store.rows() == [("B", "Ada")]
    assert b"CheckViolation" in (store.dead[0][2] or b"")


def test_links_are_indexed(store: Store) -> None:
    """Joins along the model are quick."""
    (row,) = store.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'individual_employer_link'")
    assert "(employer)" in row[0]


def test_a_table_that_differs_is_reported_and_left_alone(postgres: Database) -> None:
    """Every difference at once, with its remedy."""
    with psycopg.connect(postgres.dsn) as connection:
        connection.execute("CREATE TABLE individual (id integer, name text PRIMARY KEY, extra int NOT NULL)")
    with pytest.raises(DefinitionError) as caught:
        Store(postgres.dsn).sink.open()
    text = str(caught.value)
    assert "public.individual.id: is integer in the table, text in the model" in text
    assert "public.individual.gender: is missing in the table; run `franca migrate`" in text
    assert "public.individual.extra: is no field of the model" in text
    assert "its primary key is ['name'] in the table, ['id'] in the model" in text
    with psycopg.connect(postgres.dsn) as connection:
        assert connection.execute("SELECT to_regclass('franca.positions')").fetchone() == (None,)


def test_a_lost_connection_is_waited_for_and_nothing_is_doubled(store: Store) -> None:
    """The session is ended in between; the same batch is written again and stored once."""
    store.put(event("A"))
    with psycopg.connect(store.dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    following = batch([record(event("B"), 1)], 1, 2)
    with pytest.raises(UnavailableError, match="store is unavailable"):
        store.sink.write(following)
    assert store.sink.write(following)
    assert not store.sink.write(following)
    assert store.sink.positions([PLACE]) == {PLACE: 2}
    assert store.rows() == [("A", "Ada"), ("B", "Ada")]


def test_a_server_that_is_stopped_is_unavailable_until_it_is_back(tmp_path: Path) -> None:
    """The sink connects again by itself."""
    server = LocalPostgres(tmp_path)
    server.start()
    store = Store(server.dsn)
    try:
        store.sink.open()
        store.put(event("A"))
        server.stop()
        following = batch([record(event("B"), 1)], 1, 2)
        for _ in range(2):
            with pytest.raises(UnavailableError, match="store is unavailable"):
                store.sink.write(following)
        server.start()
        assert store.sink.write(following)
        assert store.rows() == [("A", "Ada"), ("B", "Ada")]
    finally:
        store.sink.close()
        server.stop()


def test_a_recreated_topic_begins_anew(store: Store) -> None:
    """Its id is another, so its offsets are not taken for its predecessor's."""
    store.put(event("A", 1), event("B", 1))
    anew = PLACE._replace(topic_id="t2")
    assert store.sink.positions([anew]) == {}
    assert store.sink.write(Batch([record(event("A", 2, name="new"))], {anew: 1}, {anew: 0}))
    assert store.sink.positions([PLACE, anew]) == {PLACE: 2, anew: 1}


def test_an_address_that_libpq_can_not_read_is_a_definition_error() -> None:
    """Waiting does not cure it; no server is asked."""
    with pytest.raises(DefinitionError, match=r"check its address in \[store\]"):
        PostgresSink("nonsense dsn", [SHAPE], Parking(lambda _: None, "store", ["crm"])).open()
