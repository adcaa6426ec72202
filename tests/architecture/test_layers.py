"""Rules on the shape of the tree that import-linter does not hold."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "franca"
PARTS = ("src", "tests", "bench", "examples")
FILES = sorted(PACKAGE.rglob("*.py"))
EVERYWHERE = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
FORBIDDEN_STEMS = {"util", "utils", "helper", "helpers", "common", "misc", "base", "manager"}


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def test_a_file_stops_at_400_lines() -> None:
    """A longer file is two rooms in one."""
    lengths = {_place(path): len(path.read_text().splitlines()) for path in EVERYWHERE}
    assert {place: length for place, length in lengths.items() if length > 400} == {}


def test_a_function_stops_at_50_lines() -> None:
    """A function fits on a screen."""
    lengths = {
        (_place(path), function.name): (function.end_lineno or function.lineno) - function.lineno + 1
        for path in EVERYWHERE
        for function in _functions(_parsed(path))
    }
    assert {place: length for place, length in lengths.items() if length > 50} == {}


# A command's parameters are its options: typer reads them off the signature, one by one.
COMMANDS = PACKAGE / "cli"


def test_a_function_stops_at_six_parameters() -> None:
    """More mean a settings value."""
    counts = {
        (_place(path), function.name): _parameters(function)
        for path in EVERYWHERE
        if path.parent != COMMANDS
        for function in _functions(_parsed(path))
    }
    assert {place: count for place, count in counts.items() if count > 6} == {}


def test_a_file_is_named_by_a_noun_of_the_domain() -> None:
    """Drawers for everything are not rooms."""
    assert [_place(path) for path in FILES if path.stem in FORBIDDEN_STEMS] == []


def test_a_module_says_in_five_lines_what_it_holds() -> None:
    """Every module opens with its docstring; only the error tree's drawing may be longer."""
    for path in FILES:
        docstring = ast.get_docstring(_parsed(path))
        assert docstring, _place(path)
        assert path.name == "errors.py" or len(docstring.splitlines()) <= 6, _place(path)


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_an_init_holds_a_docstring_and_sorted_exports_only(path: Path) -> None:
    """Code lives in named files; what is exported is listed in order."""
    for node in _parsed(path).body[1:]:
        if isinstance(node, ast.Assign):
            names = ast.literal_eval(node.value)
            assert list(names) == sorted(names)
        else:
            assert isinstance(node, ast.ImportFrom), ast.dump(node)


def test_nobody_inside_imports_from_the_package_root() -> None:
    """Importing the root ties every module into one circle."""
    for path in FILES:
        for node in ast.walk(_parsed(path)) if path != PACKAGE / "__init__.py" else ():
            if isinstance(node, ast.ImportFrom):
                assert node.module != "franca", _place(path)
            if isinstance(node, ast.Import):
                assert "franca" not in [alias.name for alias in node.names], _place(path)


def test_the_project_names_no_place_of_one_machine() -> None:
    """Paths of one machine and switched-off work are never committed."""
    pattern = re.compile(r"/(work|root|home/[a-z]+|farm)/|\bTODO\b|\bFIXME\b|\bXXX\b|mock\.patch|monkeypatch")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    own = Path(__file__).relative_to(ROOT).as_posix()
    for name in listed.splitlines():
        path = ROOT / name
        if name in {own, "requirements.lock"} or not path.is_file():
            continue
        found = pattern.search(path.read_text(errors="replace"))
        assert not found, f"{name} holds {found}"
