"""A driver of its own, to be killed: `python -m tests.spark.driver BOOTSTRAP TOPIC APPLICATION LAKE JARS`."""

import sys
from pathlib import Path

from franca.spark.session import open_session
from franca.spark.stream import EventStream, StreamSettings
from franca.topics.cluster import Cluster
from tests.spark.streams import Scene


def main(bootstrap: str, topic: str, application: str, lake: str, spare: str) -> None:
    """Store what there is in micro-batches of a hundred records."""
    session = open_session(Path(spare), "local[2]", {"spark.driver.memory": "1g"})
    scene = Scene(bootstrap, topic, application, lake)
    settings = StreamSettings(Cluster(bootstrap), (topic,), most_records=100, until_caught_up=True)
    EventStream(session, settings, scene.destination()).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
