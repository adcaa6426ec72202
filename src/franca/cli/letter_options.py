"""The options that choose dead letters, alike in every command that has them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_args

import typer

from franca.cli.completion import applications, tables
from franca.cli.moments import HELP, span
from franca.errors import Stage, UsageError
from franca.operations.letters.filter import Filter


def named_table(table: str, application: str) -> tuple[str, str]:
    """Return the application and the bare name of a table that is told as `cust` or `crm.cust`.

    Either may be empty. Raises UsageError where it is a table of another application.
    """
    named, _, bare = table.rpartition(".")
    if named and application and named != application:
        reason = f"is a table of {named!r}, and --application says {application!r}"
        raise UsageError.one(table, reason, "say one of them")
    return application or named, bare


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options in the place of its parameter `where`, which gets the filter they mean.

    Raises UsageError, when the command is called, for options that mean nothing.
    """
    options = inspect.signature(filter_of).parameters
    signature = inspect.signature(command)
    parameters = [
        each
        for own in signature.parameters.values()
        for each in (options.values() if own.name == "where" else (own,))
    ]

    @wraps(command)
    def chosen(**given: Any) -> None:
        where = filter_of(**{name: given.pop(name) for name in options})
        command(where=where, **given)

    chosen.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # as inspect reads it
    chosen.__annotations__ = {each.name: each.annotation for each in parameters}
    return chosen


def filter_of(
    application: Annotated[
        str, typer.Option(help="Only letters of this application.", autocompletion=applications)
    ] = "",
    table: Annotated[
        str, typer.Option(help="Only of this table: `cust` or `crm.cust`.", autocompletion=tables)
    ] = "",
    stage: Annotated[str, typer.Option(help="Only of this stage: decode, map or write.")] = "",
    code: Annotated[str, typer.Option(help="Only letters with this code.")] = "",
    mapping: Annotated[
        str, typer.Option(help="Only those that this mapping refused, or this version of the mappings.")
    ] = "",
    topic: Annotated[str, typer.Option(help="Only records of this topic.")] = "",
    key: Annotated[str, typer.Option(help="Only records with this key, or with this value in it.")] = "",
    since: Annotated[
        str | None, typer.Option(help=f"Only letters refused at this moment or later: {HELP}.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only letters refused before this moment.")] = None,
) -> Filter:
    """Return the filter that the options mean; of their letters none is discarded. Raises UsageError."""
    named, bare = named_table(table, application)
    stages = get_args(Stage)
    if stage and stage not in stages:
        raise UsageError.one(stage, "no such stage", f"expected one of {', '.join(stages)}")
    return Filter(named, code, (), bare, stage, mapping, topic, key, *span(since, until))
