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
        ("[applications.crm]\nepoch = 0", "", "applications.crm.epoch: expected `int` >= 1, got 0"),
        (
            "[run]\nlog_level = 'loud'",
            "",
            "run.log_level: expected one of debug, info, warning, error, got 'loud'",
        ),
        ("[store]\nschema = ''", "", "store.schema: expected `str` of length >= 1, got ''"),
        ("topics = 3", "", "topics: expected a table, got 3; write [topics]"),
        ("profile = 3", "", "profile: expected tables, got 3; write [profile.NAME]"),
        ("[topic]\nperson = 3", "", "topic.person: expected a table, got 3; write [topic.person]"),
        (
            "[pipelines.'crm.on-ramp']\nworker = 2",
            "",
            "pipelines.crm.on-ramp: unknown setting 'worker'; did you",
        ),
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


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    """Whatever keeps the file from being read is said."""
    (tmp_path / "franca.toml").mkdir()
    with pytest.raises(DefinitionError, match="can't be read"):
        read_settings(tmp_path / "franca.toml")


def test_all_mistakes_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    """A dozen settings are not mended in a dozen rounds."""
    text = """
[topics]
partitions = "many"
replicas = 2

[topic."raw.crm.cust"]
partitions = 0

[run]
workers = 1

[profile.prod.run]
workers = "two"
"""
    with pytest.raises(DefinitionError) as caught:
        read_settings(_write(tmp_path, text), "prod", environment={})

    assert [(p.path, p.line) for p in caught.value.problems] == [
        ("topics.partitions", 3),
        ("topics", 4),
        ("topic.raw.crm.cust.partitions", 7),
        ("run.workers", 13),
    ]


def test_a_secret_of_the_wrong_type_is_not_shown(tmp_path: Path) -> None:
    """Numbers may be passwords where text is expected."""
    with pytest.raises(DefinitionError) as caught:
        read_settings(_write(tmp_path, "[lake.options]\nsecret_key = 4711\n[store]\ndsn = 4711\n"))

    assert "4711" not in str(caught.value)
