"""The local schema registry: what it says when it can't start, and what it leaves on the disk."""

import os
import subprocess
import sys
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from franca.local.schema_registry import LocalRegistry
from franca.topics.schema_registry import RegistryAddress, SchemaRegistry

pytestmark = [pytest.mark.services, pytest.mark.slow]


def test_a_registry_that_lives_and_never_answers_did_not_start(tmp_path: Path) -> None:
    """Whoever started it is told so, and it does not stay behind."""
    java = tmp_path / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    (tmp_path / "java" / "release").write_text('JAVA_VERSION="25"\n')
    java.write_text(f"#!{sys.executable}\nimport signal\nsignal.pause()\n")
    java.chmod(0o755)
    start = (
        "import sys; from pathlib import Path; from franca.local.schema_registry import LocalRegistry\n"
        "class Impatient(LocalRegistry): start_seconds = 0.5\n"
        "try: Impatient(Path(sys.argv[1])).start()\n"
        "finally: print(Impatient(Path(sys.argv[1])).pid)"
    )
    done = subprocess.run(
        [sys.executable, "-c", start, str(tmp_path / "state")],
        env={**os.environ, "JAVA_HOME": str(tmp_path / "java")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "UnavailableError" in done.stderr
    assert "the registry did not start" in done.stderr
    assert done.stdout.split() == ["0"]


def test_each_question_that_deserialisers_ask_first_is_answered(registry: LocalRegistry) -> None:
    """Which subject belongs to a topic the registry does not know, and says so; it lost one answer in 500."""
    address, before = urlsplit(registry.url), registry.log.stat().st_size
    with closing(HTTPConnection(str(address.hostname), address.port, timeout=10)) as connection:
        for number in range(2_000):
            connection.request("GET", f"{address.path}/associations/resources/-/topic{number}")
            with connection.getresponse() as answer:
                assert answer.status == HTTPStatus.NOT_FOUND
                answer.read()
    assert registry.log.stat().st_size == before


def test_questions_leave_nothing_in_the_registrys_log(registry: LocalRegistry) -> None:
    """A registry that is asked for months fills no disk, and what its log has is what went wrong."""
    known = SchemaRegistry(RegistryAddress(registry.url))
    known.ping()
    before = registry.log.stat().st_size
    for _ in range(3):
        known.ping()
    assert registry.log.stat().st_size == before
