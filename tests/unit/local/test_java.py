"""Which Java is taken."""

import os
import subprocess
import sys
from pathlib import Path

from franca.local.java import find_java, java_version

FIND = "from franca.local.java import find_java; print(find_java())"


def test_the_version_is_read_without_starting_java(tmp_path: Path) -> None:
    """A run-time's `release` file tells its version, which is quicker than asking the program."""
    assert java_version(_java(tmp_path, "21.0.8")) == 21


def test_the_old_way_of_counting_is_understood(tmp_path: Path) -> None:
    """Java 8 calls itself 1.8."""
    assert java_version(_java(tmp_path, "1.8.0_412")) == 8


def test_a_program_without_a_release_file_is_asked(tmp_path: Path) -> None:
    """Some systems link `java` from elsewhere; then the program's own answer counts."""
    program = tmp_path / "java"
    program.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\"' >&2\n", encoding="ascii")
    program.chmod(0o755)
    assert java_version(program) == 17


def test_what_is_no_java_has_no_version(tmp_path: Path) -> None:
    """A program that can't be run is passed over."""
    assert java_version(tmp_path / "java") == 0


def test_a_java_is_there_with_the_extra_alone() -> None:
    """Whatever this machine has, one is found that is new enough."""
    assert java_version(find_java()) >= 17


def test_the_users_own_java_comes_first(tmp_path: Path) -> None:
    """JAVA_HOME wins over the PATH and the wheel, when it is new enough."""
    java = _java(tmp_path, "21.0.8")
    assert _found(JAVA_HOME=str(tmp_path)) == str(java)


def test_a_java_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    """An old JAVA_HOME does not stop the start, the next candidate is taken."""
    java = _java(tmp_path, "11.0.2")
    assert _found(JAVA_HOME=str(tmp_path)) not in ("", str(java))


def _java(home: Path, version: str) -> Path:
    java = home / "bin" / "java"
    java.parent.mkdir()
    java.touch(mode=0o755)
    (home / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n', encoding="ascii")
    return java


def _found(**environment: str) -> str:
    command = [sys.executable, "-c", FIND]
    finished = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return finished.stdout.strip()
