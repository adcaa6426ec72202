"""What the Makefile makes beside its own tasks' commands."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_older_spark_finds_all_else_in_the_usual_environment(tmp_path: Path) -> None:
    """Its environment has Spark alone; franca, which stands in the other as a file of paths, is found too."""
    older = tmp_path / "older"
    subprocess.run(
        ["make", "--silent", f"VENV={sys.prefix}", f"OLDER={older}", str(older)], cwd=ROOT, check=True
    )

    found = subprocess.run(
        [older / "bin" / "python", "-c", "import franca.errors, msgspec, sys; print(sys.prefix)"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(older)
