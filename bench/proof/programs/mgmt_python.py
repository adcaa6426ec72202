"""A batch in plain Python, files of changes to the current state: `mgmt_python.py FOLDER-OF-FILES FOLDER`."""

import gc
import sys
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from deltalake import write_deltalake

from bench.proof.programs.mgmt_columns import DATES, ENTITIES, NUMBERS
from bench.proof.programs.states import STATE

GENDER = {"M": "Male", "F": "Female", None: None}


def change_type(entity: str) -> type[msgspec.Struct]:
    """Return the type of a table's changes."""
    whole = NUMBERS | DATES
    row = msgspec.defstruct(
        "Row",
        [
            (column, int | None if name in whole else str | None, None)
            for name, column in ENTITIES[entity].items()
        ],
        gc=False,
    )
    origin = msgspec.defstruct("Origin", [("lsn", int), ("ts_ms", int)], gc=False)
    fields = [("source", origin), ("op", str), ("before", row | None, None), ("after", row | None, None)]
    return msgspec.defstruct("Change", fields, gc=False)


def table(entity: str, changes: list[Any]) -> pa.Table:
    """Return the rows of the newest changes."""
    arrays: dict[str, pa.Array] = {
        "_sequence": pa.array([f"0001.lsn.{change.source.lsn:020d}.000" for change in changes], pa.string()),
        "_mapping": pa.array([1] * len(changes), pa.int64()),
        "_event_id": pa.array([f"raw.mgmt.{entity}/{change.source.lsn}/{entity}/c" for change in changes]),
        "_origin": pa.array(["mgmt"] * len(changes)),
        "_changed_at": pa.array([c.source.ts_ms for c in changes], pa.timestamp("ms", "UTC")).cast(
            pa.timestamp("us", "UTC")
        ),
    }
    assert tuple(arrays) == STATE
    for name, column in ENTITIES[entity].items():
        values = [getattr(change.after, column) for change in changes]
        if name == "gender":
            values = [GENDER[value] for value in values]
        if name in DATES:
            arrays[name] = pa.array(values, pa.int32()).cast(pa.date32())
        else:
            arrays[name] = pa.array(values, pa.int64() if name in NUMBERS else pa.string())
    return pa.table(arrays)


def main(files: str, folder: str) -> None:
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    for entity, fields in ENTITIES.items():
        key = next(iter(fields.values()))
        decode = msgspec.json.Decoder(change_type(entity)).decode
        newest: dict[int, Any] = {}
        with Path(files, f"{entity}.jsonl").open("rb") as lines:
            for line in lines:
                change = decode(line)
                number = getattr(change.after or change.before, key)
                kept = newest.get(number)
                if kept is None or change.source.lsn > kept.source.lsn:
                    newest[number] = change
        left = [change for change in newest.values() if change.op != "d"]
        write_deltalake(f"{folder}/{entity}", table(entity, left), mode="overwrite")


if __name__ == "__main__":
    main(*sys.argv[1:])
