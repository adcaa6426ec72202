"""A batch in dlt: JSON lines, mapped row by row, loaded as two Delta tables: `dlt_batch.py FILE FOLDER`.

As dlt's documentation has it: the filesystem source reads the lines in pages, transformers map them, the
filesystem destination with `table_format="delta"` writes.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
from dlt.destinations import filesystem as destination
from dlt.sources.filesystem import filesystem, read_jsonl

from bench.proof.programs.bank_dicts import customer, individual


@dlt.transformer(table_format="delta")
def individuals(page: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    yield [individual(change) for change in page]


@dlt.transformer(table_format="delta")
def customers(page: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    yield [customer(change) for change in page]


def main(file: str, folder: str) -> None:
    os.environ["DLT_DATA_DIR"] = f"{folder}/.dlt"
    path = Path(file)
    changes = filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name) | read_jsonl(chunksize=10_000)
    pipeline = dlt.pipeline(
        "proof",
        pipelines_dir=f"{folder}/.dlt/pipelines",
        destination=destination(bucket_url=Path(folder).as_uri()),
        dataset_name="tables",
    )
    pipeline.run(
        [
            (changes | individuals).with_name("individual"),
            (changes | customers).with_name("customer"),
        ],
        loader_file_format="parquet",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
