"""Every fenced block of README and docs does what it says: it runs, or it parses.

A page is a small project. A `python` block that begins with `# name.py` is that file; the others together are
one program. `console` blocks hold commands (`$ `) with their output, `sh` blocks commands alone. In an
output a line of three dots stands for any lines, and … for any text within a line.
"""

import atexit
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import pytest
import sqlglot

from franca.config.settings import Settings
from tests.command import forked
from tests.conftest import require_spark

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
LANGUAGES = {"console", "csv", "json", "python", "sh", "sql", "text", "toml", ""}
_FENCE = re.compile(r"^```(?P<language>[a-z]*)$")
_FILE = re.compile(r"# (?P<name>[a-z_/]+\.py)\n")
_PROGRESS = re.compile(r"(\w+ing( \w+)+|(rows|lines) of \S+): [\d,]+( of [\d,]+)?( \(.*\))?")
"""What a command tells every five seconds, where a machine is so slow."""
_COMMAND_SECONDS = 120
_LONG = {"docs/how-to/use-spark.md"}
"""Pages that start Spark again and again: `make soak` runs them."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line of the page where it begins."""

    language: str
    text: str
    line: int


def _blocks(page: Path, *languages: str) -> list[Block]:
    """Return the page's fenced blocks, of the given languages or all."""
    return [b for b in _read(page.read_text()) if not languages or b.language in languages]


def _read(text: str) -> Iterator[Block]:
    language, begin, lines = "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and not begin:
            language, begin, lines = fence["language"], number + 1, []
        elif fence:
            yield Block(language, "".join(lines), begin)
            begin = 0
        elif begin:
            lines.append(line + "\n")


def _with(*languages: str) -> list[Path]:
    return [page for page in PAGES if _blocks(page, *languages)]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _is_fragment(block: Block) -> bool:
    """Say whether the block stands word for word in an example or a template, which have tests."""
    files = [
        *(ROOT / "examples").rglob("*.py"),
        *(ROOT / "src" / "franca" / "cli" / "template").rglob("*.txt"),
    ]
    return any(_without_docstrings(block.text) in _without_docstrings(path.read_text()) for path in files)


def _without_docstrings(text: str) -> str:
    return re.sub(r'^ +""".*"""\n', "", text, flags=re.MULTILINE)


class Shell:
    """A folder in which a page's commands run, in order; `cd` stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = self.here = folder
        programs = [str(_programs()), str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join(programs),
            "COLUMNS": "200",
            "NO_COLOR": "1",
        }

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run one command; what it prints, on both streams, is the result's stdout."""
        mark = self.folder / ".here"
        done = subprocess.run(
            ["bash", "-c", f'{command}\ncode=$?\npwd > "{mark}"\nexit $code'],
            cwd=self.here,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        self.here = Path(mark.read_text().strip())
        return done

    def write(self, name: str, text: str) -> None:
        """Write a file of the page's project."""
        (self.here / name).parent.mkdir(parents=True, exist_ok=True)
        (self.here / name).write_text(text)

    def close(self) -> None:
        """Stop the services of every project that the page made."""
        for settings in self.folder.rglob("franca.toml"):
            if (settings.parent / ".franca").exists():
                self.here = settings.parent
                self.run("franca down")
        shutil.rmtree(self.folder / ".franca", ignore_errors=True)


@cache
def _programs() -> Path:
    """Return a folder whose `franca` is the command as `forked` runs it."""
    folder = Path(tempfile.mkdtemp(prefix="franca-programs-"))
    atexit.register(shutil.rmtree, folder)
    program = folder / "franca"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(forked())} "$@"\n')
    program.chmod(0o755)
    return folder


@contextmanager
def _shell(folder: Path) -> Iterator[Shell]:
    shell = Shell(folder)
    try:
        yield shell
    finally:
        shell.close()


def _commands(block: Block) -> Iterator[tuple[str, str | None]]:
    """Yield each command with the output it should have, None where the block does not show any."""
    if block.language == "sh":
        for line in block.text.splitlines():
            if line.strip() and not line.startswith("#"):
                yield line, None
        return
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command += "\n" + more.removeprefix("> ")
        yield command, output


def _matches(expected: str, got: str) -> bool:
    """Say whether an output is as shown; spaces at the ends of lines don't count."""
    lines = [line.rstrip() for line in expected.rstrip().splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else _line(line) for line in lines)
    said = [line.rstrip() for line in got.rstrip().splitlines()]
    text = "".join(line + "\n" for line in said if not _PROGRESS.fullmatch(line))
    return re.fullmatch(pattern, text) is not None


def _line(line: str) -> str:
    return r"[^\n]*".join(re.escape(piece) for piece in line.split("…")) + r"\n"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_block_names_a_language_that_is_tested(page: Path) -> None:
    """A block in a language that nothing checks would rot."""
    assert {block.language for block in _blocks(page)} <= LANGUAGES


@pytest.mark.parametrize("page", _with("json", "sql", "toml"), ids=_name)
def test_documents_parse(page: Path) -> None:
    """JSON is JSON, SQL is DuckDB's, TOML is a franca.toml with known settings."""
    for block in _blocks(page, "json", "sql", "toml"):
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "sql":
            assert sqlglot.parse(block.text, read="duckdb")
        else:
            document = tomllib.loads(block.text)
            profiles = document.pop("profile", {})
            for settings in (document, *profiles.values()):
                msgspec.convert(settings, Settings, strict=False)


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=_name(page), marks=[pytest.mark.soak] if _name(page) in _LONG else [])
        for page in _with("python", "console", "sh")
    ],
)
def test_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    """Whoever follows a page step by step sees what it shows."""
    if "$ franca spark" in page.read_text():
        require_spark()
    with _shell(tmp_path) as shell:
        for block in _blocks(page, "python", "console", "sh"):
            place = f"{_name(page)}:{block.line}"
            if block.language == "python":
                _write_file(block, shell)
                continue
            for command, output in _commands(block):
                done = shell.run(command)
                if output is None:
                    assert done.returncode == 0, f"{place}: {command}\n{done.stdout}"
                else:
                    assert _matches(output, done.stdout), f"{place}: {command}\n{done.stdout}"
        shell.write("page.py", _program(page))
        done = shell.run("python page.py")
        assert done.returncode == 0, f"{_name(page)}:\n{done.stdout}"


@pytest.mark.slow
@pytest.mark.parametrize("page", _with("python"), ids=_name)
def test_the_code_of_a_page_is_typed(page: Path, tmp_path: Path) -> None:
    """A page's files and snippets pass the strict type checker, as a user's project does."""
    with _shell(tmp_path) as shell:
        for block in _blocks(page, "python"):
            _write_file(block, shell)
        shell.write("page.py", _program(page))
        done = shell.run(f"mypy --strict --cache-dir {ROOT / '.mypy_cache'} .")
        assert done.returncode == 0, f"{_name(page)}:\n{done.stdout}"


def _write_file(block: Block, shell: Shell) -> None:
    named = _FILE.match(block.text)
    if named and not _is_fragment(block):
        shell.write(named["name"], block.text)


def _program(page: Path) -> str:
    """Return the page's snippets that are no files as one program, each at its lines of the page."""
    lines: list[str] = []
    for block in _blocks(page, "python"):
        if not _FILE.match(block.text) and not _is_fragment(block):
            lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
    return "\n".join(lines) + "\n"
