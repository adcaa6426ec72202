"""The franca command against real services, as a user types it."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from franca.topics.cluster import WAIT_SECONDS
from tests.command import forked

pytestmark = [pytest.mark.services, pytest.mark.slow]

Done = subprocess.CompletedProcess[str]


class Terminal:
    """Runs franca in a project's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, stdin: str = "") -> Done:
        """Run one command to its end."""
        command = forked(*arguments)
        return subprocess.run(
            command, cwd=self.folder, input=stdin, capture_output=True, text=True, check=False, timeout=120
        )

    def json(self, *arguments: str) -> object:
        """Return what the command prints as JSON; it must succeed."""
        done = self(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Give a new project with services of its own, started and stopped by the command."""
    folder = tmp_path_factory.mktemp("projects")
    assert Terminal(folder)("new", "bank").returncode == 0
    terminal = Terminal(folder / "bank")
    try:
        done = terminal("up")
        assert done.returncode == 0, done.stderr
        yield terminal
    finally:
        terminal("down")


class Loaded(Terminal):
    """A project with data, and what its status and dead letters were when they had just arrived."""

    status: object
    letters: object


@pytest.fixture(scope="module")
def loaded(bank: Terminal) -> Loaded:
    """Give the project with its sample rows and three bad ones sent, mapped and stored."""
    bad = '{"cust_num":"9","status":"?","fname":null,"lname":"X","sex":"M","born":null}\n'
    bad += 'no json\n{"cust_num":"8","lname":"Secret"}\n'
    assert bank("send", "crm.cust", "data/cust.jsonl").returncode == 0
    assert bank("send", "crm.cust", "-", stdin=bad).returncode == 0
    done = bank("run", "--until-caught-up")
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = Loaded(bank.folder)
    loaded.status = bank.json("status", "--json")
    loaded.letters = bank.json("dead-letters", "list", "--json")
    return loaded


def test_rows_arrive_in_lake_and_store(loaded: Loaded) -> None:
    """What was sent is found by SQL on both sides."""
    asked = (
        "select name from individual where id < 'CUST0000' or id > 'CUST9' or id like 'CUST00%' order by id"
    )

    rows = loaded.json("query", asked, "--json")

    assert rows == [{"name": "Ada Lovelace"}, {"name": "Charles Babbage"}, {"name": "Prince"}]


def test_status_reconciles_what_each_pipeline_did(loaded: Loaded) -> None:
    """Six messages read; six good mappings and one of a half-bad row; the rest parked."""
    status = loaded.status

    assert isinstance(status, dict)
    assert status["kafka"]["bootstrap"]
    pipelines = status["pipelines"]
    assert {p["lag"] for p in pipelines.values()} == {0}
    assert pipelines["crm.archive"]["read"] == 6
    assert (pipelines["crm.on-ramp"]["read"], pipelines["crm.on-ramp"]["written"]) == (6, 7)
    assert pipelines["lake"]["written"] == pipelines["store"]["written"] == 7


def test_status_is_the_same_where_no_worker_has_run(loaded: Loaded, tmp_path: Path) -> None:
    """Another machine, or one where Spark writes: lake and store tell, and nothing is made to be asked."""
    elsewhere = shutil.copytree(loaded.folder, tmp_path / "bank", ignore=shutil.ignore_patterns(".franca"))
    found = loaded.json("status", "--json")
    assert isinstance(found, dict)
    with (elsewhere / "franca.toml").open("a") as settings:
        for section, name in (("kafka", "bootstrap"), ("store", "dsn"), ("lake", "url"), ("archive", "url")):
            settings.write(f'\n[{section}]\n{name} = "{found[section][name]}"\n')
    there = Terminal(elsewhere).json("status", "--json")
    assert isinstance(there, dict)
    for name, pipeline in found["pipelines"].items():
        assert there["pipelines"][name] == pipeline | {"workers": 0, "restarts": 0, "state": ""}

    with (elsewhere / "franca.toml").open("a") as settings:
        settings.write(f'[profile.new.lake]\nurl = "{tmp_path}/lake"\n')
    fresh = Terminal(elsewhere).json("--profile", "new", "status", "--json")
    assert isinstance(fresh, dict)
    assert fresh["pipelines"]["lake"]["read"] == 0
    assert fresh["pipelines"]["lake"]["lag"] > 0
    assert not (tmp_path / "lake").exists()


def test_status_says_so_where_the_store_is_away_and_no_worker_has_run(loaded: Loaded, tmp_path: Path) -> None:
    """Nothing stored, and no error, would look as if all were well."""
    elsewhere = shutil.copytree(loaded.folder, tmp_path / "bank", ignore=shutil.ignore_patterns(".franca"))
    found = loaded.json("status", "--json")
    assert isinstance(found, dict)
    with (elsewhere / "franca.toml").open("a") as settings:
        settings.write(f'\n[kafka]\nbootstrap = "{found["kafka"]["bootstrap"]}"\n')

    without = Terminal(elsewhere)("status", "--json")
    with (elsewhere / "franca.toml").open("a") as settings:
        settings.write('[store]\ndsn = "host=127.0.0.1 port=1 dbname=bank"\n')
    away = Terminal(elsewhere)("status", "--json")

    assert (without.returncode, away.returncode) == (0, 3)
    told = [json.loads(done.stdout)["pipelines"]["store"] for done in (without, away)]
    assert [(each["read"], bool(each["lag"])) for each in told] == [(0, True), (None, False)]
    assert "store is unavailable" in told[1]["last_error"]


def test_dead_letters_are_listed_with_their_reasons(loaded: Loaded) -> None:
    """A bad row is kept and explained, one letter per mapping that could not take it."""
    letters = loaded.letters

    assert isinstance(letters, list)
    assert sorted(letter["code"] for letter in letters) == [
        "absent-input", "absent-input", "not-json", "unknown-code"
    ]  # fmt: skip


def test_personal_data_is_masked_until_revealed(loaded: Loaded) -> None:
    """A listing is no place for names."""
    letters = loaded.letters
    assert isinstance(letters, list)
    letter = next(each for each in letters if each["code"] == "absent-input")

    shown, revealed = (
        loaded("dead-letters", "show", letter["id"], *more).stdout for more in ((), ("--reveal",))
    )

    assert shown == loaded("dead-letters", "show", letter["id"], "--json").stdout
    assert '"lname": "•••"' in shown
    assert "Secret" not in shown
    assert "Secret" in revealed


def test_a_corrected_mapping_replays_its_letters(loaded: Loaded) -> None:
    """After the correction the letter is an event, and leaves the list."""
    source = (loaded.folder / "crm.py").read_text()
    (loaded.folder / "crm.py").write_text(
        source.replace('"C": CustomerStatus', '"?": CustomerStatus.CLOSED, "C": CustomerStatus')
    )
    try:
        replayed = loaded("dead-letters", "replay", "--code", "unknown-code")
        assert replayed.returncode == 0, replayed.stderr
        assert loaded("run", "--until-caught-up", "lake").returncode == 0
    finally:
        (loaded.folder / "crm.py").write_text(source)

    assert loaded.json("query", "select status from customer where customer_number = '9'", "--json") == [
        {"status": "Closed"}
    ]
    assert loaded.json("dead-letters", "list", "--code", "unknown-code", "--json") == []


def test_topics_are_checked_and_never_changed(loaded: Loaded) -> None:
    """A topic that differs from the settings is reported with exit code 1."""
    settings = loaded.folder / "franca.toml"
    before = settings.read_text()
    assert loaded("topics", "--dry-run").returncode == 0
    settings.write_text(before.replace("partitions = 2", "partitions = 3"))
    try:
        done = loaded("topics", "--json")
    finally:
        settings.write_text(before)

    assert done.returncode == 1
    assert {d["setting"] for d in json.loads(done.stdout)["differences"]} == {"partitions"}


def test_csv_and_parquet_rows_are_sent_as_they_mean(bank: Terminal, tmp_path: Path) -> None:
    """Both give the events that the same rows give as JSON lines."""
    text = (
        "cust_num,status,fname,lname,sex,born\n00000123,A,Ada,Lovelace,F,1815-12-10\n00000125,C,,Prince,N,\n"
    )
    (tmp_path / "cust.csv").write_text(text)

    from_csv = bank("map", "crm.cust", str(tmp_path / "cust.csv"))
    from_json = bank("map", "crm.cust", "data/cust.jsonl")

    data = [json.loads(line)["data"] for line in from_json.stdout.splitlines()]
    assert [json.loads(line)["data"] for line in from_csv.stdout.splitlines()] == data[:2] + data[4:]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("map", "crm.nope", "-"), 2, "no such table"),
        (("map", "nope.cust", "-"), 2, "no such application"),
        (("map", "crm.cust", "nowhere.jsonl"), 2, "no such file"),
        (("map", "crm.cust", "franca.toml"), 2, "--format"),
        (("map", "crm.cust", "data/cust.jsonl", "--format", "xml"), 2, "expected one of jsonl"),
        (("map", "crm.cust", "-", "--format", "csv", "--delimiter", "::"), 2, "expected one character"),
        (("map", "crm.cust", "-", "--format", "csv", "--encoding", "nope"), 2, "unknown encoding"),
        (("send", "crm.nope", "-"), 2, "no such table"),
        (("send", "crm.cust", "nowhere.csv"), 2, "no such file"),
        (("query", "select 1 from nowhere"), 1, "nowhere"),
        (("run", "nothing"), 2, "no such pipeline"),
        (("query", " "), 2, "is empty"),
        (("--profile", "nope", "check"), 2, "no profile 'nope'"),
        (("--project", "/nowhere", "check"), 2, "no such file in '/nowhere'"),
        (("new", "data"), 2, "is there already"),
        (("dead-letters", "list", "--application", "nope"), 2, "no such application"),
        (("frobnicate",), 2, "No such command"),
        (("map",), 2, "Missing argument"),
        (("dead-letters", "show", "nothing"), 1, "no such dead letter"),
    ],
)
def test_mistakes_end_with_a_message_and_a_code(
    bank: Terminal, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Never a trace; always what is wrong."""
    done = bank(*arguments)

    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_that_is_killed_is_told_of_and_counted(bank: Terminal) -> None:
    """What ended it and where its log is; the run goes on with the worker that took its place."""
    once = bank.folder / "once.py"
    once.write_text(
        "import os, pathlib, signal, sys\n"
        "if 'worker' in sys.argv[0] and not pathlib.Path('killed').exists():\n"
        "    pathlib.Path('killed').touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    try:
        done = bank("run", "--until-caught-up", "crm.archive")
    finally:
        once.unlink()

    assert done.returncode == 0, done.stderr
    assert "crm.archive.0 was ended by SIGKILL and is put back" in done.stderr
    assert "logs/crm.archive.0.log" in done.stderr
    status = bank.json("status", "--json")
    assert isinstance(status, dict)
    assert status["pipelines"]["crm.archive"]["restarts"] == 1


@pytest.mark.parametrize("command", ["status", "run"])
def test_a_folder_that_can_not_be_used_is_named(tmp_path: Path, command: str) -> None:
    """Whatever stands in its place, or forbids to write there."""
    assert Terminal(tmp_path)("new", "bank").returncode == 0
    (tmp_path / "bank" / ".franca").write_text("")

    done = Terminal(tmp_path / "bank")(command)

    assert done.returncode == 1
    assert "/bank/.franca/" in done.stderr
    assert "Traceback" not in done.stderr


def test_status_asks_a_cluster_that_is_away_only_once(tmp_path: Path) -> None:
    """It says what is known, and why the rest is not, before the user has lost patience; and ends with 3."""
    assert Terminal(tmp_path)("new", "bank").returncode == 0
    (tmp_path / "bank" / "franca.toml").write_text("[kafka]\nbootstrap = '127.0.0.1:1'\n")

    began = time.monotonic()
    done = Terminal(tmp_path / "bank")("status")

    assert done.returncode == 3, done.stderr
    assert done.stdout.count("no broker answers") == 4
    assert time.monotonic() - began < 2.5 * WAIT_SECONDS


def test_a_service_that_is_not_there_is_code_3(tmp_path: Path) -> None:
    """Scripts can tell that waiting may help."""
    assert Terminal(tmp_path)("new", "bank").returncode == 0

    done = Terminal(tmp_path / "bank")("run")

    assert done.returncode == 3
    assert "franca up" in done.stderr
