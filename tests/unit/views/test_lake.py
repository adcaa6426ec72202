"""The lake answers SQL about each entity's current state, and about its events."""

import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from franca.errors import DefinitionError, UnavailableError
from franca.lake.fold import fold
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.individuals import FULL, SHAPE, event, record

DAY_AND_FIVE = {'In "it"': "1 day", "n": 5}


def store(folder: Path, *values: bytes) -> None:
    """Store events in a new lake."""
    sink = DeltaSink(str(folder), [SHAPE], Parking(lambda messages: None, "lake", ["crm"]))
    sink.open()
    place = Partition("individual", 0, "t")
    assert sink.write(Batch([record(value) for value in values], {place: len(values)}, {place: 0}))
    sink.close()


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """Return the rows of an answer."""
    with open_lake(str(folder), [SHAPE]) as lake:
        return list(lake.query(sql).rows)


def test_the_view_has_the_newest_of_each_key(tmp_path: Path) -> None:
    """Newest by sequence, then by mapping number as a number, in whatever order they came."""
    store(
        tmp_path,
        event("A", 2, name="new"),
        event("A", 1, name="old"),
        event("B", 1, name="nine", mapping="9-z"),
        event("B", 1, name="ten", mapping="10-a"),
    )
    assert ask(tmp_path, "SELECT id, name FROM individual ORDER BY id") == [("A", "new"), ("B", "ten")]


def test_of_equal_ranks_the_first_on_the_topic_counts(tmp_path: Path) -> None:
    """As in the store, whatever else is in the table."""
    store(tmp_path, event("A", 1, name="first"), event("A", 1, name="second"), event("B", 1))
    assert ask(tmp_path, "SELECT name FROM individual WHERE id = 'A'") == [("first",)]


COPY = "COPY (SELECT 'ö', 1) TO '{0}'"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DROP VIEW individual", "kind DROP, expected a question"),
        ("SELECT 1; SELECT 2", "got 2 statements, expected one"),
        (COPY, "kind COPY, expected"),
        (f"EXPLAIN {COPY}", "kind COPY"),
        (f"/* ö */ EXPLAIN ANALYZE -- all\n{COPY}", "kind COPY"),
        (f"explain (analyze, format json) {COPY.lower()}", "kind COPY"),
        ("EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1", "kind CREATE"),
        ("EXPLAIN ANALYZE WITH x AS (SELECT 1 AS a) INSERT INTO _individual_none (id) FROM x", "INSERT"),
        ("EXPLAIN ANALYZE CALL enable_logging()", "kind CALL"),
        (f"WITH x AS ({COPY}) SELECT * FROM x", "kind COPY"),
        (f"EXPLAIN ANALYZE WITH x AS ({COPY}) SELECT * FROM x", "kind COPY"),
        (f"WITH x AS ({COPY}) PIVOT individual ON id USING count(*)", "kind COPY"),
        ("FROM enable_logging(storage := 'file', storage_path := '{0}')", "has been locked"),
        ("FROM enable_profiling(save_location := '{0}')", "has been locked"),
    ],
)
def test_only_one_question_is_answered(tmp_path: Path, sql: str, said: str) -> None:
    """Asking changes nothing, and no answer is swallowed."""
    path = tmp_path / "written"
    with pytest.raises(DefinitionError, match=said):
        ask(tmp_path / "lake", sql.format(path))
    assert not path.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "DESCRIBE individual",
        "SHOW TABLES",
        "PIVOT individual ON id USING count(*)",
        "EXPLAIN SELECT id FROM individual",
        "EXPLAIN ANALYZE (FROM individual)",
        "explain (analyze, format json) with a as (select id from individual) from a",
        "EXPLAIN ANALYZE PIVOT individual ON id USING count(*)",
        "EXPLAIN VALUES (1)",
        "WITH copy AS (FROM individual) SELECT count(copy.id) AS copy, 1 AS to, max(copy.name) FROM copy",
        "SELECT copy, name AS \"to\" FROM (SELECT 'copy to' AS copy, name FROM individual) -- copy to",
    ],
)
def test_questions_may_be_asked_in_each_of_duckdbs_ways(tmp_path: Path, sql: str) -> None:
    """What lists, describes or pivots only asks."""
    store(tmp_path, event("A", 1))
    assert ask(tmp_path, sql)


def test_a_deleted_key_is_left_out_until_it_comes_back(tmp_path: Path) -> None:
    """A delete is a rank like any other."""
    store(
        tmp_path,
        event("A", 2, deleted=True),
        event("A", 1),
        event("B", 1, deleted=True),
        event("B", 2),
    )
    assert ask(tmp_path, "SELECT id FROM individual") == [("B",)]


def test_the_events_view_has_them_all(tmp_path: Path) -> None:
    """Repeats included, with envelope and place."""
    store(tmp_path, event("A", 1), event("A", 1), event("A", 2, deleted=True))
    assert ask(tmp_path, "SELECT count(*), max(_type) FROM individual_events") == [(3, "individual.deleted")]


