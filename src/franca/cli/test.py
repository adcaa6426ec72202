"""`franca test`: the data tests that follow from the model, and those that it declares."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.progress import Progress

from franca.cli.completion import data_tests
from franca.cli.context import Context
from franca.cli.output import console, exact, finite, print_entries, print_json, print_table
from franca.config.endpoints import endpoints
from franca.local.endpoints import find_endpoints
from franca.operations.data_tests import DataTests, Wish, chosen, counts_by_status, place_of
from franca.operations.failures import keep_failures
from franca.trust.checks import Check
from franca.trust.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test")(run_data_tests)


def run_data_tests(
    context: typer.Context,
    store: Annotated[bool, typer.Option("--store/--lake", help="Which of the two is tested.")] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            "-s",
            help="Tests by name, entity, entity.field, kind:KIND or severity:warn; * for any characters.",
            autocompletion=data_tests,
        ),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="The same, to leave them out.")] = None,
    samples: Annotated[int, typer.Option(help="So many failing rows of each test are shown.", min=0)] = 5,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data as well.")] = False,
    only_list: Annotated[bool, typer.Option("--list", help="List the tests; carry out none.")] = False,
    store_failures: Annotated[
        bool, typer.Option("--store-failures", help="Keep the failing rows where the tests ran.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Test the current rows of the lake or the store; exit code 1 where a test of severity error fails.

    The model gives tests by itself: keys unique, fields without `| None` filled, enumerations' values, links'
    targets. It may declare more, and limits. Deleted entities do not count. Personal data is masked.

    Example: `franca test --select individual`, or `franca test --store --json`
    """  # fmt: skip
    franca: Context = context.obj
    project = franca.project
    project.check()
    wish = Wish(tuple(select or ()), tuple(exclude or ()), samples, reveal)
    checks = chosen(project, wish)
    if only_list:
        _list(checks, as_json)
        return
    places = find_endpoints(project, kafka=False) if store else endpoints(project, "", "")
    with place_of(project, places, checks, store=store) as place:
        tests = DataTests(project, place, wish, store=store)
        outcomes = _carried_out(tests, checks, keep=store_failures)
    if store_failures:
        keep_failures(
            places, tests.failures, [o.test for o in outcomes if o.status != "skipped"], store=store
        )
    if as_json:
        print_json(finite({"place": "store" if store else "lake", "tests": outcomes_of(outcomes)}))
    else:
        _show(outcomes)
    if any(outcome.status == "error" for outcome in outcomes):
        raise typer.Exit(1)


def outcomes_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return outcomes as JSON has them."""
    return [{name: getattr(outcome, name) for name in outcome.__struct_fields__} for outcome in outcomes]


def _carried_out(tests: DataTests, checks: Sequence[Check], *, keep: bool) -> list[Outcome]:
    out = console(error=True)
    with Progress(console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("tests", total=len(checks))
        outcomes = []
        for check in checks:
            bar.update(task, description=check.name)
            outcomes.append(tests.carry_out(check, keep=keep))
            bar.advance(task)
    return outcomes


def _list(checks: Sequence[Check], as_json: bool) -> None:
    rows = [(c.name, c.kind, c.limits.severity, c.limits.allow, c.missing or c.sql) for c in checks]
    columns = ("test", "kind", "severity", "allow", "failing rows")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table("", columns, rows)


def _show(outcomes: Sequence[Outcome]) -> None:
    counted = any(o.rows is not None for o in outcomes)
    rows = [(o.test, o.status, o.failing, *([o.rows] if counted else []), o.seconds) for o in outcomes]
    print_table("", ("test", "status", "failing", *(["of rows"] if counted else []), "seconds"), rows)
    reasons = [(o.test, [o.reason]) for o in outcomes if o.reason]
    print_entries("\nWhy" if reasons else "", reasons)
    for outcome in outcomes:
        if outcome.sample and outcome.status != "pass":
            title = f"\n{outcome.test}, {len(outcome.sample)} of {outcome.failing:,} failing rows"
            print_table(title, list(outcome.sample[0]), [list(row.values()) for row in outcome.sample], exact)
    counts = counts_by_status(outcomes)
    told = ", ".join(f"{counts[status]} {status}" for status in ("pass", "warn", "error", "skipped"))
    typer.echo(f"\n{len(outcomes)} tests: {told}")
