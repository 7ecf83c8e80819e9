import pytest

from tests.executing import Ask, by_hook, straight


@pytest.fixture(params=[straight, by_hook], ids=["straight", "by_hook"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Runs a document breadth-first, in each of the ways it is done."""
    found: Ask = request.param
    return found