def test_values_come_out_as_they_went_in(tmp_path: Path) -> None:
    """Integers of any size, decimals, instants in UTC."""
    store(tmp_path, event("A", **FULL))
    (row,) = ask(tmp_path, "SELECT counter, balance, seen, homes, visits FROM individual")
    assert row == (
        12345678901234567890123,
        Decimal("-12.50"),
        datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC),
        [{"street": "y", "fee": None}],
        7,
    )
    assert isinstance(row[0], int)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("340282366920938463463374607431768211455::UHUGEINT", 2**128 - 1),
        ("170141183460469231731687303715884105727::HUGEINT", 2**127 - 1),
        (f"'-{10**60}'::BIGNUM", -(10**60)),
        ("NULL::BIGNUM", None),
        ("'10:00:00+02'::TIMETZ", "10:00:00+02"),
        ("'0101'::BIT", "0101"),
        ("INTERVAL '1 year 2 days 3.5 seconds'", "1 year 2 days 00:00:03.5"),
        ("[5::BIGNUM, NULL]", [5, None]),
        ("[5::UHUGEINT]::UHUGEINT[1]", [5]),
        ("map {5::UHUGEINT: {'In \"it\"': INTERVAL '1 day', 'n': 5::DECIMAL(3, 0)}}", [(5, DAY_AND_FIVE)]),
        ("map {'k': [INTERVAL '1 day']}", [("k", ["1 day"])]),
        ("union_value(day := INTERVAL '1 day')", "1 day"),
        ("union_value(n := 5)", 5),
        ("1::VARIANT", "1"),
        ("row(INTERVAL '1 day', 5::HUGEINT)", {"element1": "1 day", "element2": 5}),
        ("'12:00:00.123456789'::TIME_NS", "12:00:00.123456789"),
        ("'2020-01-01 00:00:00.123456789'::TIMESTAMP_NS", "2020-01-01 00:00:00.123456789"),
    ],
)
def test_what_arrow_lacks_comes_out_as_duckdb_says_it(tmp_path: Path, sql: str, value: object) -> None:
    """Whole numbers of any size as such, else its text; nested ones too, and in the order that was asked."""
    rows = ask(tmp_path, f"SELECT n AS a, {sql} AS A FROM range(3) AS t(n) ORDER BY n DESC")
    assert rows == [(2, value), (1, value), (0, value)]
    with open_lake(str(tmp_path), [SHAPE]) as lake:
        assert lake.query(f'SELECT 1 AS a, {sql} AS a, {sql} AS "B c"').columns == ["a", "a", "B c"]


def test_an_entity_without_rows_has_empty_views(tmp_path: Path) -> None:
    """A question before the first event is no error."""
    assert ask(tmp_path, "SELECT id, _changed_at FROM individual") == []
    assert ask(tmp_path, "SELECT count(*) FROM individual_events") == [(0,)]


def test_a_wrong_question_says_what_is_wrong(tmp_path: Path) -> None:
    """Names that don't exist, and values that can't be cast when the rows are read."""
    store(tmp_path, event("A", name="x"))
    with pytest.raises(DefinitionError, match="nonsense"):
        ask(tmp_path, "SELECT nonsense FROM individual")
    with pytest.raises(DefinitionError, match="INT32"):
        ask(tmp_path, "SELECT name::INTEGER FROM individual")
    with pytest.raises(DefinitionError, match="outside the years 1 to 9999; cast it to varchar"):
        ask(tmp_path, "SELECT 'infinity'::TIMESTAMPTZ FROM individual")


def test_an_entity_named_like_a_word_of_sql_asks_for_quotes(tmp_path: Path) -> None:
    """`order` is an entity in most shops, and SQL's own message does not say what to do."""
    with pytest.raises(DefinitionError, match="double quotes"):
        ask(tmp_path, "SELECT * FROM order")


def test_a_lake_that_can_not_be_read_says_so(tmp_path: Path) -> None:
    """A broken log is not an empty table."""
    store(tmp_path, event("A"))
    (tmp_path / "individual/events/_delta_log/00000000000000000000.json").write_text("{")
    with pytest.raises(DefinitionError, match="commits of its log are damaged"):
        ask(tmp_path, "SELECT 1")


def test_a_lake_that_lacks_files_says_which(tmp_path: Path) -> None:
    """Whoever cleaned up by hand is told the path, and not the query."""
    store(tmp_path, event("A"))
    (file,) = (tmp_path / "individual/events").glob("*.parquet")
    file.unlink()
    with pytest.raises(
        UnavailableError, match=rf"^lake is unavailable: .*{file.name}\W*; `franca lake verify`"
    ):
        ask(tmp_path, "SELECT 1")


def test_a_snapshot_without_its_events_is_no_empty_entity(tmp_path: Path) -> None:
    """Who removed the events is told so, and what to do."""
    store(tmp_path, event("A"))
    fold(str(tmp_path), SHAPE, {}, tmp_path / "scratch")
    shutil.rmtree(tmp_path / "individual/events")
    with pytest.raises(UnavailableError, match="individual/snapshot is a table, and the events"):
        ask(tmp_path, "SELECT 1")
