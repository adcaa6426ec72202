"""Rules on the shape of the tree that import-linter does not hold."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "franca"
PARTS = ("src", "tests", "bench", "examples")
FILES = sorted(PACKAGE.rglob("*.py"))
SHORT = [path.relative_to(PACKAGE).as_posix() for path in FILES]
EVERYWHERE = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
PLACES = [path.relative_to(ROOT).as_posix() for path in EVERYWHERE]
FORBIDDEN_STEMS = {"util", "utils", "helper", "helpers", "common", "misc", "base", "manager"}


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


@pytest.mark.parametrize("path", EVERYWHERE, ids=PLACES)
def test_a_file_stops_at_400_lines(path: Path) -> None:
    """A longer file is two rooms in one."""
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", EVERYWHERE, ids=PLACES)
def test_a_function_stops_at_50_lines(path: Path) -> None:
    """A function fits on a screen."""
    for function in _functions(ast.parse(path.read_text())):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        assert lines <= 50, f"{function.name} has {lines} lines"


# A command's parameters are its options: typer reads them off the signature, one by one.
COMMANDS = PACKAGE / "cli"


@pytest.mark.parametrize("path", EVERYWHERE, ids=PLACES)
def test_a_function_stops_at_six_parameters(path: Path) -> None:
    """More mean a settings value."""
    for function in _functions(ast.parse(path.read_text())):
        count = _parameters(function)
        assert count <= 6 or path.parent == COMMANDS, f"{function.name} takes {count}"


@pytest.mark.parametrize("path", FILES, ids=SHORT)
def test_a_file_is_named_by_a_noun_of_the_domain(path: Path) -> None:
    """Drawers for everything are not rooms."""
    assert path.stem not in FORBIDDEN_STEMS


@pytest.mark.parametrize("path", FILES, ids=SHORT)
def test_a_module_says_in_five_lines_what_it_holds(path: Path) -> None:
    """Every module opens with its docstring; only the error tree's drawing may be longer."""
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    assert path.name == "errors.py" or len(docstring.splitlines()) <= 6


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_an_init_holds_a_docstring_and_sorted_exports_only(path: Path) -> None:
    """Code lives in named files; what is exported is listed in order."""
    for node in ast.parse(path.read_text()).body[1:]:
        if isinstance(node, ast.Assign):
            names = ast.literal_eval(node.value)
            assert list(names) == sorted(names)
        else:
            assert isinstance(node, ast.ImportFrom), ast.dump(node)


@pytest.mark.parametrize("path", [p for p in FILES if p != PACKAGE / "__init__.py"])
def test_nobody_inside_imports_from_the_package_root(path: Path) -> None:
    """Importing the root ties every module into one circle."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "franca"
        if isinstance(node, ast.Import):
            assert "franca" not in [alias.name for alias in node.names]


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
