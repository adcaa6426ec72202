"""Folders of Parquet as Spark and Hive write them give what `franca backfill` makes of them."""

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyarrow import parquet

from franca.cli.backfill_sources import Asked, opened_sources
from franca.cli.main import app
from franca.cli.row_sources import files_of
from franca.cli.rows import RowFile
from franca.config.endpoints import endpoints
from franca.config.project import load as load_project
from franca.lake.location import events_url
from franca.operations.backfill.bulk import LINE
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.piece import NUMBER
from franca.operations.backfill.snapshot import Taken
from tests.engines.rows import exact

MODULE = '''
from datetime import date
from franca import Application, Entity, Key, Table, codes

class Coin(Entity):
    """What is paid with."""
    number: Key[str]
    metal: str
    year: int | None
    struck: date | None
    is_worn: bool | None

app = Application("app")

class Till(Table):
    id: Key[str]
    metal: str
    year: int | None
    struck: date | None
    worn: bool | None

@app.maps
def coins(till: Till) -> Coin:
    return Coin(
        number=till.id, metal=codes(till.metal, {"g": "Gold", "s p": "Sterling"}), year=till.year,
        struck=till.struck, is_worn=till.worn,
    )
'''
FOLDERS = {
    "metal=g/year=07/struck=2024-02-29/worn=true": 0,
    "metal=s%20p/year=2024/struck=__HIVE_DEFAULT_PARTITION__/worn=false": 0,
    "metal=g/year=__HIVE_DEFAULT_PARTITION__/struck=0001-01-01/worn=__HIVE_DEFAULT_PARTITION__": 0,
    "metal=%3F/year=1/struck=2024-01-01/worn=true": 2,
    "metal=g/year=x/struck=2024-01-01/worn=true": 2,
    "metal=g/year=99999999999999999999/struck=2024-01-01/worn=true": 2,
}
"""Folders, with how many of two rows are left over of each."""
TAKEN = ("--at", "lsn:7", "--time", "2023-11-14T22:13:20Z")


def franca(folder: Path, *arguments: str) -> int:
    """Run a command in this process, and so with its Spark."""
    return int(app(["--project", str(folder), *arguments], standalone_mode=False) or 0)


def made_of(loading: Loading, folder: Path) -> list[str]:
    """Return the rows that `franca backfill` makes at once of a folder's files."""
    tables = []
    taken = Taken(1_700_000_000_000, "lsn:7")
    with opened_sources(loading, [RowFile(str(folder))], taken, Asked()) as opened:
        for snapshot, some in opened:
            mapping = loading.mapping(snapshot)
            made = [mapping(piece).ready.get("coin") for piece in some]
            tables += [each.drop_columns([LINE]) for each in made if each is not None]
            mapping.close()
    return texts(pa.concat_tables(tables))


def texts(rows: pa.Table) -> list[str]:
    """Return rows that compare whatever made them."""
    return sorted(repr({k: exact(v) for k, v in sorted(row.items())}) for row in rows.to_pylist())


@pytest.mark.usefixtures("spark")
def test_the_names_of_folders_are_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of whatever type; what is left over of files of one name lies apart, and is found by the folder."""
    (tmp_path / "franca.toml").write_text("")
    (tmp_path / "app.py").write_text(MODULE)
    for number, folder in enumerate(FOLDERS):
        path = tmp_path / "till" / folder / "part-0.parquet"
        path.parent.mkdir(parents=True)
        parquet.write_table(pa.table({"id": [f"{number}a", f"{number}b"]}), path)
    (tmp_path / "till" / "_SUCCESS").touch()
    command = ("spark", "backfill", "app.till", str(tmp_path / "till"), *TAKEN, "--unremembered")

    assert franca(tmp_path, *command, "--json") == 1
    told = capsys.readouterr()
    done: list[dict[str, Any]] = msgspec.json.decode(told.out)
    assert {each["file"]: each["left"] for each in done} == {
        str(tmp_path / "till" / folder / "part-0.parquet"): left for folder, left in FOLDERS.items()
    }
    loading = Loading(load_project(tmp_path), "app.till", forgets=True)
    lake = events_url(endpoints(loading.project, "localhost:1", "").lake_url, "coin")
    stored = texts(DeltaTable(lake).to_pyarrow_table())
    assert len(stored) == 6
    assert stored == made_of(loading, tmp_path / "till")

    left = tmp_path / ".franca" / "left" / "app.till"
    assert f"franca backfill app.till {left}`" in told.err.replace("\n", "")
    rows = [parquet.ParquetFile(path).read() for path in left.rglob("part-*.parquet") if path.is_file()]
    ids = sorted(row for some in rows for row in some["id"].to_pylist())
    assert ids == [f"{number}{letter}" for number in range(3, 6) for letter in "ab"]
    taken = [file.path for file in files_of([RowFile(str(left))])]
    assert sorted(str(path) for path in left.rglob("part-*.parquet") if path.is_file()) == sorted(taken)
    assert {NUMBER, "metal", "year"} <= {*rows[0].column_names}
    assert franca(tmp_path, *command) == 0
    assert capsys.readouterr().out.count("loaded before") == len(FOLDERS)
