"""A process whose collector rests works as any other, and ends as quietly."""

import subprocess
import sys

SCRIPT = """
import duckdb
from franca.pipeline import collector

connection = duckdb.connect(":memory:")
collector.rest()
connection.execute("SELECT 1").fetchall()
connection.close()
"""


def test_a_process_ends_without_complaints() -> None:
    """What was loaded before is let go in the end: a user of the command line sees no library's leaks."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    assert done.stderr == ""
