"""Spark's options for reaching a Kafka cluster: its client is Java's, the settings are librdkafka's."""

from collections.abc import Mapping

from franca.errors import DefinitionError
from franca.topics.cluster import Cluster

IDENTIFICATION = "ssl.endpoint.identification.algorithm"
SAME = {
    "security.protocol": "security.protocol",
    IDENTIFICATION: IDENTIFICATION,
    "ssl.keystore.location": "ssl.keystore.location",
    "ssl.keystore.password": "ssl.keystore.password",
    "client.id": "client.id",
    "client.rack": "client.rack",
}
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
POLLED = "10000"
"""So many of the records fetched are taken at once: after each time Spark asks for the partition's ends."""
SECURE = ("security.", "sasl.", "ssl.", "enable.ssl")


def kafka_options(cluster: Cluster, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return Spark's options for reaching a cluster whose own are librdkafka's; `own`, Java's, win.

    Options for tuning are left out. Raises DefinitionError for one of security that has no counterpart.
    """
    options, chosen = {name: str(value) for name, value in cluster.options.items()}, dict(own or {})
    found = {SAME[name]: options.pop(name) for name in SAME if name in options}
    if found.get(IDENTIFICATION) == "none":
        found[IDENTIFICATION] = ""
    mechanism = options.pop("sasl.mechanism", "") or options.pop("sasl.mechanisms", "")
    options.pop("sasl.mechanisms", None)
    if mechanism:
        found["sasl.mechanism"] = mechanism
    if "sasl.username" in options:
        module = SCRAM if mechanism.startswith("SCRAM") else PLAIN
        names = {"username": "sasl.username", "password": "sasl.password"}
        login = " ".join(f"{name}={_quoted(options.pop(of, ''))}" for name, of in names.items())
        found["sasl.jaas.config"] = f"{module} required {login};"
    if "ssl.ca.location" in options:
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": options.pop("ssl.ca.location")}
    unknown = [name for name in options if name.startswith(SECURE)]
    if unknown and not chosen:
        raise DefinitionError.one(
            f"kafka.options.{unknown[0]}",
            "has no counterpart that franca knows among the options of Spark's client",
            "give that client's own: `--kafka ssl.keystore.type=PEM`, as often as needed",
        )
    found |= {"isolation.level": "read_committed", "max.poll.records": POLLED, **chosen}
    found["bootstrap.servers"] = cluster.bootstrap
    return {f"kafka.{name}": value for name, value in found.items()}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
