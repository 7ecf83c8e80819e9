"""A field answers the same whether it is selected alone, so that its statement brings along and leaves out what it
can, or with all its siblings."""

from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_object_type, is_required_argument

from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.context import Caller, transact
from engine.core.ids import to_global
from engine.flows.shop import Shop
from schema.root import schema
from tests import past_orders
from tests.api import Api
from tests.catalog_data import US, fill
from tests.people import make_user

pytestmark = pytest.mark.anyio

ARGUMENTS = {
    "key": '"a"', "slug": '"color"', "first": "2", "languageCode": "DE", "id": f'"{to_global("ProductMedia", 1)}"',
}  # fmt: skip
PAGE = '{ products(first: 3, channel: "us") { edges { node { %s } } } }'
PLACES = {
    "a product of a page": ("Product", PAGE),
    "a product of a category": (
        "Product",
        '{ category(slug: "clothes") { products(first: 3, channel: "us") { edges { node { %s } } } } }',
    ),
    "a product of a collection": (
        "Product",
        '{ collection(slug: "summer", channel: "us") { products(first: 3) { edges { node { %s } } } } }',
    ),
    "a product by slug": ("Product", '{ product(slug: "tee", channel: "us") { %s } }'),
    "a product without channel": ("Product", '{ product(slug: "draft") { %s } }'),
    "a variant of a page": (
        "ProductVariant",
        PAGE % "productVariants(first: 2) { edges { node { %s } } }",
    ),
    "a variant": ("ProductVariant", '{ product(slug: "tee", channel: "us") { variants { %s } } }'),
    "the product of a variant": ("Product", '{ product(slug: "tee", channel: "us") { variants { product { %s } } } }'),
    "a category": ("Category", PAGE % "category { %s }"),
    "a product type": ("ProductType", PAGE % "productType { %s }"),
    "an attribute": ("Attribute", PAGE % "attributes { attribute { %s } }"),
    "an attribute of a variant": (
        "Attribute",
        '{ product(slug: "tee", channel: "us") { variants { attributes { attribute { %s } } } } }',
    ),
    "the attribute of a facet": (
        "Attribute",
        '{ products(first: 1, channel: "us") { facets(attributes: ["color", "size"]) { attribute { %s } } } }',
    ),
    "an order": ("Order", "{ me { orders(first: 3) { edges { node { %s } } } } }"),
    "a line of an order": ("OrderLine", "{ me { orders(first: 3) { edges { node { lines { %s } } } } } }"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
async def goods(shop: Shop) -> int:
    """The id of somebody with orders."""
    ctx = shop.ctx()
    await transact(ctx, fill)
    user_id = await make_user(ctx, "reader@example.com", is_staff=True)
    await transact(ctx, past_orders.place, user_id, US, (1, 2), 4)
    await ctx.release()
    return user_id


@pytest.fixture
def staff(api: Api, goods: int, monkeypatch: pytest.MonkeyPatch) -> Api:
    async def caller_of(*_: object) -> Caller:
        return Caller(user_id=goods, is_staff=True, permissions=ALL_PERMISSIONS)

    monkeypatch.setattr("schema.execution.endpoint.caller_of", caller_of)
    return Api(api.http, "any")


def _fields(type_name: str) -> dict[str, str]:
    """A selection of every field of the type that is a value, or has one to select."""
    kind = schema._schema.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    return {name: written for name, field in kind.fields.items() if (written := _written(name, field))}


def _written(name: str, field: GraphQLField) -> str | None:
    needed = [key for key, argument in field.args.items() if is_required_argument(argument) or key == "first"]
    given = ", ".join(f"{key}: {ARGUMENTS[key]}" for key in needed)
    head = f"{name}({given})" if given else name
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return head
    if not is_object_type(kind):
        return f"{head} {{ __typename }}"
    assert isinstance(kind, GraphQLObjectType)
    leaves = [key for key, below in kind.fields.items() if is_leaf_type(get_named_type(below.type)) and not below.args]
    return f"{head} {{ {leaves[0] if leaves else '__typename'} }}"


def _values(found: Any, name: str) -> list[Any]:
    """What a field answered in all the objects of an answer, in their order."""
    if isinstance(found, list):
        return [value for item in found for value in _values(item, name)]
    if not isinstance(found, dict):
        return []
    return [found[name]] if name in found else [value for item in found.values() for value in _values(item, name)]


@pytest.mark.parametrize(("type_name", "document"), PLACES.values(), ids=PLACES.keys())
async def test_a_field_alone_says_what_it_says_among_all(staff: Api, type_name: str, document: str) -> None:
    fields = _fields(type_name)
    aliased = " ".join(f"f{number}: {written}" for number, written in enumerate(fields.values()))
    everything = await staff.run(document % aliased)
    answered = 0
    for number, written in enumerate(fields.values()):
        alone = _values(await staff.run(document % f"alone: {written}"), "alone")
        assert alone == _values(everything, f"f{number}"), written
        answered += any(value is not None for value in alone)
    assert answered > 0
