"""Every error of DuckDB has its counterpart where SQL is asked."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from franca.errors import DefinitionError, UnavailableError
from franca.lake.newest import told
from franca.views import lake

ASKED_AWAY = {"ConnectionException", "FatalException", "HTTPException", "IOException"}

CLASSES = {
    name: found
    for name, found in vars(duckdb).items()
    if isinstance(found, type) and issubclass(found, duckdb.Error)
}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_of_asking_has_a_counterpart(name: str) -> None:
    """Whoever asks wrote the SQL; files that can't be read are not what was asked."""
    found = lake.counterpart(CLASSES[name]("the reason"))
    assert type(found) is (UnavailableError if name in ASKED_AWAY else DefinitionError)
    assert "the reason" in str(found)


COLUMNS = pa.schema([("id", pa.int64())])


def _failing(pieces: int) -> Iterator[pa.RecordBatch]:
    """Yield so many pieces of a file in a bucket that fails then."""
    for _ in range(pieces):
        yield pa.record_batch([pa.array(range(100_000))], COLUMNS)
    raise OSError("Generic S3 error\n\x1b[31m↳\x1b[0m Error in GET\n\\x1b[31m↳\\x1b[0m 500 Internal")


@pytest.mark.parametrize("pieces", [0, 3])
def test_a_bucket_that_fails_while_rows_are_read_is_away(pieces: int) -> None:
    """Whether the question or the answer tells of it, the SQL is right; it is told once, in a line."""
    connection = duckdb.connect()
    connection.register("files", pa.RecordBatchReader.from_batches(COLUMNS, _failing(pieces)))
    with lake.Lake(connection) as asked, pytest.raises(UnavailableError) as caught:
        list(asked.query("SELECT id FROM files").rows)
    _require_a_line(str(caught.value))


def test_a_fold_tells_of_a_bucket_that_fails_in_a_line() -> None:
    """What is cut for queries is cut for folds."""
    connection = duckdb.connect()
    connection.register("files", pa.RecordBatchReader.from_batches(COLUMNS, _failing(0)))
    with pytest.raises(UnavailableError) as caught, told():
        connection.sql("SELECT sum(id) FROM files").fetchall()
    _require_a_line(str(caught.value))


def _require_a_line(text: str) -> None:
    assert "failed: IOError: Generic S3 error ↳ Error in GET ↳ 500 Internal; check" in text
    assert "\n" not in text
