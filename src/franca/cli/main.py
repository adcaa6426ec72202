"""The franca command: what is global to all commands, and how errors become exit codes.

0 done, 1 problems in data or definitions, 2 wrong use, 3 a service is unavailable.
"""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import click
import typer

from franca.cli import check as check_command
from franca.cli import dead_letters as dead_letters_command
from franca.cli import demo as demo_command
from franca.cli import map as map_command
from franca.cli import new as new_command
from franca.cli import query as query_command
from franca.cli import run as run_command
from franca.cli import send as send_command
from franca.cli import services as services_commands
from franca.cli import status as status_command
from franca.cli import topics as topics_command
from franca.cli.context import Context
from franca.errors import DefinitionError, RecordError, UnavailableError

PROBLEMS, WRONG_USE, UNAVAILABLE = 1, 2, 3

app = typer.Typer(
    name="franca",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def franca(
    context: typer.Context,
    project: Annotated[
        Path, typer.Option("--project", "-p", help="Folder of franca.toml.", envvar="FRANCA_PROJECT")
    ] = Path(),
    profile: Annotated[
        str, typer.Option(help="Profile of franca.toml to lay over it.", envvar="FRANCA_PROFILE")
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
    context.obj = Context(project, profile)


for module in (
    new_command,
    check_command,
    map_command,
    send_command,
    services_commands,
    run_command,
    status_command,
    query_command,
    topics_command,
    dead_letters_command,
    demo_command,
):
    module.register(app)


def main() -> None:
    """Run the command line, and exit with a code that scripts can act on."""
    try:
        code = app(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        typer.echo("stopped", err=True)
        code = 130
    except DefinitionError as error:
        _tell(error.problems)
        code = PROBLEMS
    except UnavailableError as error:
        typer.echo(str(error), err=True)
        code = UNAVAILABLE
    except RecordError as error:
        typer.echo(f"{error} ({error.code})", err=True)
        code = PROBLEMS
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _tell(problems: tuple[object, ...]) -> None:
    for problem in problems:
        typer.echo(str(problem), err=True)
    if len(problems) > 1:
        typer.echo(f"{len(problems)} problems", err=True)
