"""Raw topics find their tables: by name, by pattern, and by the table that a message names."""

import json

import pytest

from franca.errors import DecodeError
from franca.formats.registry import AUTO
from franca.pipeline.routes import Route, Routes
from franca.types import Record

ROUTES = [
    Route("cust", "legacy.*.cust", "customers"),
    Route("cust", "raw.crm.cust", "customers"),
    Route("acct", "bank.all", "accounts"),
    Route("card", "bank.all", "cards"),
]


def record(topic: str, value: object) -> Record:
    """Return a record with a JSON value."""
    return Record(topic, 0, 1, 1, None, json.dumps(value).encode())


def about(table: str) -> object:
    """Return a Debezium message about a table."""
    return {"op": "c", "after": {"id": 1}, "source": {"table": table}}


@pytest.mark.parametrize("topic", ["legacy.eu.cust", "legacy..cust", "raw.crm.cust"])
def test_a_topic_finds_its_table_by_name_or_pattern(topic: str) -> None:
    """`*` in a pattern stands for any characters."""
    assert Routes(ROUTES, AUTO).targets_of(record(topic, {"id": 1})) == ("customers",)


@pytest.mark.parametrize("topic", ["legacy.eu.cust2", "raw-crm-cust", "xraw.crm.cust"])
def test_a_topic_of_no_table_is_refused(topic: str) -> None:
    """A pattern matches whole names only, and its dots are dots."""
    with pytest.raises(DecodeError, match="feeds no table"):
        Routes(ROUTES, AUTO).targets_of(record(topic, {"id": 1}))


@pytest.mark.parametrize(("table", "target"), [("card", ["cards"]), ("ACCT", ["accounts"]), ("other", [])])
def test_a_topic_of_several_tables_follows_the_message(table: str, target: list[str]) -> None:
    """The message's own table decides, whatever its case; a table that nobody declared has no target."""
    assert Routes(ROUTES, AUTO).targets_of(record("bank.all", about(table))) == tuple(target)


@pytest.mark.parametrize(
    "document",
    [
        {"ts_ms": 5},
        {"schema": {}, "payload": {"ts_ms": 5}},
        {"status": "BEGIN", "id": "571:5", "event_count": None, "data_collections": None},
        {"op": "m", "source": {"connector": "postgresql"}, "message": {}},
        {"source": {"connector": "mysql", "table": ""}, "databaseName": "d", "ddl": "x"},
    ],
)
def test_what_is_about_no_row_is_for_any_table_to_skip(document: object) -> None:
    """A heartbeat on a topic of several tables is no problem."""
    assert Routes(ROUTES, AUTO).targets_of(record("bank.all", document)) == ("accounts",)


@pytest.mark.parametrize("is_forwarded", [False, True])
def test_a_transaction_of_several_tables_goes_to_each_of_them(is_forwarded: bool) -> None:
    """Once to each that is declared, in the order of the message."""
    names = ["card", "other", "ACCT", "card"]
    rows = {"columnnames": ["id"], "columnvalues": [1], "columntypes": ["integer"]}
    value: object = {"change": [{"kind": "insert", "schema": "p", "table": name, **rows} for name in names]}
    if is_forwarded:
        value = {"topic": "bank.all", "partition": 0, "offset": 1, "value": value}
    assert list(Routes(ROUTES, AUTO).targets_of(record("bank.all", value))) == ["cards", "accounts"]


def test_a_message_that_names_no_table_is_refused_where_several_could_be_meant() -> None:
    """Nobody guesses: the record is parked with the remedy."""
    with pytest.raises(DecodeError) as caught:
        Routes(ROUTES, AUTO).targets_of(record("bank.all", {"id": 1}))

    assert caught.value.code == "unknown-table"
