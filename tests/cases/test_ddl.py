"""DDL as tools and people write it beside the classes that it gives: titled pairs, one file a dialect."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from franca.catalog.ddl.reading import read_ddl
from franca.catalog.module import module_text
from franca.model.entity import Table
from franca.model.shape import shape_of

FOLDER = Path(__file__).parent / "ddl"
SOURCE = Path(__file__).parents[2] / "src"
_CASE = re.compile(
    r"^## (?P<title>[^\n]+)\n```sql\n(?P<sql>.*?)```\n```text\n(?P<told>.*?)```\n"
    r"```python\n(?P<classes>.*?)```\n",
    re.DOTALL | re.MULTILINE,
)


class Case(NamedTuple):
    """One script, what is told of it, and the classes it gives."""

    title: str
    sql: str
    told: str
    classes: str


def _cases() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text()
        found = [
            Case(f"{path.stem}: {m['title']}", m["sql"], m["told"], m["classes"])
            for m in _CASE.finditer(text)
        ]
        assert len(found) == text.count("\n## ")
        yield from found


CASES = list(_cases())


def _told(sql: str) -> str:
    found = read_ddl(sql, "x")
    lines = [found.origin.removeprefix("x, ")]
    lines += [f"left out: {each}" for each in found.skipped]
    lines += [f"not read, line {each.line}: {each.reason}" for each in found.unread]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_script_gives_its_classes(case: Case) -> None:
    """The dialect is guessed; keys, nulls, types and comments come through, the rest is told."""
    assert _told(case.sql) == case.told
    assert module_text(read_ddl(case.sql, "x")).split("\n\n\n", 1)[1] == case.classes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_classes_say_what_the_script_says(case: Case) -> None:
    """What is written can be imported, and has each table's columns and keys under their own names."""
    found = read_ddl(case.sql, "x")
    module: dict[str, object] = {"__name__": "written"}
    exec(compile(module_text(found, "crm"), "written", "exec"), module)
    shapes = [
        shape_of(v)
        for v in module.values()
        if isinstance(v, type) and issubclass(v, Table) and v is not Table
    ]
    assert {shape.name: [f.column for f in shape.fields] for shape in shapes} == {
        table.name: [column.name for column in table.columns] for table in found.tables
    }
    assert {shape.name: {f.column for f in shape.keys} for shape in shapes} == {
        table.name: set(table.keys) for table in found.tables
    }


def test_what_is_written_is_typed_and_formatted(tmp_path: Path) -> None:
    """A written module passes the strict type checker, and a formatter leaves it as it is."""
    for number, case in enumerate(CASES):
        (tmp_path / f"written_{number}.py").write_text(module_text(read_ddl(case.sql, "x"), "crm"))
    environment = {"MYPYPATH": str(SOURCE), "PATH": "/usr/bin:/bin"}
    for command in (
        ["mypy", "--strict", "--config-file", "", "--cache-dir", str(tmp_path / ".cache"), "."],
        ["ruff", "format", "--isolated", "--check", "--line-length", "110", "."],
        ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", "."],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_script_of_windows_gives_the_same(case: Case) -> None:
    """Lines may end as Windows ends them."""
    assert read_ddl(case.sql.replace("\n", "\r\n"), "x") == read_ddl(case.sql, "x")
