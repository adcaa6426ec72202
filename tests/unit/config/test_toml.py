"""franca.toml: variables, profiles, and what is said about mistakes."""

from pathlib import Path

import pytest

from franca.config.toml import read_settings
from franca.errors import DefinitionError


def _write(folder: Path, text: str) -> Path:
    path = folder / "franca.toml"
    path.write_text(text)
    return path


def test_an_empty_file_means_everything_on_this_machine(tmp_path: Path) -> None:
    """Nothing needs to be said to begin."""
    settings = read_settings(_write(tmp_path, ""))

    assert settings.kafka.bootstrap == ""
    assert settings.run.workers == 1


def test_a_profile_is_laid_over_the_rest(tmp_path: Path) -> None:
    """A profile says only what differs; its tables are merged, its values replace."""
    path = _write(
        tmp_path, "[topics]\npartitions = 2\nreplication = 1\n[profile.prod.topics]\npartitions = 24\n"
    )

    topics = read_settings(path, "prod").topics

    assert (topics.partitions, topics.replication) == (24, 1)


def test_variables_come_from_the_environment_or_their_default(tmp_path: Path) -> None:
    """Secrets stay out of the file."""
    path = _write(tmp_path, '[store]\ndsn = "${DSN}"\n[lake]\nurl = "${LAKE:-here}"\n')

    settings = read_settings(path, environment={"DSN": "postgresql://db"})

    assert (settings.store.dsn, settings.lake.url) == ("postgresql://db", "here")


@pytest.mark.parametrize(
    ("text", "profile", "expected"),
    [
        ("[kafka]\nbootstap = 'x'", "", "did you mean 'bootstrap'?"),
        ("[kafk]", "", "did you mean 'kafka'?"),
        ("[topics]\npartitions = 'many'", "", "topics.partitions: expected `int`, got `str`"),
        ("[store]\ndsn = '${NOPE}'", "", "variable 'NOPE' is not set"),
        ("[kafka", "", "is not TOML"),
        ("", "prod", "no profile 'prod'"),
        ("[applications.crm]\nepoch = 0", "", "applications[...].epoch: expected `int` >= 1"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(tmp_path: Path, text: str, profile: str, expected: str) -> None:
    """What is wrong, and what to do next."""
    with pytest.raises(DefinitionError) as caught:
        read_settings(_write(tmp_path, text), profile, environment={})

    assert expected in str(caught.value)


def test_a_missing_file_names_the_folder(tmp_path: Path) -> None:
    """Whoever stands in the wrong folder is told so."""
    with pytest.raises(DefinitionError, match="no such file"):
        read_settings(tmp_path / "franca.toml")
