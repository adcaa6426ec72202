"""The newest messages of topics, for whoever wants to know what they look like now."""

from collections.abc import Iterable, Iterator

from franca.sources.extract import extract
from franca.topics.admin import ends, matching
from franca.topics.cluster import Cluster
from franca.types import Record


def recent(cluster: Cluster, topics: Iterable[str], count: int) -> Iterator[Record]:
    """Yield up to `count` of the newest records of each partition of the topics, patterns among them.

    Topics that do not exist give nothing. Raises UnavailableError.
    """
    admin = cluster.admin()
    names = matching(admin, topics)
    places = {
        (place.topic, place.partition): max(0, end - count) for place, end in ends(admin, names).items()
    }
    yield from extract(cluster, names, places)
