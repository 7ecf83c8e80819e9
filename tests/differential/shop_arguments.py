"""Arguments with which the demo shop is asked: mostly ids and words it knows, now and then wrong ones."""

from random import Random
from typing import Any

from graphql import GraphQLField, GraphQLNamedType, get_named_type, is_required_argument

from tests.differential.arguments import Arguments, Name
from tests.differential.knowledge import CONNECTION, Knowledge

SELECTORS = ("id", "slug", "sku", "externalReference", "email", "token", "name")
"""Of these a field that gives one object takes one."""
LANGUAGES = ("EN", "DE", "PL", "FR", "JA")
COUNTRIES = ("DE", "US", "PL", "JP", "GB")
WORDS = ("shirt", "juice", "a", "the", "", "Ünïcødé", "no such thing", 'a "quoted" one')
KINDS = {
    "channel": "Channel", "categories": "Category", "category": "Category", "inCategory": "Category",
    "collections": "Collection", "collection": "Collection", "inCollection": "Collection",
    "productTypes": "ProductType", "productType": "ProductType", "pageTypes": "PageType", "pageType": "PageType",
    "warehouseIds": "Warehouse",
    "channels": "Channel", "attributeId": "Attribute", "order": "Order", "assignee": "User", "userId": "User",
}  # fmt: skip
"""Of which type an id or slug is that an argument of that name takes."""


CHANCES = {"channel": 0.9, "filter": 0.15, "where": 0.1, "search": 0.04, "sortBy": 0.15, "slugLanguageCode": 0.05}
"""Of arguments that may be left out and mostly are, or are not."""
OFTEN = {
    "products": 8, "product": 6, "productVariant": 3, "category": 2, "categories": 2, "collection": 2, "collections": 2,
    "orders": 4, "order": 3, "checkouts": 2, "checkout": 3, "pages": 2, "page": 2, "me": 2, "tickets": 2, "menu": 2,
}  # fmt: skip
"""Root fields with much below them, that are asked more often than the others."""


class ShopArguments(Arguments):
    scalars = {
        **Arguments.scalars,
        "Decimal": lambda rng: rng.choice([0, 10, 9.99, "19.5"]),
        "PositiveDecimal": lambda rng: rng.choice([1, 9.99]),
        "PositiveInt": lambda rng: rng.choice([1, 2, 5]),
        "Date": lambda rng: rng.choice(["2020-01-01", "2030-12-31"]),
        "DateTime": lambda rng: rng.choice(["2020-01-01T00:00:00+00:00", "2030-12-31T10:00:00Z"]),
        "UUID": lambda _: "00000000-0000-7000-8000-000000000000",
        "Metadata": lambda _: {"colour": "red"},
        "JSON": lambda _: {"a": [1]},
        "JSONString": lambda _: '{"a": 1}',
        "GenericScalar": lambda _: {"a": 1},
        "WeightScalar": lambda rng: rng.choice([1, 2.5]),
        "Upload": lambda _: "no file comes in a document",
    }

    def __init__(self, rng: Random, known: Knowledge):
        super().__init__(rng)
        self.known = known
        self._about = ""

    def of(self, parent: str, name: str, field: GraphQLField, fan: int) -> dict[str, Any]:
        rng = self.rng
        self._about = get_named_type(field.type).name.removesuffix(CONNECTION)
        if parent == "Mutation" and name.startswith("checkout"):
            self._about = "Checkout"
        given: dict[str, Any] = {}
        selectors = [one for one in SELECTORS if one in field.args and (self.known.of(self._about, one) or one == "id")]
        selectors = [] if "first" in field.args else selectors
        chosen = set(rng.sample(selectors, 2 if len(selectors) > 1 and rng.random() < 0.05 else 1)) if selectors else ()
        for key, argument in field.args.items():
            if key in ("first", "last", "after", "before"):
                continue
            wanted = key in chosen if key in SELECTORS and selectors else rng.random() < self._chance(key)
            if wanted or is_required_argument(argument):
                given[key] = self.value(argument.type, key, 2)
                if given[key] is None and rng.random() < 0.8:
                    given[key] = self.value(argument.type, key, 2)
        if "first" in field.args:
            given |= self._page(field, fan)
        return given

    def _chance(self, key: str) -> float:
        return CHANCES.get(key, 0.35)

    def _page(self, field: GraphQLField, fan: int) -> dict[str, Any]:
        rng = self.rng
        size = rng.randint(1, 5 if fan <= 2 else 2)
        roll = rng.random()
        if roll < 0.04:
            return {}
        if roll < 0.14 and "last" in field.args:
            cursor = {"before": self._cursor()} if "before" in field.args and rng.random() < 0.3 else {}
            return {"last": size, **cursor}
        if roll < 0.16 and "last" in field.args:
            return {"first": size, "last": size}
        cursor = {"after": self._cursor()} if "after" in field.args and rng.random() < 0.08 else {}
        return {"first": -1 if roll > 0.99 else size, **cursor}

    def _cursor(self) -> Any:
        return self.rng.choice([*self.known.cursors.get(self._about, []), "bogus"])

    def scalar(self, kind: GraphQLNamedType, name: str) -> Any:
        rng = self.rng
        if rng.random() < 0.04:
            return super().scalar(kind, name)
        about = KINDS.get(name, self._about)
        if kind.name == "ID":
            pool = self.known.of(about, "id") if rng.random() < 0.95 else self.known.ids
            return rng.choice(pool or self.known.ids)
        if kind.name == "UUID" and self.known.of(about, "token"):
            return rng.choice(self.known.of(about, "token"))
        if kind.name == "String":
            return self._text(about, name)
        return super().scalar(kind, name)

    def _text(self, about: str, name: str) -> Any:
        rng = self.rng
        if name in ("channel", "channels"):
            return rng.choice(self.known.of("Channel", "slug") + ["no-such-channel"] * (rng.random() < 0.1))
        if name == "slug" and about in ("AssignedAttribute", "SelectedAttribute"):
            about = "Attribute"
        key = name if name in SELECTORS else name.removesuffix("s")
        if key in ("eq", "oneOf"):
            key = rng.choice(["slug", "name"])
        return rng.choice(self.known.of(about, key) or WORDS)

    def enum(self, kind: Any) -> Any:
        usual = {"LanguageCodeEnum": LANGUAGES, "CountryCode": COUNTRIES}.get(kind.name)
        return Name(self.rng.choice(usual)) if usual else super().enum(kind)
