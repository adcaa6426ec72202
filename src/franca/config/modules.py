"""A project's Python files, imported fresh from its folder, so that two projects never mix."""

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from franca.errors import DefinitionError, Problem

IMPORTING = "FRANCA_IMPORTING"
"""Names, while a project's modules are imported, its folder: for processes that one of them starts."""


def import_modules(folder: Path, names: Sequence[str]) -> tuple[list[ModuleType], list[Problem]]:
    """Import the named modules of a folder, or all beside franca.toml where none are named.

    Modules of other folders under the same names are dropped first. What a module prints goes to standard
    error, since standard output is a command's result. The problems are those of the modules that can't be
    imported, each at the line of the user's file. Raises DefinitionError where a module of this folder
    that is being imported has called franca, which would begin again and again.
    """
    folder = folder.resolve()
    if os.environ.get(IMPORTING) == str(folder):
        reason = "one of its modules runs franca when it is imported, and franca imports them all"
        remedy = "put that below `if __name__ == '__main__':`, or leave it out with `modules` in franca.toml"
        raise DefinitionError.one(str(folder), reason, remedy)
    os.environ[IMPORTING] = str(folder)
    wanted = list(names) or sorted(p.stem for p in folder.glob("*.py") if p.stem.isidentifier())
    _forget({p.stem for p in folder.glob("*.py")} | set(wanted))
    sys.path.insert(0, str(folder))
    problems: list[Problem] = []
    modules: list[ModuleType] = []
    try:
        importlib.invalidate_caches()
        with redirect_stdout(sys.stderr):
            for name in wanted:
                _import(name, folder, modules, problems)
    finally:
        sys.path.remove(str(folder))
        del os.environ[IMPORTING]
    return modules, problems


def _import(name: str, folder: Path, modules: list[ModuleType], problems: list[Problem]) -> None:
    try:
        modules.append(importlib.import_module(name))
    except DefinitionError as error:
        file, line = _place(error, folder, name)
        told = [p if p.file else replace(p, file=file, line=line) for p in error.problems]
        problems.extend(p for p in told if p not in problems)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- a user's file may fail in any way
        file, line = _place(error, folder, name)
        path = Path(file).stem if Path(file).parent == folder else name
        reason = f"can't be imported: {type(error).__name__}: {error}"
        remedy = "mend the file, or leave it out with `modules` in franca.toml"
        problem = Problem(path, reason, remedy, file, line)
        if problem not in problems:
            problems.append(problem)


def _forget(stems: set[str]) -> None:
    """Drop modules that hide this folder's files: another project's, or an older load of the same."""
    for name in stems:
        loaded = sys.modules.get(name)
        file = getattr(loaded, "__file__", None)
        if file and (Path(file).parent / "franca.toml").exists():
            del sys.modules[name]


def _place(error: BaseException, folder: Path, name: str) -> tuple[str, int]:
    """Return the deepest line of the user's own files in the trace."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).parent == folder]
    if frames:
        return frames[-1].filename, frames[-1].lineno or 0
    return str(folder / f"{name}.py"), 0
