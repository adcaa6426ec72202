"""The second workload: changes of random keys of two large tables, an hour's or a day's at once.

A batch starts a process for each increment and merges it. franca runs all the time: it is fed an hour's
changes each second, until it is time for one fold of each table, which counts.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from confluent_kafka import Producer

from bench.plan import tell
from bench.process import run
from bench.proof import changes
from bench.proof.difference import Wanted
from bench.proof.environments import python_command, spark_command
from bench.proof.equality import expect
from bench.proof.ground import Ground, lake, measured, remove, written
from bench.proof.live import Live, running
from bench.proof.measure import Measure, servers
from bench.proof.programs.bank_columns import FIELDS
from bench.stage import Project

WORKLOAD = "increments"
SERVERS = ("kafka", "postgres")


def franca(ground: Ground, cycle: int) -> Measure:
    """Measure franca: so many changes as lead to one fold, folding and upkeep included."""
    plan, stage = ground.plan, ground.stage
    base = _franca_base(ground)
    project = stage.project()
    _never_by_itself(project)
    _enter(base, lake(project), project)
    before = frozenset(lake(project).rglob("*"))
    run(project.franca("topics"))
    with running(stage, project.franca("run", project.on_ramp, "lake"), *SERVERS) as live:
        _feed(ground, project, 0, plan.hour)
        _wait(live, project, before, 2 * plan.hour)
        begun, start = live.used(), time.perf_counter()
        for number in range(plan.hour, cycle, plan.hour):
            _feed(ground, project, number, min(plan.hour, cycle - number))
            _until(start, number / plan.hour)
        _wait(live, project, before, 2 * cycle)
        used, seconds = live.used().since(begun), time.perf_counter() - start
        megabytes, together = live.megabytes(), live.together_megabytes()
    upkeep = ground.run(project.franca("lake", "upkeep"))
    for wanted in _wanted(ground, cycle):
        expect(
            "franca", lake(project) / f"{wanted.name}{project.suffix}" / "snapshot", wanted, project.suffix
        )
    rows, objects = written(lake(project), before)
    remove(lake(project))
    fed = cycle - plan.hour
    share = fed / cycle
    folding, behind = upkeep.cpu_seconds, servers(upkeep, *SERVERS)
    return Measure(
        workload=WORKLOAD,
        contestant="franca",
        size=cycle,
        repetition=0,
        changes=fed,
        cpu_seconds=used.own + folding * share,
        server_cpu_seconds=used.servers + behind * share,
        seconds=seconds + upkeep.seconds,
        megabytes=max(megabytes, upkeep.peak_megabytes),
        together_megabytes=max(together, upkeep.together_megabytes),
        rows=round(rows * share),
        objects=round(objects * share),
        again=changes.AGAIN,
        extra={
            "upkeep": (folding + behind) / cycle * 1_000_000,
            "upkeep, MB": upkeep.peak_megabytes,
            "upkeep, s": upkeep.seconds,
        },
    )


def _never_by_itself(project: Project) -> None:
    """The upkeep is run when the changes are there, in place of every five minutes."""
    settings = project.folder / "franca.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "[lake]\nupkeep_seconds = 0\n")


def _enter(base: Path, target: Path, project: Project) -> None:
    """Lay the base under the names of a project."""
    target.mkdir(parents=True)
    for entity in FIELDS:
        shutil.copytree(base / entity, target / f"{entity}{project.suffix}")


def _feed(ground: Ground, project: Project, start: int, count: int) -> None:
    settings = {"bootstrap.servers": ground.stage.bootstrap, "linger.ms": 5, "partitioner": "murmur2_random"}
    producer = Producer({**settings, "compression.type": "lz4"})
    for number in range(start, start + count):
        key, value = changes.change(number, ground.plan.base)
        producer.produce(f"raw.crm{project.suffix}.cust", value, key)
    producer.flush()


def _until(start: float, seconds: float) -> None:
    time.sleep(max(0.0, start + seconds - time.perf_counter()))


def _wait(live: Live, project: Project, before: frozenset[Path], rows: int) -> None:
    live.wait(lambda: written(lake(project), before)[0] >= rows, f"{rows:,} rows in the lake")


def _franca_base(ground: Ground) -> Path:
    """Return the base as franca's lake has it: backfilled and folded, kept from run to run."""
    kept = ground.home / f"base-{ground.plan.base}" / "franca"
    if not kept.exists():
        tell(f"backfilling and folding {ground.plan.base:,} rows")
        project = ground.stage.project()
        _never_by_itself(project)
        file = ground.stage.folder / "base.parquet"
        changes.write_rows(file, ground.plan.base)
        table = f"crm{project.suffix}.cust"
        run(project.franca("topics"))
        run(project.franca("backfill", table, str(file), "--into", "lake", "--time", "2023-11-14"))
        run(project.franca("lake", "upkeep"))
        file.unlink()
        draft = kept.with_name("franca-draft")
        shutil.rmtree(draft, ignore_errors=True)
        for entity in FIELDS:
            shutil.copytree(lake(project) / f"{entity}{project.suffix}", draft / entity)
        draft.replace(kept)
        remove(lake(project))
    return kept


