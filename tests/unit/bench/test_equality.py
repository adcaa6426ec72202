"""What passes for the same table, and what does not."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from bench.proof import bank
from bench.proof.equality import DifferentError, content, expect, expect_columns
from bench.proof.programs.bank import TABLES

NAME = "individual"
COLUMNS = bank.compared(NAME)


def a_table(count: int = 50) -> pa.Table:
    """Return individuals as a batch writes them."""
    made = bank.expected(count)[NAME]
    ids = pa.array([f"raw/{number}" for number in range(count)])
    found = made.set_column(made.schema.get_field_index("_event_id"), "_event_id", ids)
    return with_column(found, "_mapping_hash", pa.array(["0123"] * count))


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """Return a table with other values in a column."""
    return table.set_column(table.schema.get_field_index(name), name, values)


def check(folder: Path, table: pa.Table, who: str = "python", suffix: str = "") -> None:
    """Write a table and compare it with what it should be. Raises DifferentError."""
    write_deltalake(str(folder), table)
    expect(who, NAME, content(folder, COLUMNS, suffix), content(a_table(), COLUMNS))
    expect_columns(who, NAME, folder, TABLES[NAME], bank.KINDS)


def cast(name: str, kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    """Return what gives a column another type."""
    return lambda table: with_column(table, name, table[name].cast(kind))


MUTATIONS: dict[str, Callable[[pa.Table], pa.Table]] = {
    "a row twice for another": lambda table: pa.concat_tables([table[1:], table[5:6]]),
    "every event's id the same": lambda table: with_column(table, "_event_id", pa.array(["x"] * 50)),
    "no hash of the mapping": lambda table: with_column(table, "_mapping_hash", pa.nulls(50, pa.string())),
    "a number as text": cast("_mapping", pa.string()),
    "an instant without its zone": cast("_changed_at", pa.timestamp("us")),
    "an instant a microsecond later": lambda table: with_column(
        table, "_changed_at", pa.array([each.value + 1 for each in table["_changed_at"]], pa.int64()).cast(
            pa.timestamp("us", "UTC")
        ),
    ),
    "a column more": lambda table: table.append_column("more", pa.array([1] * 50)),
    "a column less": lambda table: table.drop_columns(["_event_id"]),
    "a suffix within a value": lambda table: with_column(
        table, "last_name", pa.array([f"{name}_12ab" for name in table["last_name"].to_pylist()])
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_table_that_differs_is_told(tmp_path: Path, mutation: str) -> None:
    """By its columns, their types, its rows, and what tells its events apart."""
    with pytest.raises(DifferentError):
        check(tmp_path, MUTATIONS[mutation](a_table()), suffix="_12ab")


def test_the_same_rows_in_another_order_are_the_same(tmp_path: Path) -> None:
    """With the columns in another order too."""
    table = a_table()
    turned = table.take(pa.array(range(49, -1, -1)))
    check(tmp_path, turned.select(sorted(turned.column_names)))


def test_what_ends_francas_names_is_left_out_where_names_stand(tmp_path: Path) -> None:
    """In the columns of the envelope that begin with a name; its positions come besides."""
    table = a_table().append_column("_offset", pa.array(range(50)))
    named = {"_source": "crm_12ab/cust", "_type": "individual_12ab.changed", "_origin": "crm_12ab"}
    for name, value in {**named, "_schema": "individual_12ab/1"}.items():
        table = with_column(table, name, pa.array([value] * 50))
    check(tmp_path / "ours", table, "franca+store", "_12ab")
    with pytest.raises(DifferentError):
        check(tmp_path / "theirs", table, "python")
