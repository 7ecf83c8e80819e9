"""How many documents to generate, and from which seed on."""

import gc
from collections.abc import Iterator

import pytest

DOCUMENTS = 1_000


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("differential")
    group.addoption("--documents", type=int, default=DOCUMENTS, help="documents for each differential test")
    group.addoption("--seed", type=int, default=0, help="of the first document; the others follow")


@pytest.fixture(scope="session")
def seeds(pytestconfig: pytest.Config) -> range:
    """One for each document."""
    first = pytestconfig.getoption("--seed", default=0)
    return range(first, first + pytestconfig.getoption("--documents", default=DOCUMENTS))


@pytest.fixture
def collected() -> Iterator[None]:
    """What the stock executor dropped is found here, where its tests excuse it, and not by whoever comes later."""
    yield
    gc.collect()
