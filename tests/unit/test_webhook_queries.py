"""Which subscriptions a webhook takes, and that every event has a type that can be asked."""

import pytest

from engine.core.errors import Refusal
from engine.core.settings import Settings
from engine.webhooks.events import EVENTS
from schema.events.documents import checked, checked_for
from schema.events.payloads import plain_query
from schema.events.subjects import EVENT_TYPES
from schema.root import schema

SETTINGS = Settings(_env_file=None)
FRAGMENT = "fragment P on Product { slug } "


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { event {", "SYNTAX"),
        ("{ shop { name } }", "MISSING_SUBSCRIPTION"),
        ("mutation { tokensDeactivateAll { errors { code } } }", "MISSING_SUBSCRIPTION"),
        (FRAGMENT, "MISSING_SUBSCRIPTION"),
        ("subscription A { event { issuedAt } } subscription B { event { issuedAt } }", "MISSING_SUBSCRIPTION"),
        ("subscription { event { issuedAt } }", "MISSING_EVENT"),
        ("subscription { event { ... on ProductUpdated { product { nothing } } } }", "GRAPHQL_ERROR"),
        ("subscription { event { ... on NoSuchEvent { issuedAt } } }", "GRAPHQL_ERROR"),
        ("subscription($id: ID!) { event { ... on ProductUpdated { product { metafield(key: $id) } } } }",
         "GRAPHQL_ERROR"),
        ("subscription { event { ... on ProductUpdated { issuedAt } } __schema { types { name } } }", "GRAPHQL_ERROR"),
        ("subscription { event { ... on ProductUpdated {" + "product { category { parent { " * 8 + "id" + "} } } " * 8
         + "} } }", "UNABLE_TO_PARSE"),
    ],
)  # fmt: skip
def test_a_query_nobody_could_answer_is_refused(query: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked(SETTINGS, query)
    assert (refused.value.field, refused.value.code) == ("query", code)


def test_notices_to_people_go_with_no_query() -> None:
    with pytest.raises(Refusal) as refused:
        checked_for(SETTINGS, "subscription { event { ... on ProductUpdated { issuedAt } } }", ["notify_user"])
    assert refused.value.code == "INVALID_NOTIFY_WITH_SUBSCRIPTION"


def test_the_events_of_a_query_are_those_its_fragments_name() -> None:
    query = (
        "fragment B on Event { ... on CategoryUpdated { category { slug } } issuedAt } fragment C on MenuUpdated {"
        " menu { slug } } subscription S { event { ... on ProductUpdated { product { ...P } } ...B ... { ...C } } }"
    )
    assert checked(SETTINGS, FRAGMENT + query).events == {"product_updated", "category_updated", "menu_updated"}


def test_every_event_can_be_told_without_a_query() -> None:
    assert all(plain_query(SETTINGS, EVENTS[name]).events == {name} for name in EVENT_TYPES)


def test_the_types_of_events_are_all_in_the_schema() -> None:
    built = schema._schema
    names = {kind.name for kind in built.get_possible_types(built.type_map["Event"])}  # type: ignore[arg-type]
    assert names == {kind.__name__ for kind in EVENT_TYPES.values()}
