"""The page for Prometheus and for whoever restarts services."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from franca.errors import UnavailableError
from franca.pipeline.metrics import Gauges, MetricsServer
from franca.pipeline.progress import Progress, State


def picture(state: State, age_seconds: float = 0.0) -> Progress:
    """Return a worker's picture."""
    return Progress(
        "crm.on-ramp",
        "one",
        state,
        read=7,
        written=12,
        dead=1,
        lag={"raw.crm.cust/3": 5},
        p99_milliseconds=40.0,
        time=time.time() - age_seconds,
    )


@pytest.fixture
def gauges() -> Gauges:
    """Give gauges that show nothing yet."""
    return Gauges()


@pytest.fixture
def server(gauges: Gauges) -> Iterator[MetricsServer]:
    """Give their page."""
    server = MetricsServer(gauges)
    yield server
    server.close()


def get(server: MetricsServer, path: str) -> tuple[int, str]:
    """Return status and body."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_prometheus_finds_how_often_workers_were_put_back(gauges: Gauges, server: MetricsServer) -> None:
    """Also of a pipeline whose workers die before they show a picture."""
    gauges.restarts = lambda: {"lake": 3}
    assert 'franca_restarts_total{pipeline="lake"} 3.0' in get(server, "/metrics")[1]


def test_prometheus_finds_counts_lag_and_latency(gauges: Gauges, server: MetricsServer) -> None:
    """Every number of the newest picture is on the page, with its labels."""
    gauges.show(picture("running"))
    status, page = get(server, "/metrics")
    assert status == 200
    assert 'franca_read_records_total{pipeline="crm.on-ramp",worker="one"} 7.0' in page
    assert "franca_restarts_total{" not in page
    assert 'franca_written_records_total{pipeline="crm.on-ramp",worker="one"} 12.0' in page
    assert 'franca_dead_records_total{pipeline="crm.on-ramp",worker="one"} 1.0' in page
    assert 'partition="3",pipeline="crm.on-ramp",topic="raw.crm.cust",worker="one"} 5.0' in page
    assert 'quantile="0.99",worker="one"} 0.04' in page


@pytest.mark.parametrize(
    ("state", "age_seconds", "status", "word"),
    [
        ("running", 0.0, 200, "ok"),
        ("waiting", 0.0, 200, "waiting"),
        ("failed", 0.0, 503, "failed"),
        ("running", 600.0, 503, "failed"),
        ("stopped", 600.0, 200, "ok"),
    ],
)
def test_health_is_bad_only_where_a_restart_may_help(
    gauges: Gauges, server: MetricsServer, state: State, age_seconds: float, status: int, word: str
) -> None:
    """A service that is away is no reason for a restart; a worker that failed or hangs is."""
    gauges.show(picture(state, age_seconds))
    answered, body = get(server, "/health")
    assert (answered, json.loads(body)["status"]) == (status, word)


def test_other_paths_say_what_there_is(server: MetricsServer) -> None:
    """Whoever guesses learns the two paths."""
    status, body = get(server, "/")
    assert status == 404
    assert "/metrics" in body


def test_a_port_that_is_taken_is_named(gauges: Gauges, server: MetricsServer) -> None:
    """The message says which port, and what to do."""
    with pytest.raises(UnavailableError, match=rf"{server.port}.*metrics_port"):
        MetricsServer(gauges, port=server.port)
