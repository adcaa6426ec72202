"""Keeps remembered rows in RocksDB, in a folder of the worker's own."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteOptions,
)

log = logging.getLogger("franca.rows")

CACHE_BYTES = 48 * 1024 * 1024
BUFFER_BYTES = 16 * 1024 * 1024


class RocksRows:
    """A RocksDB without a log of its own: after a crash it holds an earlier state, whole.

    Memory is bounded by two write buffers and one cache, about 80 MB whatever the number of rows. A damaged
    folder is emptied; all of it stands on topics.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._write = WriteOptions()
        self._write.disable_wal = True  # type: ignore[method-assign,assignment]  # a property, typed wrongly
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._rows: Rdict | None = Rdict(str(folder), _options())
        except Exception as error:  # noqa: BLE001 - the binding raises bare exceptions
            log.warning("%s: %s; it is made anew", folder, error)
            shutil.rmtree(folder, ignore_errors=True)
            self._rows = Rdict(str(folder), _options())

    def get(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """Return the values of the keys."""
        assert self._rows is not None, "the store is closed"
        return cast("Sequence[bytes | None]", self._rows.get(list(keys))) if keys else ()

    def put(self, values: Mapping[bytes, bytes | None]) -> None:
        """Keep values; None forgets the key."""
        assert self._rows is not None, "the store is closed"
        batch = WriteBatch(raw_mode=True)
        for key, value in values.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        try:
            self._rows.write(batch, self._write)
        except Exception as error:
            raise OSError(f"{self._folder}: {error}") from error

    def forget(self, prefix: bytes) -> None:
        """Forget all keys that begin like this."""
        assert self._rows is not None, "the store is closed"
        try:
            self._rows.delete_range(prefix, prefix + b"\xff")
        except Exception as error:
            raise OSError(f"{self._folder}: {error}") from error

    def close(self) -> None:
        """Write what is still in memory, and release the folder."""
        rows, self._rows = self._rows, None
        if rows is not None:
            rows.flush()
            rows.close()


def _options() -> Options:
    table = BlockBasedOptions()
    table.set_bloom_filter(10, False)
    table.set_block_cache(Cache(CACHE_BYTES))
    table.set_cache_index_and_filter_blocks(True)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_write_buffer_size(BUFFER_BYTES)
    options.set_max_write_buffer_number(2)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_open_files(256)
    options.set_keep_log_file_num(2)
    return options
