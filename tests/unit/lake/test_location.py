"""Where the lake and the archive are, and what is wrong with their settings."""

from pathlib import Path

import obstore
import pytest

from franca.errors import DefinitionError
from franca.lake.location import events_url, is_local, open_store

S3 = "s3://bank-lake/canonical"


def test_a_path_and_a_file_url_are_the_same_folder(tmp_path: Path) -> None:
    """Whoever writes `file://` means the folder."""
    obstore.put(open_store(str(tmp_path / "lake"), {}), "one", b"1")
    assert obstore.get(open_store(f"file://{tmp_path}/lake", {}), "one").bytes().to_bytes() == b"1"
    assert is_local(f"file://{tmp_path}")
    assert not is_local(S3)


def test_an_entitys_events_stand_in_a_folder_of_its_name() -> None:
    """A slash at the end of the URL changes nothing."""
    assert events_url(S3 + "/", "individual") == "s3://bank-lake/canonical/individual/events"


@pytest.mark.parametrize("prefix", ["", "aws_", "AWS_"])
def test_options_on_http_are_taken_as_deltalake_takes_them(prefix: str) -> None:
    """The same options open the tables, through deltalake, and the plain files."""
    options = {f"{prefix}allow_http": "true", f"{prefix}timeout": "5s", "aws_region": "us-east-1"}
    options = {name.upper() if prefix.isupper() else name: value for name, value in options.items()}
    store = open_store(S3, options)
    assert store.client_options == {"allow_http": "true", "timeout": "5s"}  # type: ignore[union-attr]  # not a folder


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        (S3, {"aws_regiom": "us-east-1"}, "aws_regiom"),
        (S3, {"aws_conditional_put": "hope"}, "hope"),
        (S3, {"timeout": "soon"}, "soon"),
        ("s4://bank-lake", {}, "s4://bank-lake"),
        ("::bad://", {}, "relative URL"),
    ],
)
def test_a_wrong_setting_is_a_definition_error(url: str, options: dict[str, str], said: str) -> None:
    """Waiting does not cure a misspelt option; the message is the reason, in one line."""
    with pytest.raises(DefinitionError) as caught:
        open_store(url, options)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "Debug" not in str(caught.value)
