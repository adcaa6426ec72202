"""Where the measurements happen: real services of their own, and projects as a user writes them."""

import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType

import psycopg

from bench.messages import event, fill
from bench.plan import Plan, tell
from bench.process import Cost, launch, module, run, tree_cpu_seconds
from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres

BANK = Path(__file__).parent / "bank"


@dataclass(frozen=True, slots=True)
class Project:
    """A copy of the benchmark's bank. `suffix` ends the names of its application and entities."""

    folder: Path
    suffix: str

    def franca(self, *arguments: str) -> list[str]:
        """Return the command line of `franca` for this project."""
        return module("franca", "--project", self.folder, *arguments)

    @property
    def on_ramp(self) -> str:
        """The on-ramp's pipeline."""
        return f"crm{self.suffix}.on-ramp"

    @property
    def individual(self) -> str:
        """The entity, its topic and its tables."""
        return f"individual{self.suffix}"

    @property
    def customer(self) -> str:
        """The entity, its topic and its tables."""
        return f"customer{self.suffix}"

    def forget(self) -> None:
        """Drop lake, archive and what was learned."""
        shutil.rmtree(self.folder / ".franca", ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Stage:
    """Running services, and a folder for everything that measurements make."""

    folder: Path
    bootstrap: str
    dsn: str
    servers: dict[str, int]
    """Names and pids."""
    second_start_seconds: float

    def project(self, raw_topic: str = "", suffix: str = "", capture: str = "auto") -> Project:
        """Write a project that reads `raw_topic`, every setting of speed at its default."""
        suffix = suffix or f"_{uuid.uuid4().hex[:6]}"
        folder = self.folder / f"bank{suffix}"
        write_bank(folder, suffix)
        topic = raw_topic or f"raw.crm{suffix}.cust"
        (folder / "franca.toml").write_text(
            f'[kafka]\nbootstrap = "{self.bootstrap}"\n[store]\ndsn = "{self.dsn}"\n'
            f'[applications.crm{suffix}.tables.cust]\ntopic = "{topic}"\ncapture = "{capture}"\n',
            encoding="utf-8",
        )
        return Project(folder, suffix)

    def new_name(self, kind: str) -> str:
        """Return a name that nothing has yet."""
        return f"{kind}_{uuid.uuid4().hex[:8]}"

    def empty_store(self, project: Project) -> None:
        """Forget what the store holds of a project, and where its pipelines were."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for table in (project.individual, project.customer):
                connection.execute(f'DROP TABLE IF EXISTS "{table}" CASCADE')
            connection.execute("DROP SCHEMA IF EXISTS franca CASCADE")

    def run(self, command: list[str]) -> Cost:
        """Run a program, and add what the servers used meanwhile."""
        before = self._used()
        cost = run(command)
        after = self._used()
        return replace(cost, server_cpu_seconds={name: after[name] - before[name] for name in after})

    def _used(self) -> dict[str, float]:
        return {name: tree_cpu_seconds(pid) for name, pid in self.servers.items()}


def events_projects(stage: Stage, plan: Plan) -> dict[int, Project]:
    """Return a project for each size, with so many events of individuals on its topic."""
    projects = {size: stage.project() for size in plan.sizes}
    for size, project in projects.items():
        tell(f"filling {project.individual} with {size:,} events")
        run(project.franca("topics"))
        fill(stage.bootstrap, project.individual, partial(event, project.individual), size)
    return projects


def write_bank(folder: Path, suffix: str) -> None:
    """Copy the bank to a folder, without settings."""
    shutil.copytree(BANK, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "suffix.py").write_text(f'SUFFIX = "{suffix}"\n', encoding="utf-8")


@contextmanager
def opened(folder: Path) -> Iterator[Stage]:
    """Start services as a user does, twice, and give the stage; stop them after.

    A bench that is told to end does so in good order, in the background too.

    Raises:
        SystemExit: 128 and the signal's number, whatever the interruption broke on its way here.
    """
    home = folder / "services"
    write_bank(home, "")
    (home / "franca.toml").write_text("", encoding="utf-8")
    franca = [*module("franca", "--project", home)]
    asked: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        run([*franca, "up"])
        run([*franca, "down"])
        began = time.perf_counter()
        run([*franca, "up"])
        second_start = time.perf_counter() - began
        yield _stage(folder, home / ".franca", second_start)
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # the services are on their way down
        launch([*franca, "down"], folder, subprocess.DEVNULL).wait(120)
        for number, handler in before.items():
            signal.signal(number, handler)
        if asked:
            sys.exit(128 + asked[0])


def _stage(folder: Path, state: Path, second_start: float) -> Stage:
    kafka, postgres = LocalKafka(state), LocalPostgres(state)
    servers = {"kafka": kafka.pid, "postgres": postgres.pid}
    return Stage(folder, kafka.bootstrap, postgres.dsn, servers, second_start)
