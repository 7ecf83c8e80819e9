"""What is sent to Meilisearch."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.listing.rules import ListingFilter
from engine.search.backend import SearchRequest
from engine.search.documents import Document
from engine.search.meilisearch import as_json, conditions, search_options, search_text, settings


def test_settings_name_the_fields_of_every_language_by_weight() -> None:
    assert settings({"de", "pt-br"}) == {
        "searchableAttributes": [
            "name_de", "name_en", "name_pt-br", "labels_de", "labels_en", "labels_pt-br",
            "places_de", "places_en", "places_pt-br", "text_de", "text_en", "text_pt-br",
        ],
        "filterableAttributes": [
            "id", "channels", "published", "product_type", "categories", "collections", "values",
        ],
        "displayedAttributes": ["id"],
        "rankingRules": ["words", "typo", "proximity", "attribute", "exactness", "id:asc"],
        "typoTolerance": {
            "enabled": True,
            "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
            "disableOnNumbers": True,
        },
        "pagination": {"maxTotalHits": 1000},
        "localizedAttributes": [
            {"locales": ["de"], "attributePatterns": ["*_de"]},
            {"locales": ["en"], "attributePatterns": ["*_en"]},
            {"locales": ["pt"], "attributePatterns": ["*_pt-br"]},
        ],
    }  # fmt: skip


def test_a_language_meilisearch_does_not_know_gets_no_locale() -> None:
    assert settings({"gsw"})["localizedAttributes"] == [{"locales": ["en"], "attributePatterns": ["*_en"]}]
    assert "locales" not in search_options(SearchRequest("x", ListingFilter(1), "gsw"), ["gsw", "en"])


def test_a_search_asks_for_the_ids_of_all_results_in_the_fields_of_the_languages() -> None:
    request = SearchRequest("x", ListingFilter(7), "de-at", limit=3, offset=6, facets=(1,))
    assert search_options(request, ["de-at", "de"]) == {
        "limit": 1000,
        "attributesToRetrieve": ["id"],
        "attributesToSearchOn": [
            "name_de-at", "labels_de-at", "places_de-at", "text_de-at", "name_de", "labels_de", "places_de", "text_de",
        ],
        "matchingStrategy": "all",
        "filter": ["published = 7"],
        "locales": ["de"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (ListingFilter(None, published_only=False), []),
        (ListingFilter(7, published_only=False, collection_ids=(3,)), ["channels = 7"]),
        (ListingFilter(7, collection_ids=(3, 4)), ["published = 7", "collections IN [3, 4]"]),
        (ListingFilter(7, category_ids=(1, 2)), ["published = 7", "categories IN [1, 2]"]),
        (ListingFilter(7, product_type_ids=(5,)), ["published = 7", "product_type IN [5]"]),
        (ListingFilter(7, product_ids=()), ["published = 7", "id IN []"]),
        (ListingFilter(7, value_groups=((1, 2), (), (3,))), [
            "published = 7", "values IN [1, 2]", "values IN []", "values IN [3]",
        ]),
        (ListingFilter(7, price_from=1, in_stock=True, slugs=("a",), updated_to=datetime.now(UTC)), ["published = 7"]),
    ],
)  # fmt: skip
def test_what_changes_seldom_is_asked_of_the_index(filter: ListingFilter, expected: list[str]) -> None:
    assert conditions(filter) == expected


def test_nothing_but_numbers_gets_into_a_condition() -> None:
    hostile: Any = ("1] OR published = 2",)
    with pytest.raises(ValueError, match="invalid literal"):
        conditions(ListingFilter(7, category_ids=hostile))


@given(st.text())
def test_no_operator_of_meilisearch_is_left_in_a_query(query: str) -> None:
    sent = search_text(query)
    assert not set(sent) & {'"', "-"}
    assert len(sent) == min(len(query), 256)


def test_a_product_is_one_document_with_all_its_languages() -> None:
    texts = (("Kettle",), ("Red", "KT-1"), (), ("Whistles",))
    found = [
        Document(5, "de", (("Kessel",), ("Rot", "KT-1"), ("Küche",), ())),
        Document(5, "en", texts),
        Document(6, "en", texts),
    ]
    facts = {
        5: {
            "channel_ids": [1, 2], "published_ids": [1], "product_type_id": 3,
            "category_ids": [8, 9], "collection_ids": [], "value_ids": [4],
        }
    }  # fmt: skip
    assert as_json(found, facts) == [
        {
            "id": 5, "channels": [1, 2], "published": [1], "product_type": 3, "categories": [8, 9], "collections": [],
            "values": [4], "name_de": ["Kessel"], "labels_de": ["Rot", "KT-1"], "places_de": ["Küche"],
            "name_en": ["Kettle"], "labels_en": ["Red", "KT-1"], "text_en": ["Whistles"],
        },
        {
            "id": 6, "channels": [], "published": [],
            "name_en": ["Kettle"], "labels_en": ["Red", "KT-1"], "text_en": ["Whistles"],
        },
    ]  # fmt: skip
