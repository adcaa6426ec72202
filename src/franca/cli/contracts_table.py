"""How differences between the model and its published contracts are shown, as a table and for programs."""

from collections.abc import Sequence

import typer

from franca.cli.output import print_table
from franca.contracts.verdicts import Finding
from franca.operations.publication import EntityVersion


def described(found: Sequence[EntityVersion]) -> list[dict[str, object]]:
    """Return every contract with its state and its changes, for programs."""
    return [
        {
            "contract": version.contract.id,
            "topic": version.contract.topic,
            "state": _state(version),
            "changes": [_described(version, finding) for finding in version.findings],
        }
        for version in found
    ]


def show_changes(found: Sequence[EntityVersion], remedy: str = "") -> None:
    """Print what differs from the published contracts, and what it means for whom, if anything does.

    `remedy` is what helps where all of it is compatible.
    """
    rows = [
        (version.place(finding), _change(finding), _verdict(finding), name, verdict.meaning)
        for version in found
        for finding in version.findings
        for name, verdict in finding.verdicts._asdict().items()
    ]
    if rows:
        columns = ("where", "change", "compatible", "readers of", "what it means")
        print_table("\nNot as published", columns, _told_once(rows))
    if rows and remedy and all(version.compatible for version in found):
        typer.echo(f"compatible, and not migrated yet: {remedy}")


def _state(version: EntityVersion) -> str:
    if version.declared is None:
        return "withdrawn"
    if version.is_new:
        return "new"
    if not version.findings:
        return "published"
    return "compatible" if version.compatible else "incompatible"


def _described(version: EntityVersion, finding: Finding) -> dict[str, object]:
    difference = finding.difference
    return {
        "where": version.place(finding),
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
