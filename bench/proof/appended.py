"""The first workload: the bank's changes appended to two tables, from files or from the raw topic."""

from collections.abc import Callable

import msgspec

from bench.proof.environments import flink_command, python_command, spark_command
from bench.proof.ground import Ground, check_bank, followed, lake, measured, remove, written
from bench.proof.measure import Measure

WORKLOAD = "appends"


def franca(ground: Ground, size: int) -> Measure:
    """Measure franca: raw topic to two entity topics to two Delta tables, exactly once."""
    return _franca(ground, size, "franca", ["lake"])


def franca_with_store(ground: Ground, size: int) -> Measure:
    """Measure franca with the store beside the lake."""
    return _franca(ground, size, "franca+store", ["lake", "store"])


def franca_compacted(ground: Ground, size: int) -> Measure:
    """Measure franca with its small files put together behind it, as its upkeep does every five minutes."""
    return _franca(ground, size, "franca+compaction", ["lake"], is_compacted=True)


def _franca(ground: Ground, size: int, name: str, sinks: list[str], *, is_compacted: bool = False) -> Measure:
    project = ground.stage.project(ground.bank_topic(size))
    cost = ground.run(project.franca("run", "--until-caught-up", project.on_ramp, *sinks))
    found = measured(WORKLOAD, name, size, cost, lake(project), "kafka", "postgres")
    if is_compacted:
        found = followed(found, ground.run(project.franca("lake", "compact")), "kafka", "postgres")
        rows, objects = written(lake(project))
        found = msgspec.structs.replace(found, rows=rows, objects=objects)
    check_bank(ground, name, lake(project), size, project.suffix, "events")
    remove(lake(project))
    return found


def batch(
    name: str, command: Callable[[Ground], list[str]], inner: str = ""
) -> Callable[[Ground, int], Measure]:
    """Return what measures a batch, run with a file of changes and a folder for tables (below `inner`)."""

    def run(ground: Ground, size: int) -> Measure:
        folder = ground.new_folder(name)
        file = ground.bank_file(size)
        cost = ground.run([*command(ground), str(file), str(folder)], file)
        check_bank(ground, name, folder / inner, size)
        found = measured(WORKLOAD, name, size, cost, folder / inner)
        remove(folder)
        return found

    return run


def _stream(name: str, command: Callable[[Ground], list[str]]) -> Callable[[Ground, int], Measure]:
    def run(ground: Ground, size: int) -> Measure:
        folder = ground.new_folder(name)
        told = [ground.stage.bootstrap, ground.bank_topic(size), str(size), str(folder)]
        cost = ground.run([*command(ground), *told])
        check_bank(ground, name, folder, size)
        found = measured(WORKLOAD, name, size, cost, folder, "kafka")
        remove(folder)
        return found

    return run


def _python(environment: str, script: str) -> Callable[[Ground], list[str]]:
    return lambda ground: python_command(environment, ground.plan.installs, script)


def _spark(script: str) -> Callable[[Ground], list[str]]:
    return lambda ground: spark_command(ground.plan.installs, script)


CONTESTANTS: dict[str, Callable[[Ground, int], Measure]] = {
    "franca": franca,
    "franca+compaction": franca_compacted,
    "franca+store": franca_with_store,
    "python": batch("python", _python("", "python_batch")),
    "duckdb": batch("duckdb", _python("", "duckdb_batch")),
    "dlt": batch("dlt", _python("dlt", "dlt_batch"), "tables"),
    "dlt-arrow": batch("dlt-arrow", _python("dlt", "dlt_arrow"), "tables"),
    "spark": batch("spark", _spark("spark_batch")),
    "spark-stream": _stream("spark-stream", _spark("spark_stream")),
    "flink": _stream("flink", lambda ground: flink_command(ground.plan.installs, "flink_stream")),
    "quix": _stream("quix", _python("quix", "quix_stream")),
    "bytewax": _stream("bytewax", _python("bytewax", "bytewax_stream")),
    "pathway": _stream("pathway", _python("pathway", "pathway_stream")),
}
