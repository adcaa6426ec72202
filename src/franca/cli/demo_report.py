"""What `franca demo` shows at its end: the stages compared, two answers in SQL, rates, what to try next."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from franca.cli.output import print_table
from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.config.project import Project
from franca.pipeline.progress import Progress

if TYPE_CHECKING:
    from franca.local.reconcile import EntityCount

QUESTIONS = {
    "Who are the customers?": (
        "select c.status, i.gender, count(*) as customers from customer c "
        "join individual i on i.id = c.party_id group by all order by customers desc limit 6"
    ),
    "Which accounts do active customers hold?": (
        "select a.account_type, a.status, count(*) as accounts from account a "
        "join customer c on c.customer_number = a.customer_number "
        "where c.status = 'Active' group by all order by accounts desc limit 6"
    ),
}
NEXT = (
    "franca query 'select * from individual limit 5'",
    "franca up",
    "franca status",
    "franca dead-letters list",
    "franca new bank     # a project of your own",
)


@dataclass(slots=True)
class Result:
    """What the demo has seen: counts per entity, the workers' last pictures, seconds, messages sent."""

    counts: "list[EntityCount]"
    bulk: list[Progress]
    live: list[Progress]
    sent: int
    seconds: float


def show(project: Project, result: Result, rate: int) -> None:
    """Print what the stages hold, two answers in SQL, the rates and the latencies."""
    rows = [
        (c.entity, c.sent, c.raw, c.changes, c.events, c.dead, c.topic.count, c.lake.count, c.store.count,
         c.topic.hash[:12], "yes" if c.agrees else "NO")
        for c in result.counts
    ]  # fmt: skip
    columns = ("entity", "sent", "raw topic", "changes", "events", "dead letters", "topic rows", "lake rows",
               "store rows", "hash", "all agree")  # fmt: skip
    print_table("\nEvery stage, counted and hashed (a change is an event or a dead letter)", columns, rows)
    from franca.views.lake import open_lake  # in an extra, and slow to load

    places = endpoints(project, "", "")
    with open_lake(places.lake_url, shapes(project), places.lake_options) as lake:
        for question, text in QUESTIONS.items():
            answer = lake.query(text)
            print_table(f"\n{question}", answer.columns, answer.rows)
    rates = [(p.pipeline, p.read, p.dead) for p in result.bulk]
    print_table("\nRead in the first stretch", ("pipeline", "messages", "dead"), rates)
    on_ramps = [p for p in result.live if p.pipeline.endswith("on-ramp")]
    latencies = [(p.pipeline, p.p50_milliseconds, p.p99_milliseconds) for p in on_ramps]
    print_table(f"\nFrom raw to topic at {rate:,}/s", ("pipeline", "p50 ms", "p99 ms"), latencies)
    sent = result.sent
    typer.echo(f"\n{sent:,} messages sent, mapped and stored everywhere in {result.seconds:.1f} s, "
               f"{sent / result.seconds:,.0f}/s, start of all workers included")  # fmt: skip


def say_next(folder: Path, *, agree: bool) -> None:
    """Print the verdict and what to try next."""
    typer.echo("\nevery stage agrees" if agree else "\nsome stages DISAGREE: see the table above")
    typer.echo("\nTry next:")
    for line in (f"cd {folder}", *NEXT):
        typer.echo(f"  {line}")
