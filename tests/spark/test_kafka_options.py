"""The options of librdkafka as Java's client takes them."""

from franca.spark.kafka_options import kafka_options
from franca.topics.cluster import Cluster


def test_java_is_told_in_its_own_words_not_to_identify_a_broker() -> None:
    """Which librdkafka calls none, and Java an empty text; every other way has one name."""
    name = "ssl.endpoint.identification.algorithm"
    found = {
        word: kafka_options(Cluster("host:1", {name: word}))[f"kafka.{name}"] for word in ("none", "https")
    }
    assert found == {"none": "", "https": "https"}
