"""What DuckDB may take does not follow from the machine."""

from pathlib import Path

import duckdb

from franca.lake.memory import bounded


def test_a_bounded_database_has_one_thread_on_every_machine(tmp_path: Path) -> None:
    """What a sort needs at least grows with the threads: of many, a few hundred megabytes are too little."""
    with duckdb.connect(":memory:", config=bounded(tmp_path, 100)) as connection:
        sql = "SELECT current_setting('threads'), current_setting('memory_limit')"
        assert connection.execute(sql).fetchone() == (1, "95.3 MiB")
        rows = connection.execute("SELECT hash(i)::VARCHAR AS k FROM range(3_000_000) t(i) ORDER BY k")
        assert len(rows.fetchmany(10)) == 10
    assert not (tmp_path / "spill").exists() or not list((tmp_path / "spill").iterdir())
