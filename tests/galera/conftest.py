"""
A cluster for all tests in here; skipped, with what to install, where there is none to be had.
"""

from collections.abc import Iterator

import pytest

from tests.galera.cluster import PrivateGalera, missing_here

SECONDS_OFF = 90  # of the last node's clock


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "galera: on a Galera cluster of three nodes on loopback")


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[PrivateGalera]:
    if (reason := missing_here()) is not None:
        pytest.skip(reason)
    cluster = PrivateGalera(seconds_off=SECONDS_OFF, is_watchful=True)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def cluster(shared_cluster: PrivateGalera) -> PrivateGalera:
    """
    Three nodes, all there, the last in another time. A test need not mend what it does to them.
    """
    shared_cluster.ensure_whole()
    return shared_cluster
