"""The third workload: TPC-DI's customer management, updates and deletes to the current state."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pyarrow as pa
from confluent_kafka import Producer

from bench.messages import create
from bench.plan import tell
from bench.proof import bank
from bench.proof.actions import FIRST_DAY, Management
from bench.proof.difference import Wanted, kinds
from bench.proof.environments import python_command, spark_command
from bench.proof.equality import ONCE, expect
from bench.proof.ground import Ground, followed, lake, measured, remove
from bench.proof.measure import Measure, servers
from bench.proof.programs.mgmt_columns import DATES, ENTITIES, NUMBERS
from bench.proof.programs.states import STATE
from bench.proof.reading import DATE, WHOLE, Content, content
from bench.stage import Project

WORKLOAD = "tpcdi"
PROJECT = Path(__file__).parent / "tpcdi"
SERVERS = ("kafka", "postgres")
KINDS = {**dict.fromkeys(NUMBERS, WHOLE), **dict.fromkeys(DATES, DATE)}
"""What the fields are that are no text."""


def franca(ground: Ground, actions: int) -> Measure:
    """Measure franca: two raw topics to two entity topics to two lake tables, then folded."""
    project = _project(ground, _topics(ground, actions))
    streamed = ground.run(project.franca("run", "--until-caught-up", f"mgmt{project.suffix}.on-ramp", "lake"))
    folded = ground.run(project.franca("lake", "fold"))
    _check(ground, "franca", lake(project), actions, project.suffix, "snapshot")
    found = measured(WORKLOAD, "franca", actions, streamed, lake(project), *SERVERS)
    remove(lake(project))
    kept, behind = _of(ground, found), servers(folded, *SERVERS)
    return msgspec.structs.replace(
        followed(kept, folded, *SERVERS),
        extra={"fold": (folded.cpu_seconds + behind) / kept.changes * 1_000_000},
    )


def _topics(ground: Ground, actions: int) -> dict[str, str]:
    """Return the raw topics of both tables, filled with the changes by their keys."""
    for entity, fields in ENTITIES.items():
        if (entity, actions) in ground.topics:
            continue
        topic = ground.topics[entity, actions] = ground.stage.new_name(f"raw.{entity}")
        create(ground.stage.bootstrap, topic)
        settings = {"bootstrap.servers": ground.stage.bootstrap, "partitioner": "murmur2_random"}
        producer = Producer({**settings, "linger.ms": 50})
        key = next(iter(fields.values()))
        for line in (_files(ground, actions) / f"{entity}.jsonl").open("rb"):
            change = json.loads(line)
            told = json.dumps({key: (change["after"] or change["before"])[key]}).encode()
            producer.produce(topic, line.rstrip(), told)
            producer.poll(0)
        producer.flush()
    return {entity: ground.topics[entity, actions] for entity in ENTITIES}


def _of(ground: Ground, found: Measure) -> Measure:
    """Return a measurement with the number of changes that the actions make."""
    return msgspec.structs.replace(found, changes=int(_contents(ground, found.size)["changes"][0]))


def _project(ground: Ground, topics: dict[str, str]) -> Project:
    suffix = f"_{ground.stage.new_name('p')[-6:]}"
    folder = ground.stage.folder / f"mgmt{suffix}"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "suffix.py").write_text(f'SUFFIX = "{suffix}"\n', encoding="utf-8")
    settings = f'[kafka]\nbootstrap = "{ground.stage.bootstrap}"\n[store]\ndsn = "{ground.stage.dsn}"\n'
    for entity, topic in topics.items():
        settings += f'[applications.mgmt{suffix}.tables.{entity}]\ntopic = "{topic}"\n'
    (folder / "franca.toml").write_text(settings, encoding="utf-8")
    return Project(folder, suffix)


def batch(
    name: str, command: Callable[[Ground], list[str]], inner: str = ""
) -> Callable[[Ground, int], Measure]:
    """Return what measures a batch, run with a folder of changes and one for its tables (below `inner`)."""

    def run(ground: Ground, actions: int) -> Measure:
        folder = ground.new_folder(name)
        files = _files(ground, actions)
        cost = ground.run([*command(ground), str(files), str(folder)], files)
        _check(ground, name, folder / inner, actions)
        found = measured(WORKLOAD, name, actions, cost, folder / inner)
        remove(folder)
        return _of(ground, found)

    return run


def _spark_stream(ground: Ground, actions: int) -> Measure:
    """Measure Spark Structured Streaming, which merges each micro-batch."""
    folder, topics = ground.new_folder("spark-stream"), _topics(ground, actions)
    command = spark_command(ground.plan.installs, "mgmt_spark_stream")
    told = [ground.stage.bootstrap, *(topics[entity] for entity in ENTITIES), str(folder)]
    cost = ground.run([*command, *told])
    _check(ground, "spark-stream", folder, actions)
    found = measured(WORKLOAD, "spark-stream", actions, cost, folder, "kafka")
    remove(folder)
    return _of(ground, found)


def _files(ground: Ground, actions: int) -> Path:
    """Return the folder with the changes of both tables, and what they come to; kept from run to run."""
    kept = ground.home / f"mgmt-{actions}"
    if not kept.exists():
        tell(f"writing the changes of {actions:,} actions")
        draft = kept.with_name(f"{kept.name}-draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        management = Management()
        files = {entity: (draft / f"{entity}.jsonl").open("wb") for entity in ENTITIES}
        count = 0
        for table, _key, value in management.changes(actions):
            files[table].write(value + b"\n")
            count += 1
        for file in files.values():
            file.close()
        found = {entity: content(_rows(entity, management), _compared(entity)) for entity in ENTITIES}
        texts = {
            name: [number, str(hashes)] for name, (number, hashes) in {**found, "changes": (count, 0)}.items()
        }
        (draft / "content.json").write_text(json.dumps(texts), encoding="utf-8")
        draft.replace(kept)
    return kept


def _rows(entity: str, management: Management) -> pa.Table:
    """Return an entity's current state, computed from what the actions left."""
    rows = {"customer": management.customers, "account": management.accounts}[entity]
    places = [management.places[entity, number] for number in rows]
    moments = pa.array([FIRST_DAY + place for place in places], pa.timestamp("ms", "UTC"))
    arrays = {
        "_sequence": pa.array([f"0001.lsn.{place:020d}.000" for place in places]),
        "_mapping": pa.array([1] * len(rows)),
        "_origin": pa.array(["mgmt"] * len(rows)),
        "_changed_at": moments.cast(pa.timestamp("us", "UTC")),
    }
    for name, column in ENTITIES[entity].items():
        values = [row[column] for row in rows.values()]
        if name == "gender":
            values = [{"M": "Male", "F": "Female"}.get(str(value)) for value in values]
        if name in DATES:
            arrays[name] = pa.array(values, pa.int32()).cast(pa.date32())
        else:
            arrays[name] = pa.array(values, pa.int64() if name in NUMBERS else pa.string())
    return pa.table(arrays)


