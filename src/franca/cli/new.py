"""`franca new`: a small project that runs as it is."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from franca.errors import DefinitionError, UsageError

_NAMES = {"gitignore": ".gitignore"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("new")(new)


def new(
    name: Annotated[Path, typer.Argument(help="Folder to make; its last part names the project.")],
) -> None:
    """Write a small project that runs as it is.

    Example: `franca new bank && cd bank && franca map crm.cust data/cust.jsonl`
    """
    if name.exists() and (not name.is_dir() or any(name.iterdir())):
        raise UsageError.one(
            str(name), "is there already and is not an empty folder", "choose another name, or empty it"
        )
    try:
        for path, text in _template():
            target = name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DefinitionError.one(str(name), f"can't be written: {error}", "choose another folder") from error
    typer.echo(f"wrote {name}. Next:\n\n{_next(name)}")


def _next(name: Path) -> str:
    lines = (
        f"cd {name}",
        "franca check                             # are model and mappings right?",
        "franca map crm.cust data/cust.jsonl      # rows in, events out; no service needed",
        "franca up                                # a real Kafka and PostgreSQL on this machine",
        "franca send crm.cust data/cust.jsonl",
        "franca run --until-caught-up",
        "franca query 'select * from individual'",
    )
    return "\n".join(f"  {line}" for line in lines)


def _template() -> Iterator[tuple[Path, str]]:
    """Yield the files of the template with their paths in the new project."""
    pending: list[tuple[Path, Traversable]] = [(Path(), files("franca.cli") / "template")]
    while pending:
        above, folder = pending.pop()
        for entry in folder.iterdir():
            if entry.is_dir():
                pending.append((above / entry.name, entry))
            elif entry.name.endswith(".txt"):
                stem = entry.name.removesuffix(".txt")
                yield above / _NAMES.get(stem, stem), entry.read_text(encoding="utf-8")
