"""A batch in plain Python, msgspec, pyarrow and deltalake: `python_batch.py FILE FOLDER`."""

import gc
import sys
from itertools import islice
from pathlib import Path

from deltalake import write_deltalake

from bench.proof.programs.arrow import table
from bench.proof.programs.bank import TABLES, decode, rows

BATCH = 100_000


def main(file: str, folder: str) -> None:
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    with Path(file).open("rb") as lines:
        while batch := list(islice(lines, BATCH)):
            made = zip(*[rows(decode(line)) for line in batch], strict=True)
            for (name, columns), own in zip(TABLES.items(), made, strict=True):
                write_deltalake(f"{folder}/{name}", table(columns, own), mode="append")


if __name__ == "__main__":
    main(*sys.argv[1:])
