"""Keeps remembered rows in RocksDB, in a folder of the worker's own."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from rocksdict import (
    BlockBasedIndexType,
    BlockBasedOptions,
    Cache,
    DBCompactionStyle,
    DBCompressionType,
    IngestExternalFileOptions,
    Options,
    Rdict,
    SstFileWriter,
)

log = logging.getLogger("franca.rows")

CACHE_BYTES = 48 * 1024 * 1024


class RocksRows:
    """A RocksDB without a log of its own: after a crash it holds an earlier state, whole.

    Values are put as a sorted file that RocksDB takes in as it is, past its write buffer: a third of the
    cost where a `put` holds many. Memory is bounded by its cache, whatever the number of rows. A damaged
    folder is emptied; all of it stands on topics.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._options = _options()
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._rows: Rdict | None = Rdict(str(folder), self._options)
        except Exception as error:  # noqa: BLE001 - the binding raises bare exceptions
            log.warning("%s: %s; it is made anew", folder, error)
            shutil.rmtree(folder, ignore_errors=True)
            self._rows = Rdict(str(folder), self._options)

    def get(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """Return the values of the keys."""
        assert self._rows is not None, "the store is closed"
        if not keys:
            return ()
        asked: list[Any] = sorted(keys)  # neighbours share a block
        found = dict(zip(asked, cast("list[bytes | None]", self._rows.get(asked)), strict=True))
        return [found[key] for key in keys]

    def put(self, values: Mapping[bytes, bytes | None]) -> None:
        """Keep values; None forgets the key."""
        assert self._rows is not None, "the store is closed"
        if not values:
            return
        path = str(self._folder / "incoming")
        try:
            file = SstFileWriter(self._options)
            file.open(path)
            for key in sorted(values):
                value = values[key]
                if value is None:
                    del file[key]
                else:
                    file[key] = value
            file.finish()
            self._rows.ingest_external_file([path], _taking())
        except Exception as error:
            raise OSError(f"{self._folder}: {error}") from error

    def forget(self, prefix: bytes) -> None:
        """Forget all keys that begin like this."""
        assert self._rows is not None, "the store is closed"
        try:
            self._rows.delete_range(prefix, prefix + b"\xff")
            self._rows.flush()  # what is put later may be on the disk before it otherwise
        except Exception as error:
            raise OSError(f"{self._folder}: {error}") from error

    def close(self) -> None:
        """Release the folder."""
        rows, self._rows = self._rows, None
        if rows is not None:
            rows.close()


def _taking() -> IngestExternalFileOptions:
    options = IngestExternalFileOptions()
    options.set_move_files(True)
    return options


def _options() -> Options:
    table = BlockBasedOptions()
    table.set_bloom_filter(10, False)
    table.set_block_cache(Cache(CACHE_BYTES))
    # in pieces: an index or a filter in one is larger than a shard of the cache, and would be read each time
    table.set_index_type(BlockBasedIndexType.two_level_index_search())
    table.set_partition_filters(True)
    table.set_cache_index_and_filter_blocks(True)
    table.set_pin_top_level_index_and_filter(True)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_compaction_style(DBCompactionStyle.universal())  # rewrites less of what was not changed
    options.set_max_open_files(256)
    options.set_keep_log_file_num(2)
    return options