def _tables(ground: Ground) -> Path:
    """Return the base as batches have it, kept from run to run."""
    kept = ground.home / f"base-{ground.plan.base}" / "tables"
    if not kept.exists():
        tell(f"writing two tables of {ground.plan.base:,} rows")
        draft = kept.with_name("tables-draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        changes.write_base(draft, ground.plan.base)
        draft.replace(kept)
    return kept


def _wanted(ground: Ground, count: int) -> list[Wanted]:
    return changes.wanted(_tables(ground), ground.plan.base, count)


def merge(
    name: str, command: Callable[[Ground], list[str]], *, has_vectors: bool = False
) -> Callable[[Ground, int], Measure]:
    """Return what measures a merge; `has_vectors` where its tables keep deletion vectors, as Spark can."""

    def run_merge(ground: Ground, size: int) -> Measure:
        file = _tables(ground).with_name(f"changes-{size}-{changes.AGAIN}.jsonl")
        if not file.exists():
            changes.write_file(file.with_suffix(".draft"), ground.plan.base, size)
            file.with_suffix(".draft").replace(file)
        folder = ground.stage.folder / ground.stage.new_name(name)
        wanted = _wanted(ground, size)
        shutil.copytree(_tables(ground), folder)
        if has_vectors:
            ground.run(_vectors(ground, "on", folder))
        before = frozenset(folder.rglob("*"))
        cost = ground.run([*command(ground), str(file), str(folder)], file, _tables(ground))
        found = measured(WORKLOAD, name, size, cost, folder, since=before)
        plain = folder.with_name(f"{folder.name}-plain") if has_vectors else folder
        if has_vectors:
            ground.run(_vectors(ground, "copy", folder, plain))
        for each in wanted:
            expect(name, plain / each.name, each)
        remove(plain)
        remove(folder)
        return msgspec.structs.replace(found, again=changes.AGAIN)

    return run_merge


def _own(script: str) -> Callable[[Ground], list[str]]:
    return lambda ground: python_command("", ground.plan.installs, script)


def _spark(ground: Ground) -> list[str]:
    return spark_command(ground.plan.installs, "spark_merge")


def _vectors(ground: Ground, *arguments: object) -> list[str]:
    return spark_command(ground.plan.installs, "spark_vectors", *arguments)


CONTESTANTS: dict[str, Callable[[Ground, int], Measure]] = {
    "franca": franca,
    "spark-merge": merge("spark-merge", _spark),
    "spark-merge-dv": merge("spark-merge-dv", _spark, has_vectors=True),
    "deltalake-merge": merge("deltalake-merge", _own("deltalake_merge")),
    "duckdb-rewrite": merge("duckdb-rewrite", _own("duckdb_rewrite")),
}
