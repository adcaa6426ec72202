"""Files of rows in a bucket: one, those of a folder, those that fit a pattern."""

from pathlib import Path

import msgspec
import obstore
import pytest

from franca.cli.backfill_sources import Asked, opened_sources
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.errors import UsageError
from franca.lake.location import open_store
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken
from tests.conftest import Bucket
from tests.integration.depot import MODULE

pytestmark = pytest.mark.services
NAMES = ("stock/2026/a.jsonl", "stock/2026/b.jsonl", "stock/2027/a b.jsonl", "stock/_SUCCESS", "stock.jsonl")


def test_rows_come_from_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    """With the lake's options; a pattern's star ends at a slash, a folder is all below it; no copy stays."""
    store = open_store(bucket.url, bucket.options)
    for name in NAMES:
        obstore.put(store, name, msgspec.json.encode({"no": name, "name": "apple", "count": 3}))
    written = {int(meta["last_modified"].timestamp()) * 1000 for chunk in store.list() for meta in chunk}
    options = "".join(f"{name} = {value!r}\n" for name, value in bucket.options.items())
    (tmp_path / "franca.toml").write_text(f"[kafka]\nbootstrap = 'nowhere:1'\n[lake.options]\n{options}")
    (tmp_path / "depot.py").write_text(MODULE.replace("NAME", "depot"))
    loading = Loading(load(tmp_path), "depot.stock", forgets=True)

    def numbers(name: str) -> list[str]:
        found: list[str] = []
        with opened_sources(loading, [RowFile(f"{bucket.url}/{name}")], Taken(), Asked()) as opened:
            for snapshot, pieces in opened:
                assert snapshot.time in written
                rows = [row for piece in pieces for row in piece.given(None)]
                found += [msgspec.json.decode(row.value)["no"] for row in rows]
        return found

    assert numbers("stock.jsonl") == ["stock.jsonl"]
    assert numbers("stock/") == [*NAMES[:3]]
    assert numbers("stock/*/a*.jsonl") == [NAMES[0], NAMES[2]]
    assert list((tmp_path / ".franca" / "backfill").iterdir()) == []
    for missing in ("nosuch.jsonl", "nosuch/", "nosuch*"):
        with pytest.raises(UsageError, match=r"no (such )?object"):
            numbers(missing)
