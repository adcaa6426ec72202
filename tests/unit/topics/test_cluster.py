"""Every error of the client library has its counterpart in franca's tree."""

import logging
import tomllib
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException

from franca.errors import DefinitionError, UnavailableError, WriteError
from franca.pipeline.control import KafkaControl
from franca.topics.cluster import MOVING, Cluster, Heard, Sparing, coordinated, translated
from franca.topics.rights import Right

CODES = {
    name: code
    for name, code in vars(KafkaError).items()
    if isinstance(code, int) and not name.startswith("__")
}


BRANCHES = {"wrong": DefinitionError, "refused": WriteError, "away": UnavailableError}
TABLE = {
    name: BRANCHES[branch]
    for branch, names in tomllib.loads(Path(__file__).with_name("librdkafka_codes.toml").read_text()).items()
    for name in names.split()
}


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_code_has_a_counterpart(name: str) -> None:
    """A wrong setting, a refused message, or a service that is away; the message names the code."""
    error = translated(KafkaException(KafkaError(CODES[name], "the reason")))
    assert type(error) is TABLE[name]
    assert "the reason" in str(error)


def test_a_missing_topic_is_told_as_such() -> None:
    """The cluster is there, so the remedy is the topic."""
    error = translated(KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, "no topic")))
    assert "franca topics" in str(error)


def test_a_refusal_names_the_rights_that_it_is_about() -> None:
    """Of those that were needed, those on a thing of its kind; without one the client's words stand alone."""
    rights = (
        Right("WRITE", "transactional id", "w"),
        Right("READ", "group", "g"),
        Right("READ", "topic", "t"),
    )
    text = "FindCoordinator response error: Group authorization failed."
    error = KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED, text)
    assert "Group authorization failed: READ on group 'g'; check [kafka]" in str(translated(error, *rights))
    assert "Group authorization failed.; check [kafka]" in str(translated(error, rights[0]))
    assert "READ" not in str(translated(KafkaError(KafkaError._SSL, "certificate"), *rights))


def test_who_may_write_nothing_is_told_both_rights_that_mend_it() -> None:
    """The cluster names neither the topic nor the right."""
    error = KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED, "no")
    told = str(translated(error, Right("WRITE", "topic", "t")))
    assert ": WRITE on topic 't' or IDEMPOTENT_WRITE on the cluster; check" in told
    assert ": CREATE on topic 't'; check" in str(translated(error, Right("CREATE", "topic", "t")))


CUT_OFF = "SASL SCRAM-SHA-512 mechanism handshake failed: Local: Broker transport failure: supported: (n/a)"


def test_who_is_cut_off_while_signing_in_is_not_refused() -> None:
    """The client says so where a broker goes, and a worker that waits for it must not end."""
    cut_off = KafkaError(KafkaError._AUTHENTICATION, CUT_OFF)
    heard = Heard()
    heard.take(cut_off)
    heard.take(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    assert isinstance(translated(cut_off), UnavailableError)
    assert heard.wrong is None
    assert not heard.is_all


def test_what_a_client_heard_is_kept_until_it_is_asked_again() -> None:
    """Other brokers may still let it in, until it says that there is none."""
    heard, refused = Heard(), KafkaError(KafkaError._AUTHENTICATION, "invalid credentials")
    heard.take(refused)
    heard.take(KafkaError(KafkaError._TRANSPORT))
    assert heard.wrong is refused
    assert not heard.is_all
    heard.take(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    assert heard.is_all
    heard.forget()
    assert heard.wrong is None
    assert not heard.is_all


@pytest.mark.parametrize("code", sorted(MOVING))
def test_a_coordinator_that_moves_is_asked_again(code: int) -> None:
    """A cluster's first groups have none for a moment, which is no failure of a command."""
    answers = iter([KafkaException(KafkaError(code)), KafkaException(KafkaError(code)), None])

    def ask() -> str:
        error = next(answers)
        if error is not None:
            raise error
        return "offsets"

    assert coordinated(ask) == "offsets"


def test_another_error_of_a_coordinator_is_told_at_once() -> None:
    """A permission does not come by waiting."""
    answers = iter([KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED))])

    def ask() -> None:
        raise next(answers)

    with pytest.raises(KafkaException, match="GROUP_AUTHORIZATION_FAILED"):
        coordinated(ask)


def test_options_reach_the_client_and_stay_out_of_sight() -> None:
    """The user's options win over franca's, and a password is in no text of the value."""
    cluster = Cluster("host:9092", {"sasl.password": "hidden", "reconnect.backoff.max.ms": 5})
    client = cluster.client({"group.id": "g"})
    assert client["sasl.password"] == "hidden"
    assert client["reconnect.backoff.max.ms"] == 5
    assert client["bootstrap.servers"] == "host:9092"
    assert "hidden" not in repr(cluster)


def test_the_clients_own_lines_are_not_said_again_and_again() -> None:
    """A client that tries to connect twenty times a second must not fill the log; numbers may differ."""
    sparing = Sparing()

    def passes(text: str) -> bool:
        return bool(sparing.filter(logging.makeLogRecord({"msg": text})))

    assert passes("connect failed (after 3ms)")
    assert not passes("connect failed (after 12ms)")
    assert passes("certificate refused")


@pytest.mark.parametrize("options", [{"no.such.option": "1"}, {"security.protocol": "nonsense"}])
def test_an_option_that_the_client_does_not_know_is_a_definition_error(options: dict[str, str]) -> None:
    """Somebody has to mend franca.toml: waiting does not cure it, and a trace says nothing to a user."""
    with pytest.raises(DefinitionError, match="check \\[kafka\\]"):
        Cluster("host:9092", options).admin()


def test_an_option_that_only_some_clients_refuse_is_told_as_a_mistake_in_the_settings() -> None:
    """A worker ends with what to change, not with a trace: a consumer checks what no other client does."""
    cluster = Cluster("127.0.0.1:1", {"max.poll.interval.ms": 1_000})
    assert cluster.admin()

    with pytest.raises(DefinitionError, match=r"max\.poll\.interval\.ms.*check \[kafka\] in franca\.toml"):
        cluster.consumer({"group.id": "g"})
    with pytest.raises(DefinitionError, match=r"max\.poll\.interval\.ms"):
        KafkaControl(cluster, "store", "w").open()
    with pytest.raises(DefinitionError, match=r"outside allowed range 0\.\.900000; check"):
        Cluster("127.0.0.1:1", {"linger.ms": -7}).producer({})
