"""How differences between the model and its published contracts are shown, as a table and for programs."""

from collections.abc import Sequence

import typer

from franca.cli.output import print_table
from franca.config.contracts import Standing
from franca.contracts.verdicts import Finding


def described(found: Sequence[Standing]) -> list[dict[str, object]]:
    """Return every contract with its state and its changes, for programs."""
    return [
        {
            "contract": standing.contract.id,
            "topic": standing.contract.topic,
            "state": _state(standing),
            "changes": [_described(standing, finding) for finding in standing.findings],
        }
        for standing in found
    ]


def show_changes(found: Sequence[Standing], remedy: str = "") -> None:
    """Print what differs from the published contracts, and what it means for whom, if anything does.

    `remedy` is what helps where all of it is compatible.
    """
    rows = [
        (standing.place(finding), _change(finding), _verdict(finding), name, verdict.meaning)
        for standing in found
        for finding in standing.findings
        for name, verdict in finding.verdicts._asdict().items()
    ]
    if rows:
        columns = ("where", "change", "compatible", "readers of", "what it means")
        print_table("\nNot as published", columns, _told_once(rows))
    if rows and remedy and all(standing.compatible for standing in found):
        typer.echo(f"compatible, and not migrated yet: {remedy}")


def _state(standing: Standing) -> str:
    if standing.declared is None:
        return "withdrawn"
    if standing.is_new:
        return "new"
    if not standing.findings:
        return "published"
    return "compatible" if standing.compatible else "incompatible"


def _described(standing: Standing, finding: Finding) -> dict[str, object]:
    difference = finding.difference
    return {
        "where": standing.place(finding),
        "field": difference.path,
        "change": difference.change,
        "before": difference.before,
        "after": difference.after,
        "compatible": finding.compatible,
        "may_be_accepted": finding.acceptable,
        "consumers": {name: each._asdict() for name, each in finding.verdicts._asdict().items()},
    }


def _change(finding: Finding) -> str:
    difference = finding.difference
    ends = [each for each in (difference.before, difference.after) if each]
    return difference.change.replace("-", " ") + (f": {' -> '.join(ends)}" if ends else "")


def _verdict(finding: Finding) -> str:
    return "yes" if finding.compatible else "no"


def _told_once(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the rows with what is the same as in the row above left out."""
    shown: list[tuple[str, ...]] = []
    before: tuple[str, ...] = ()
    for row in rows:
        shown.append(("", "", "", *row[3:]) if row[:2] == before else row)
        before = row[:2]
    return shown
