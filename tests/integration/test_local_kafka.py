"""The local Kafka, started for real: how it comes back, and what it says when it can't."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from franca.errors import UnavailableError
from franca.local.kafka import LocalKafka
from franca.local.memory import Memory
from franca.local.process import wait_until

pytestmark = pytest.mark.services

START = (
    "import sys; from pathlib import Path; from franca.local.kafka import LocalKafka as K; "
    "k = K(Path(sys.argv[1])); k.start(); print(k.pid)"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder for a broker that the tests of this file stop and kill."""
    folder = tmp_path_factory.mktemp("a b, é") / ".franca"
    folder.parent.chmod(0o700)
    yield folder
    LocalKafka(folder).stop()


@pytest.fixture
def broker(home: Path) -> LocalKafka:
    """Give the file's own broker, running."""
    own = LocalKafka(home)
    own.start()
    return own


def test_clients_reach_it_under_its_address(kafka: LocalKafka) -> None:
    """The session's broker takes admin calls on the address it tells."""
    assert _admin(kafka).list_topics(timeout=10).cluster_id


def test_no_topic_appears_by_a_typing_mistake(kafka: LocalKafka) -> None:
    """Topics are made on purpose only."""
    assert _setting(kafka, "auto.create.topics.enable") == "false"


def test_large_messages_fit(kafka: LocalKafka) -> None:
    """A message may have 16 MiB."""
    assert _setting(kafka, "message.max.bytes") == str(16 * 1024 * 1024)


def test_a_second_start_finds_it_running(broker: LocalKafka) -> None:
    """Start may be called at any time, by other objects and processes too."""
    again = LocalKafka(broker.folder)
    again.start()
    assert again.pid == broker.pid


def test_its_data_and_address_outlive_a_stop(broker: LocalKafka) -> None:
    """After stop and start, clients find what they wrote where it was."""
    _write(broker, "stopped", b"kept")
    address = broker.bootstrap
    broker.stop()
    assert not broker.running()
    broker.start()
    assert (broker.bootstrap, _read(broker, "stopped")) == (address, b"kept")


def test_its_data_outlive_a_kill(broker: LocalKafka) -> None:
    """What the broker acknowledged is there after SIGKILL, and the next start is not in its way."""
    _write(broker, "killed", b"kept")
    psutil.Process(broker.pid).kill()
    assert wait_until(lambda: not broker.running(), 10)
    broker.start()
    assert _read(broker, "killed") == b"kept"


def test_a_pid_that_is_used_again_is_not_taken_for_it(broker: LocalKafka) -> None:
    """A remembered pid counts only while the process is this folder's broker; others are left alone."""
    broker.stop()
    memory = Memory(broker.folder)
    state = memory.recall("kafka")
    state.pid = os.getpid()
    memory.remember("kafka", state)
    assert not broker.running()
    broker.start()
    assert broker.pid != os.getpid()


def test_a_lost_memory_does_no_harm(broker: LocalKafka) -> None:
    """Without services.json the running broker is found by its folder; there are never two."""
    _write(broker, "forgotten", b"kept")
    (broker.folder / "services.json").write_bytes(b'{"kafka": {"po')
    broker.start()
    assert _read(broker, "forgotten") == b"kept"
    assert _brokers(broker) == [broker.pid]


def test_a_port_that_somebody_took_is_given_up_aloud(broker: LocalKafka) -> None:
    """When another program listens on the remembered port, the broker moves and says where from and to."""
    broker.stop()
    old = Memory(broker.folder).recall("kafka").port
    said: list[str] = []
    with socket.create_server(("127.0.0.1", old)):
        broker.start(lambda what, _done, _total: said.append(what))
    new = Memory(broker.folder).recall("kafka").port
    assert new != old
    assert f"kafka: port {old} is taken by another program, now using {new}" in said


def test_a_port_that_was_insisted_on_is_not_given_up(broker: LocalKafka) -> None:
    """When the user named the port, a taken one is an error that says what to do."""
    broker.stop()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"port {port} is taken by another program; end that"):
            LocalKafka(broker.folder, port).start()


def test_two_starts_at_once_make_one_broker_that_outlives_them(broker: LocalKafka) -> None:
    """Two commands given at the same time agree on one broker, and it stays when they are gone."""
    broker.stop()
    command = [sys.executable, "-c", START, str(broker.folder)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    pids = [int(starter.communicate(timeout=120)[0]) for starter in starters]
    assert pids == [broker.pid, broker.pid]
    assert broker.running()


def test_a_stop_of_what_does_not_run_does_nothing(tmp_path: Path) -> None:
    """Stop is for any time, and leaves no folder behind."""
    LocalKafka(tmp_path / ".franca").stop()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """The error names the folder and what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"file/.franca.* can't be used: .*; make the folder writable"):
        LocalKafka(tmp_path / "file" / ".franca").start()


def test_a_broker_that_fails_tells_its_last_words(tmp_path: Path) -> None:
    """A damaged storage is reported with the broker's own reason and the place of the log."""
    data = tmp_path / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=x\n", encoding="ascii")
    with pytest.raises(
        UnavailableError, match=r"did not start; its last words: .*node.id.*; see .*kafka\.log"
    ):
        LocalKafka(tmp_path).start()


def _admin(kafka: LocalKafka) -> AdminClient:
    return AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})


def _setting(kafka: LocalKafka, name: str) -> str:
    resource = ConfigResource(ResourceType.BROKER, "1")
    client = _admin(kafka)
    return str(client.describe_configs([resource])[resource].result(10)[name].value)


def _write(kafka: LocalKafka, topic: str, value: bytes) -> None:
    client = _admin(kafka)
    assert client.create_topics([NewTopic(topic, 1, 1)])[topic].exception(20) is None
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "log_level": 0, "transactional.id": topic})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(topic, value)
    producer.commit_transaction(20)


def _read(kafka: LocalKafka, topic: str) -> bytes | None:
    settings = {"bootstrap.servers": kafka.bootstrap, "group.id": "reader", "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "log_level": 0, "session.timeout.ms": 6000})
    consumer.subscribe([topic])
    try:
        message = consumer.poll(30)
        return None if message is None else message.value()
    finally:
        consumer.close()


def _brokers(kafka: LocalKafka) -> list[int]:
    mark = f"-Dfranca.folder={kafka.data}"
    return [each.pid for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or ())]
