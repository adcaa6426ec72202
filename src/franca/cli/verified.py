"""What `franca lake verify` found, as a person reads it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from franca.cli.output import print_table

if TYPE_CHECKING:
    from franca.lake.verification import Verified


def print_verified(found: Sequence["Verified"], *, with_table: bool) -> None:
    """Print a line per entity, and on standard error what is wrong and what is to be known."""
    columns = ("entity", "events", "proved", "parked", "folded", "snapshot", "state")
    if with_table:
        print_table("", columns, [_row(each) for each in found])
    for each in found:
        for problem in each.problems:
            typer.echo(f"{each.entity}: {problem}", err=True)
        for remark in each.remarks:
            typer.echo(f"{each.entity}: (remark) {remark}", err=True)


def _row(each: "Verified") -> tuple[object, ...]:
    seen = [place for place in each.places if place.begins is not None]
    proved, parked = sum(place.proved for place in seen), sum(place.parked for place in seen)
    state = f"{len(each.problems)} problems" if each.problems else "right"
    compared = (proved, parked) if seen else ("-", "-")
    return each.entity, each.events, *compared, each.folded, each.rows, state
