"""What tests of Spark share: its Python side leaves sockets to the garbage collector, which warns of each."""

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave Spark's sockets alone while its tests run, and how its older line compares versions."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore:distutils Version:DeprecationWarning"))


@pytest.fixture(scope="session", autouse=True)
def _sockets() -> Iterator[None]:
    """Collect those that are left when the last test is done: they would warn in a later one."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
