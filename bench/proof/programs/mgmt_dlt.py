"""A batch in dlt, files of changes to the current state: `mgmt_dlt.py FOLDER-OF-FILES FOLDER`.

dlt's merge into Delta wants each key once, so the newest change of each is found while the lines are read in
pages, as its documentation has resources that aggregate; then both tables are loaded.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
from dlt.destinations import filesystem as destination
from dlt.sources.filesystem import filesystem, read_jsonl

from bench.proof.programs.mgmt_columns import DATES, ENTITIES

GENDER = {"M": "Male", "F": "Female", None: None}
PAGE = 10_000
EPOCH = date(1970, 1, 1)

Dict = dict[str, Any]


def row(entity: str, change: Dict) -> Dict:
    """Return the row of a change."""
    lsn, after = change["source"]["lsn"], change["after"]
    values: Dict = {name: after[column] for name, column in ENTITIES[entity].items()}
    if "gender" in values:
        values["gender"] = GENDER[values["gender"]]
    for name in DATES & values.keys():
        values[name] = None if values[name] is None else EPOCH + timedelta(values[name])
    return {
        "_sequence": f"0001.lsn.{lsn:020d}.000",
        "_mapping": 1,
        "_event_id": f"raw.mgmt.{entity}/{lsn}/{entity}/c",
        "_origin": "mgmt",
        "_changed_at": datetime.fromtimestamp(change["source"]["ts_ms"] / 1000, UTC),
        **values,
    }


def state(entity: str, files: str) -> Iterator[list[Dict]]:
    """Yield the newest row of each key in pages, deleted ones left out."""
    key = next(iter(ENTITIES[entity].values()))
    newest: dict[int, Dict] = {}
    lines = filesystem(bucket_url=Path(files).as_uri(), file_glob=f"{entity}.jsonl") | read_jsonl(
        chunksize=PAGE
    )
    for change in lines:
        number = (change["after"] or change["before"])[key]
        kept = newest.get(number)
        if kept is None or change["source"]["lsn"] > kept["source"]["lsn"]:
            newest[number] = change
    left = [change for change in newest.values() if change["op"] != "d"]
    for first in range(0, len(left), PAGE):
        yield [row(entity, change) for change in left[first : first + PAGE]]


def main(files: str, folder: str) -> None:
    os.environ["DLT_DATA_DIR"] = f"{folder}/.dlt"
    pipeline = dlt.pipeline(
        "proof",
        pipelines_dir=f"{folder}/.dlt/pipelines",
        destination=destination(bucket_url=Path(folder).as_uri()),
        dataset_name="tables",
    )
    resources = [
        dlt.resource(state(entity, files), name=entity, table_format="delta", write_disposition="replace")
        for entity in ENTITIES
    ]
    pipeline.run(resources, loader_file_format="parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
