"""DuckDB's own reader of Delta tables: an extension that comes as a wheel, for the DuckDB of its own version.

That is not the DuckDB that franca runs on: it lives in a folder apart, and is asked in a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from franca.local.jars import cache_folder

VERSION = "1.5.5"
READ = """
import sys, duckdb, duckdb_extension_delta, pyarrow as pa
from pathlib import Path
connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
extension = next(Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
connection.execute(f"LOAD '{extension}'")
connection.execute("SET TimeZone = 'UTC'")
rows = connection.execute("SELECT * FROM delta_scan(?)", [sys.argv[1]]).to_arrow_table()
with pa.ipc.new_stream(sys.stdout.buffer, rows.schema) as stream:
    stream.write_table(rows)
"""


def home() -> Path:
    """Return the folder of DuckDB and its extension, which may not be there."""
    return cache_folder(Path()) / f"duckdb-delta-{VERSION}"


def fetch() -> None:
    """Install both into their folder, where they are missing."""
    if not home().exists():
        draft = home().with_suffix(f".{os.getpid()}")
        wanted = [f"duckdb=={VERSION}", f"duckdb-extension-delta=={VERSION}"]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--target", str(draft), *wanted], check=True)
        draft.rename(home())


def read(url: str) -> list[dict[str, Any]]:
    """Return the rows of a Delta table."""
    paths = [str(home()), *sys.path]
    asked = subprocess.run(
        [sys.executable, "-c", READ, url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr.decode()
    rows: list[dict[str, Any]] = pa.ipc.open_stream(asked.stdout).read_all().to_pylist()
    return rows
