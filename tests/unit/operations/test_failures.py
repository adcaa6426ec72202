"""Failing rows of data tests are kept in the lake, those of each test until it runs again."""

from pathlib import Path

from deltalake import DeltaTable

from franca.config.endpoints import Endpoints
from franca.operations.failures import FOLDER, keep_failures


def kept(places: Endpoints) -> set[tuple[str, str]]:
    """Return what is kept, by test."""
    rows = DeltaTable(f"{places.lake_url}/{FOLDER}").to_pyarrow_table().to_pylist()
    return {(row["test"], row["row"]) for row in rows}


def test_failing_rows_take_the_place_of_those_of_the_same_tests_alone(tmp_path: Path) -> None:
    """One commit each: nobody finds neither the old ones nor the new ones."""
    places = Endpoints("", "", str(tmp_path), "")
    keep_failures(places, {"it's": [{"id": 1}, {"id": 2}], "b": [{"id": 3}]}, ["it's", "b"], store=False)
    assert kept(places) == {("it's", '{"id":1}'), ("it's", '{"id":2}'), ("b", '{"id":3}')}

    keep_failures(places, {"it's": [{"id": 4}]}, ["it's", "c"], store=False)
    assert kept(places) == {("it's", '{"id":4}'), ("b", '{"id":3}')}
    keep_failures(places, {}, ["it's"], store=False)
    assert kept(places) == {("b", '{"id":3}')}
    assert DeltaTable(f"{places.lake_url}/{FOLDER}").version() == 2


def test_where_no_test_ran_nothing_is_kept_or_forgotten(tmp_path: Path) -> None:
    """All may be skipped."""
    places = Endpoints("", "", str(tmp_path), "")
    keep_failures(places, {"a": [{"id": 1}]}, ["a"], store=False)

    keep_failures(places, {}, [], store=False)
    assert kept(places) == {("a", '{"id":1}')}
