"""What passes for the same table, and what does not."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from bench.proof import bank
from bench.proof.difference import Wanted, kinds
from bench.proof.equality import DifferentError, expect
from bench.proof.programs.bank import TABLES
from bench.proof.reading import content

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
    compare(folder, who, suffix)


def compare(folder: Path, who: str = "python", suffix: str = "") -> None:
    """Compare what is in a folder with what should be. Raises DifferentError."""
    right = a_table()
    columns = kinds(TABLES[NAME], bank.KINDS)
    wanted = Wanted(NAME, columns, COLUMNS, content(right, COLUMNS), "_sequence", lambda: right)
    expect(who, folder, wanted, suffix)


def cast(name: str, kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    """Return what gives a column another type."""
    return lambda table: with_column(table, name, table[name].cast(kind))


def of_row(name: str, number: int, value: object) -> Callable[[pa.Table], pa.Table]:
    """Return what gives a column another value in one row."""

    def changed(table: pa.Table) -> pa.Table:
        values = table[name].to_pylist()
        values[number] = value
        return with_column(table, name, pa.array(values, table[name].type))

    return changed


def later(microseconds: int) -> Callable[[pa.Table], pa.Table]:
    """Return what has all happen later."""
    kind = pa.timestamp("us", "UTC")
    return lambda table: with_column(
        table,
        "_changed_at",
        pa.array([each.value + microseconds for each in table["_changed_at"]], pa.int64()).cast(kind),
    )


FIRST, THIRD, SIXTH = (f"'0001.lsn.{24_000_000 + 56 * number:020d}.000'" for number in (0, 2, 5))
FROM = "first where '_sequence' is"
MANY = (
    f"'last_name' differs in 1, {FROM} {THIRD}: null, expected 'Turing'; 'prefix' differs in 1, {FROM} "
    f"{THIRD}: null, expected 'Mr'; 'gender' differs in 50, {FROM} {FIRST}: 'Married', expected 'Female'; "
    f"also 'branch' in 1"
)
AS_EXPECTED = "'individual' has 50 rows as expected, but"
MUTATIONS: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    "a row twice for another": (
        lambda table: pa.concat_tables([table[1:], table[5:6]]),
        f"{AS_EXPECTED} none where '_sequence' is {FIRST}, and 2 where it is {SIXTH}",
    ),
    "one value": (
        of_row("name", 2, "Mr Wrong"),
        f"{AS_EXPECTED} 'name' differs in 1, {FROM} {THIRD}: 'Mr Wrong', expected 'Mr Alan Turing'",
    ),
    "text without characters for null": (
        lambda table: with_column(
            table, "middle_names", pa.array([each or "" for each in table["middle_names"].to_pylist()])
        ),
        f"{AS_EXPECTED} 'middle_names' differs in 25, {FROM} {FIRST}: '', expected null",
    ),
    "many columns": (
        lambda table: with_column(
            of_row("branch", 5, "x")(of_row("prefix", 2, None)(of_row("last_name", 2, None)(table))),
            "gender",
            table["marital_status"],
        ),
        MANY,
    ),
    "an instant an hour later": (
        later(3_600_000_000),
        f"{AS_EXPECTED} '_changed_at' differs in 50, {FROM} {FIRST}: 2025-10-09 09:53:20, expected 2025",
    ),
    "an instant a microsecond later": (later(1), "2025-10-09 08:53:20.000001, expected 2025-10-09 08:53:20"),
    "a row less": (lambda table: table[1:], "'individual' has 49 rows, expected 50"),
    "no row": (lambda table: table[:0], "'individual' has 0 rows, expected 50"),
    "every event's id the same": (
        lambda table: with_column(table, "_event_id", pa.array(["x"] * 50)),
        "'_event_id' of 'individual' has 1 values in 50 rows",
    ),
    "no hash of the mapping": (
        lambda table: with_column(table, "_mapping_hash", pa.nulls(50, pa.string())),
        "'_mapping_hash' of 'individual' is not the same in every row",
    ),
    "a number as text": (
        cast("_mapping", pa.string()),
        "'_mapping' of 'individual' is text, expected whole number",
    ),
    "text as a number": (
        cast("branch", pa.int64()),
        "'branch' of 'individual' is whole number, expected text",
    ),
    "a number with a point": (
        cast("_mapping", pa.float64()),
        "'_mapping' of 'individual' is double, expected whole number",
    ),
    "an instant as a number": (
        cast("_changed_at", pa.int64()),
        "'_changed_at' of 'individual' is whole number, expected instant",
    ),
    "an instant without its zone": (
        cast("_changed_at", pa.timestamp("us")),
        "'_changed_at' of 'individual' is timestamp_ntz, expected instant",
    ),
    "a column more": (
        lambda table: table.append_column("more", pa.array([1] * 50)),
        "'more' of 'individual' is whole number, expected absent",
    ),
    "a column less": (
        lambda table: table.drop_columns(["branch"]),
        "'branch' of 'individual' is absent, expected text",
    ),
    "a suffix within a value": (
        lambda table: with_column(
            table, "last_name", pa.array([f"{name}_12ab" for name in table["last_name"].to_pylist()])
        ),
        f"{AS_EXPECTED} 'last_name' differs in 50",
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_differs_is_told(tmp_path: Path, mutation: str) -> None:
    """Columns with their types first, then count, values with the first row that has others, and its own."""
    change, told = MUTATIONS[mutation]
    with pytest.raises(DifferentError) as found:
        check(tmp_path, change(a_table()), suffix="_12ab")
    assert told in str(found.value)
    assert str(found.value).startswith("python: '")


def test_only_what_has_no_log_by_its_nature_is_compared_without(tmp_path: Path) -> None:
    """Flink's Parquet files; anybody else's are no Delta table."""
    pq.write_table(a_table(), tmp_path / "part-0.parquet")
    compare(tmp_path, "flink")
    with pytest.raises(DifferentError, match=r"^mine: 'individual': no Delta table there$"):
        compare(tmp_path, "mine")
    with pytest.raises(DifferentError, match=r"^flink: 'individual': no Parquet files there$"):
        compare(tmp_path / "nowhere", "flink")


def test_what_can_not_be_read_is_told_in_a_line(tmp_path: Path) -> None:
    """Without the query that a library made of it."""
    write_deltalake(str(tmp_path), a_table())
    for path in tmp_path.glob("*.parquet"):
        path.write_bytes(b"no Parquet")
    with pytest.raises(DifferentError) as found:
        compare(tmp_path)
    assert str(found.value).startswith("python: 'individual' can't be read: ")
    assert "\n" not in str(found.value)
    assert "SELECT" not in str(found.value)


def test_a_file_is_as_long_as_the_log_says(tmp_path: Path) -> None:
    """Who reads by the log can't read it else, though its rows are right."""
    rows = a_table()
    write_deltalake(str(tmp_path), rows[:20])
    write_deltalake(str(tmp_path), rows[20:], mode="append")
    compare(tmp_path)
    path = max(tmp_path.glob("*.parquet"), key=lambda each: each.stat().st_size)
    size = path.stat().st_size
    pq.write_table(pq.read_table(path), path, compression="none")
    with pytest.raises(DifferentError) as found:
        compare(tmp_path)
    told = f"{path.name!r} has {path.stat().st_size:,} bytes, {size:,} by its log"
    assert str(found.value) == f"python: 'individual' can't be read: {told}"
    path.unlink()
    with pytest.raises(DifferentError, match=f"can't be read: '{path.name}' of its log is not there"):
        compare(tmp_path)


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
