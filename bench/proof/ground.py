"""Where the proof happens: the stage, what is kept between runs, and how a contestant is run."""

import json
import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec
import pyarrow as pa

from bench.messages import create, fill, raw
from bench.plan import tell
from bench.process import Cost, called, module
from bench.proof import bank
from bench.proof.difference import Wanted, kinds
from bench.proof.equality import expect
from bench.proof.given import left_alone
from bench.proof.measure import Measure, servers
from bench.proof.plan import Plan
from bench.proof.programs.bank import TABLES
from bench.proof.reading import Content, content
from bench.stage import Project, Stage


@dataclass(frozen=True, slots=True)
class Ground:
    """Services, folders and the plan. `home` is kept from run to run: inputs, bases, the ledger."""

    stage: Stage
    home: Path
    plan: Plan
    topics: dict[tuple[str, int], str] = field(default_factory=dict)

    def run(self, command: list[str], *given: Path) -> Cost:
        """Run a program, and wait for all of its tree. Raises InputChangedError where it changed `given`."""
        with left_alone(called(command), given):
            return self.stage.run(module("bench.proof.reaper", *command))

    def new_folder(self, contestant: str) -> Path:
        """Return an empty folder for a contestant's tables."""
        folder = self.stage.folder / self.stage.new_name(contestant)
        folder.mkdir()
        return folder

    def bank_file(self, size: int) -> Path:
        """Return the bank's messages as a file."""
        path = self.home / f"bank-{size}.jsonl"
        if not path.exists():
            tell(f"writing {size:,} messages to a file")
            self.home.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".draft")
            bank.write_file(draft, size)
            draft.replace(path)
        return path

    def bank_topic(self, size: int) -> str:
        """Return a raw topic with the bank's messages."""
        if ("bank", size) not in self.topics:
            topic = self.stage.new_name("raw")
            create(self.stage.bootstrap, topic)
            tell(f"filling {topic} with {size:,} messages")
            fill(self.stage.bootstrap, topic, raw, size)
            self.topics["bank", size] = topic
        return self.topics["bank", size]

    def bank_content(self, size: int) -> dict[str, Content]:
        """Return what the bank's tables hold in the end, computed by other means."""
        path = self.home / f"bank-{size}.content.json"
        if not path.exists():
            found = {name: content(t, bank.compared(name)) for name, t in bank.expected(size).items()}
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({name: [c, str(h)] for name, (c, h) in found.items()}))
        kept = json.loads(path.read_text())
        return {name: (int(count), int(hashes)) for name, (count, hashes) in kept.items()}


def measured(
    workload: str,
    contestant: str,
    size: int,
    cost: Cost,
    folder: Path,
    *servers_named: str,
    since: frozenset[Path] = frozenset(),
) -> Measure:
    """Return a finished run as a measurement; its repetition is told later."""
    rows, objects = written(folder, since)
    return Measure(
        workload=workload,
        contestant=contestant,
        size=size,
        repetition=0,
        changes=size,
        cpu_seconds=cost.cpu_seconds,
        server_cpu_seconds=servers(cost, *servers_named),
        seconds=cost.seconds,
        megabytes=cost.peak_megabytes,
        together_megabytes=cost.together_megabytes,
        rows=rows,
        objects=objects,
    )


def followed(found: Measure, cost: Cost, *servers_named: str) -> Measure:
    """Return a measurement with what a program behind it took."""
    return msgspec.structs.replace(
        found,
        cpu_seconds=found.cpu_seconds + cost.cpu_seconds,
        server_cpu_seconds=found.server_cpu_seconds + servers(cost, *servers_named),
        seconds=found.seconds + cost.seconds,
        megabytes=max(found.megabytes, cost.peak_megabytes),
        together_megabytes=max(found.together_megabytes, cost.together_megabytes),
    )


def written(folder: Path, since: frozenset[Path] = frozenset()) -> tuple[int, int]:
    """Return how many rows and objects the Delta tables below a folder got, by their logs; 0 rows without.

    A file that is there already and only got a deletion vector has no new rows.
    """
    rows = 0
    paths = [path for path in folder.rglob("*") if path.is_file() and path not in since]
    for path in paths:
        if path.parent.name == "_delta_log" and path.suffix == ".json":
            actions = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            adds = [action["add"] for action in actions if "add" in action]
            new = [add for add in adds if add.get("stats") and not add.get("deletionVector")]
            rows += sum(json.loads(add["stats"])["numRecords"] for add in new)
    return rows, len(paths)


def check_bank(ground: Ground, who: str, folder: Path, size: int, suffix: str = "", below: str = "") -> None:
    """Compare a contestant's tables with what they should be."""
    for name, found in ground.bank_content(size).items():
        columns, compared = kinds(TABLES[name], bank.KINDS), bank.compared(name)
        wanted = Wanted(name, columns, compared, found, "_sequence", partial(_bank_rows, name, size))
        expect(who, folder / f"{name}{suffix}" / below, wanted, suffix)


def _bank_rows(name: str, size: int) -> pa.Table:
    return bank.expected(size)[name]


def lake(project: Project) -> Path:
    """Return where a project's lake is."""
    return project.folder / ".franca" / "lake"


def remove(folder: Path) -> None:
    """Free the disk."""
    shutil.rmtree(folder, ignore_errors=True)
