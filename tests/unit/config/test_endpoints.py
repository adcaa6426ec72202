"""Where a project's lake and archive are, and which places are refused."""

import json
import re
from pathlib import Path

import pytest

from franca.config.endpoints import Endpoints, endpoints
from franca.config.project import load
from franca.errors import DefinitionError


def _places(folder: Path, name: str, url: str, **options: str) -> Endpoints:
    told = "".join(f"{option} = {json.dumps(value)}\n" for option, value in options.items())
    (folder / "franca.toml").write_text(f"[{name}]\nurl = {json.dumps(url)}\n[{name}.options]\n{told}")
    return endpoints(load(folder), "", "")


@pytest.mark.parametrize("name", ["lake", "archive"])
def test_a_file_is_no_lake(tmp_path: Path, name: str) -> None:
    """It would be a lake without rows to those who read it."""
    (tmp_path / "rows.parquet").write_text("")
    (tmp_path / "franca.toml").write_text(f'[{name}]\nurl = "rows.parquet"\n')
    with pytest.raises(DefinitionError, match=f"{name}.url: got .*rows.parquet', which is a file"):
        endpoints(load(tmp_path), "", "")


@pytest.mark.parametrize("part", ["?", "\\", "%20", "\n"])
def test_a_folder_that_delta_cannot_name_is_no_lake(tmp_path: Path, part: str) -> None:
    """Tables would be written that nobody can read."""
    (folder := tmp_path / f"a{part}b").mkdir()
    (folder / "franca.toml").write_text('[lake]\nurl = "lake"\n')
    with pytest.raises(DefinitionError, match=re.escape(f"expected a folder without {part!r}")):
        endpoints(load(folder), "", "")
    (folder / "franca.toml").write_text('[lake]\nurl = "s3://bucket/a%20b"\n')
    assert endpoints(load(folder), "", "").lake_url == "s3://bucket/a%20b"


@pytest.mark.parametrize("name", ["lake", "archive"])
@pytest.mark.parametrize("part", ["#", "?", "\n"])
def test_a_url_has_no_more_than_a_path(tmp_path: Path, name: str, part: str) -> None:
    """Libraries leave out what follows: all tables would be one."""
    with pytest.raises(DefinitionError, match=re.escape(f"expected a URL without {part!r}")):
        _places(tmp_path, name, f"s3://bucket/a{part}b")


@pytest.mark.parametrize("url", ["s3:/bucket/a", "file:/a"])
def test_a_url_with_one_slash_is_no_folder(tmp_path: Path, url: str) -> None:
    """It would be a folder called `s3:` below the project."""
    with pytest.raises(DefinitionError, match=r"lake\.url: .*expected \w+:// with two slashes"):
        _places(tmp_path, "lake", url)


@pytest.mark.parametrize("begins", ["file://", "file://localhost", "FILE://"])
def test_the_url_of_a_folder_is_the_folder(tmp_path: Path, begins: str) -> None:
    """Writers and readers are told the same place."""
    assert _places(tmp_path, "lake", f"{begins}{tmp_path}/my #1").lake_url == f"{tmp_path}/my #1"


@pytest.mark.parametrize("name", ["lake", "archive"])
@pytest.mark.parametrize("url", ["file://lake", "file://other/lake", "file://./lake", "file:///my%20lake"])
def test_the_url_of_a_folder_is_absolute_and_plain(tmp_path: Path, name: str, url: str) -> None:
    """Each library would make another folder of what is relative, elsewhere or encoded."""
    with pytest.raises(DefinitionError, match=r"url: .*expected file:///FOLDER on this machine"):
        _places(tmp_path, name, url)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "s3.example.com", "http://", "ftp://a"])
def test_an_endpoint_is_a_url(tmp_path: Path, address: str) -> None:
    """The library that sends requests would end in a panic."""
    with pytest.raises(DefinitionError, match=r"lake\.options\.aws_endpoint: got .* expected http://"):
        _places(tmp_path, "lake", "s3://bucket/lake", aws_endpoint=address)


def test_plain_http_is_allowed_or_refused_at_once(tmp_path: Path) -> None:
    """No waiting cures that it was forgotten."""
    address = "http://127.0.0.1:9"
    with pytest.raises(DefinitionError, match=r'say "aws_allow_http" = "true" in \[archive\.options\]'):
        _places(tmp_path, "archive", "s3://bucket/archive", endpoint_url=address)

    places = _places(tmp_path, "archive", "s3://bucket/a", endpoint_url=address, aws_allow_http="True")

    assert places.archive_options["endpoint_url"] == address
    assert _places(tmp_path, "lake", "s3://bucket/a", aws_endpoint="https://s3.example.com").lake_options
