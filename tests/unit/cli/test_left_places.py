"""Where Spark leaves over what `franca backfill` then takes by the name of one folder."""

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from franca.cli.row_sources import files_of
from franca.cli.rows import RowFile
from franca.cli.spark_backfill import left_places


def test_all_that_is_left_over_is_found_by_its_folder(tmp_path: Path) -> None:
    """Files of one name lie apart, and none in a folder that is passed over."""
    files = [tmp_path / "till" / name / "rows.parquet" for name in ("2024", "_old", ".older", "a=_b")]
    places = left_places(list(map(str, files)), tmp_path / "left")
    for place in places:
        place.mkdir(parents=True)
        parquet.write_table(pa.table({"id": ["1"]}), place / "part-0.parquet")

    found = {Path(file.path).parent for file in files_of([RowFile(str(tmp_path / "left"))])}
    assert found == {*places}
    assert len(found) == len(files)


def test_files_of_different_names_lie_beside_each_other(tmp_path: Path) -> None:
    """Each in a folder of its name."""
    files = [str(tmp_path / "till" / name) for name in ("x/1.parquet", "y/2.parquet")]
    assert left_places(files, tmp_path / "left") == [tmp_path / "left" / f"{n}.parquet" for n in (1, 2)]
