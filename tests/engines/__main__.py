"""`python -m tests.engines`: fetches the engines that most tests do without, once; see `make engines`."""

import sys
import time

from tests.engines import duckdb_delta, googlesql, trino


class Told:
    """Tells progress, a line a second where it is a file, and over itself where it is a terminal."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell what is going on."""
        if time.monotonic() - self._last < 1 and done < total:
            return
        self._last = time.monotonic()
        share = f": {done * 100 // total} % of {total // 1_000_000} MB" if total else ""
        print(f"{what}{share}", end="\r" if sys.stdout.isatty() else "\n", flush=True)


if __name__ == "__main__":
    if trino.find_java() is None:
        print(f"no Java of version {trino.OLDEST} or newer with {trino.MODULE}: Trino is left out")
    else:
        trino.fetch(Told())
    googlesql.fetch(Told())
    print(f"installing DuckDB {duckdb_delta.VERSION} and its reader of Delta tables")
    duckdb_delta.fetch()
