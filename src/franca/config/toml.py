"""franca.toml: read, `${VARIABLE}` filled in, the profile laid over it, checked against the settings."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from franca.config.lines import line_of
from franca.config.mistakes import mistakes_in
from franca.config.settings import Settings
from franca.errors import DefinitionError, Problem, UsageError

FILE_NAME = "franca.toml"
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")

_UNKNOWN = re.compile(r"unknown setting '(?P<name>.*)'$")


def read_settings(path: Path, profile: str = "", environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of one file, with `[profile.<name>]` laid over the rest.

    `${NAME}` in a text is the environment's variable, `${NAME:-text}` has a default. Raises
    DefinitionError for a file that is not TOML, an unknown setting, profile or variable.
    """
    text = _read(path)
    merged = _merged(path, text, profile)
    problems: list[Problem] = []
    variables = os.environ if environment is None else environment
    filled = _fill(merged, variables, "", problems, str(path))
    if problems:
        raise DefinitionError([located(problem, text, profile) for problem in problems])
    mistakes = [located(replace(p, file=str(path)), text, profile) for p in mistakes_in(filled, Settings)]
    if mistakes:
        raise DefinitionError(mistakes)
    return msgspec.convert(filled, Settings)


def modules_named(path: Path, profile: str = "") -> list[str] | None:
    """Return the modules that a file names, whatever else is wrong with it; None where that can't be told."""
    try:
        merged = _merged(path, _read(path), profile)
        return msgspec.convert(merged, _Named).modules
    except (DefinitionError, msgspec.ValidationError):
        return None


class _Named(msgspec.Struct):
    """The one setting that tells which files are the project's."""

    modules: list[str] = []


def _merged(path: Path, text: str, profile: str) -> object:
    """Return the document with the profile laid over it, the variables not filled in yet."""
    document = _parse(path, text)
    profiles = document.pop("profile", {})
    if not isinstance(profiles, dict):
        raise DefinitionError.one("profile", f"expected tables, got {profiles!r}", "write [profile.NAME]")
    if profile and profile not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise UsageError.one(
            "profile", f"no profile {profile!r}, the file has: {known}", f"add [profile.{profile}]", str(path)
        )
    return _overlay(document, profiles.get(profile, {}))


def located(problem: Problem, text: str, profile: str = "") -> Problem:
    """Return a problem of a setting with the line that the setting has in a file's text."""
    unknown = _UNKNOWN.match(problem.reason)
    path = problem.path
    if unknown:
        path = unknown["name"] if path == FILE_NAME else f"{path}.{unknown['name']}"
    return replace(problem, line=line_of(text, path, profile))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError.one(
            FILE_NAME, f"no such file in {str(path.parent)!r}", "run `franca new NAME`, or change the folder"
        ) from error
    except UnicodeDecodeError as error:
        raise DefinitionError.one(
            FILE_NAME, f"is not TOML: {error}", "save it as UTF-8", str(path)
        ) from error
    except OSError as error:
        reason = f"can't be read: {error.strerror}"
        raise DefinitionError.one(FILE_NAME, reason, "check the file and its rights", str(path)) from error


def _parse(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise DefinitionError.one(
            FILE_NAME, f"is not TOML: {error}", "mend that line", str(path), line
        ) from error


def _overlay(below: object, above: object) -> object:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {
        key: _overlay(below.get(key), above[key]) if key in above else below[key] for key in below | above
    }


def _fill(
    value: object, variables: Mapping[str, str], path: str, problems: list[Problem], file: str
) -> object:
    if isinstance(value, dict):
        return {k: _fill(v, variables, f"{path}.{k}".lstrip("."), problems, file) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(item, variables, f"{path}[{i}]", problems, file) for i, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replace(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        if name in variables:
            return variables[name]
        if default is None:
            problems.append(
                Problem(path, f"variable {name!r} is not set", f"set it, or write ${{{name}:-default}}", file)
            )
        return default or ""

    return _VARIABLE.sub(replace, value)
