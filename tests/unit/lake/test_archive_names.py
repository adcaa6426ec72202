"""Names that somebody else chose name folders of the archive, and no others."""

from pathlib import Path

import pytest

from franca.sinks.archive import ArchiveSink
from franca.types import Batch, Partition, Record

NAMES = [
    "..",
    ".",
    "../../etc",
    "/etc",
    "a/b",
    "a\\b",
    "%2e%2e",
    "~",
    "a\x00b",
    "a\nb",
    "\x1b[31m",
    "\u202eb",
    " ",
    "CON",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_out_of_the_archive(tmp_path: Path, name: str) -> None:
    """As the table's, the topic's or the topic's id; and what was put away is found again under it."""
    place = Partition(name, 0, "id")
    sink = ArchiveSink(str(tmp_path / "deep" / "archive"), {name: f"crm/{name}"})
    sink.open()
    record = Record(name, 0, 0, 5, name.encode(), name.encode(), ((name, b"\xff"),))

    assert sink.write(Batch([record], {place: 1}, {place: 0}))

    assert sink.find(place, 0) == record
    assert sink.positions([place]) == {place: 1}
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 1
    assert written[0].resolve().is_relative_to(tmp_path / "deep" / "archive" / "crm")
    assert len(written[0].relative_to(tmp_path / "deep" / "archive").parts) == 6