def _rows_after(entity: str, actions: int) -> pa.Table:
    management = Management()
    for _ in management.changes(actions):
        pass
    return _rows(entity, management)


def _compared(entity: str) -> tuple[str, ...]:
    """Return the columns that are the same whoever makes the table."""
    return *(column for column in STATE if column != ONCE), *ENTITIES[entity]


def _contents(ground: Ground, actions: int) -> dict[str, Content]:
    kept = json.loads((_files(ground, actions) / "content.json").read_text(encoding="utf-8"))
    return {name: (int(number), int(hashes)) for name, (number, hashes) in kept.items()}


def _check(ground: Ground, who: str, folder: Path, actions: int, suffix: str = "", below: str = "") -> None:
    contents = _contents(ground, actions)
    for entity, fields in ENTITIES.items():
        columns = kinds((*STATE, *fields), {**bank.KINDS, **KINDS})
        rows = partial(_rows_after, entity, actions)
        wanted = Wanted(entity, columns, _compared(entity), contents[entity], next(iter(fields)), rows)
        expect(who, folder / f"{entity}{suffix}" / below, wanted, suffix)


CONTESTANTS: dict[str, Callable[[Ground, int], Measure]] = {
    "franca": franca,
    "python": batch("python", lambda ground: python_command("", ground.plan.installs, "mgmt_python")),
    "duckdb": batch("duckdb", lambda ground: python_command("", ground.plan.installs, "mgmt_duckdb")),
    "dlt": batch("dlt", lambda ground: python_command("dlt", ground.plan.installs, "mgmt_dlt"), "tables"),
    "spark": batch("spark", lambda ground: spark_command(ground.plan.installs, "mgmt_spark")),
    "spark-stream": _spark_stream,
}
