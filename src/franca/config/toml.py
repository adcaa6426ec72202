"""franca.toml: read, `${VARIABLE}` filled in, the profile laid over it, checked against the settings."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from franca.config.settings import Settings
from franca.errors import DefinitionError, Problem

FILE_NAME = "franca.toml"
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


def read_settings(path: Path, profile: str = "", environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of one file, with `[profile.<name>]` laid over the rest.

    `${NAME}` in a text is the environment's variable, `${NAME:-text}` has a default. Raises
    DefinitionError for a file that is not TOML, an unknown setting, profile or variable.
    """
    document = _parse(path)
    profiles = document.pop("profile", {})
    if not isinstance(profiles, dict):
        raise DefinitionError.one("profile", f"expected tables, got {profiles!r}", "write [profile.NAME]")
    if profile and profile not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise DefinitionError.one(
            "profile", f"no profile {profile!r}, the file has: {known}", f"add [profile.{profile}]", str(path)
        )
    merged = _overlay(document, profiles.get(profile, {}))
    problems: list[Problem] = []
    variables = os.environ if environment is None else environment
    filled = _fill(merged, variables, "", problems, str(path))
    if problems:
        raise DefinitionError(problems)
    try:
        return msgspec.convert(filled, Settings)
    except msgspec.ValidationError as error:
        raise DefinitionError([_explain(error, str(path))]) from error


def _parse(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DefinitionError.one(
            FILE_NAME, f"no such file in {str(path.parent)!r}", "run `franca new NAME`, or change the folder"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError.one(FILE_NAME, f"is not TOML: {error}", "mend that line", str(path)) from error


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


def _explain(error: msgspec.ValidationError, file: str) -> Problem:
    text = str(error)
    found = re.match(r"(?P<what>.*?) - at `\$\.?(?P<path>.*)`$", text)
    what, path = (found["what"], found["path"]) if found else (text, "")
    unknown = re.search(r"unknown field `(?P<name>[^`]*)`", what)
    if not unknown:
        return Problem(path or FILE_NAME, what[:1].lower() + what[1:], "see the reference of settings", file)
    known = _known(path)
    close = difflib.get_close_matches(unknown["name"], known, 1)
    remedy = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(sorted(known))}"
    return Problem(path or FILE_NAME, f"unknown setting {unknown['name']!r}", remedy, file)


def _known(path: str) -> list[str]:
    """Return the names of the settings at a path as msgspec writes it (`kafka`, `topic[...]`)."""
    at: object = msgspec.inspect.type_info(Settings)
    for part in re.findall(r"\[\.\.\.\]|[A-Za-z_]+", path):
        if isinstance(at, msgspec.inspect.DictType):
            at = at.value_type
        elif isinstance(at, msgspec.inspect.StructType):
            at = next((f.type for f in at.fields if f.encode_name == part), at)
    if isinstance(at, msgspec.inspect.StructType):
        return [f.encode_name for f in at.fields]
    return []
