"""Every id argument of the whole API, given ids it cannot mean: a refusal, a null or an empty list, never a fault."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from engine.core.context import Ctx
from engine.core.ids import BIGINT_MAX, to_global
from schema.root import schema
from tests.api import Api
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.anyio

SKIPPED: dict[str, str] = {}
"""Root fields that cannot be called so, with the reason."""
NAMED = {
    "deliveryMethod": "ShippingMethod", "promoCode": "Voucher", "gift": "ProductVariant", "variant": "ProductVariant",
    "media": "ProductMedia", "assignee": "User", "item": "MenuItem", "parent": "MenuItem", "line": "OrderLine",
    "productAttribute": "Attribute", "variantAttribute": "Attribute",
    "dropdown": "AttributeValue", "multiselect": "AttributeValue", "swatch": "AttributeValue",
    "value": "AttributeValue", "move": "AttributeValue",
    "transaction": "TransactionItem", "reference": "Product", "referenceType": "ProductType",
    "postalCodeRule": "ShippingMethodPostalCodeRule", "operation": "Attribute", "object": "Product",
}  # fmt: skip
"""Types of ids by the names of their arguments, where the name is not the type's."""
VAGUE = re.compile(r"\.(id|ids|eq|oneOf)$")
PARTS_OF_NAMES = re.compile(r"^(add|remove|delete)(?=[A-Z])|Predicate$|Ids?$")


def named(place: str) -> str:
    """What ids a place takes by its name, where no refusal tells: another argument is refused first, or ids of several
    types are taken."""
    word = VAGUE.sub("", place).rpartition(".")[2]
    word = PARTS_OF_NAMES.sub("", word)
    word = word[0].lower() + word[1:]
    singular = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
    for each in (word, singular):
        kind = NAMED.get(each, each[0].upper() + each[1:])
        if "id" in getattr(schema._schema.type_map.get(kind), "fields", ()):
            return kind
    return "Product"


UNKNOWN = uuid.UUID("00000000-0000-7000-8000-00000000beef")
MALFORMED = ("", "ü€😀", "UHJvZHVjdA==", "/////w==", "A" * 5_000)
PLAIN: dict[str, Any] = {
    "String": "x", "Int": 1, "Float": 1.5, "Boolean": True, "Decimal": "1.50", "PositiveDecimal": "1.50",
    "PositiveInt": 1, "WeightScalar": 1.5, "JSON": {}, "JSONString": "{}", "GenericScalar": "x", "UUID": str(UNKNOWN),
    "Date": "2026-01-31", "DateTime": "2026-01-31T12:00:00+00:00", "Day": 1, "Metadata": {},
}  # fmt: skip
WORDS = {"email": "somebody@example.com", "redirectUrl": "http://localhost/", "channel": "default-channel", "first": 1}
Path = tuple[str, ...]


def paths_of(arguments: dict[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Where an id can stand, as names of arguments and input fields."""
    for name, argument in arguments.items():
        kind = get_named_type(argument.type)
        if kind.name == "ID":
            yield (name,)
        elif isinstance(kind, GraphQLInputObjectType) and kind.name not in seen:
            for path in paths_of(kind.fields, seen | {kind.name}):
                yield (name, *path)


ROOTS: list[tuple[str, str, GraphQLField, Path]] = [
    (operation, name, field, path)
    for operation, root in (("query", schema._schema.query_type), ("mutation", schema._schema.mutation_type))
    for name, field in sorted((root.fields if root else {}).items())
    if name not in SKIPPED
    for path in paths_of(field.args)
]


def minimal(kind: Any, name: str, id: str, path: Path | None) -> Any:
    """The least value of a type: what is required, and the id where `path` leads."""
    if isinstance(kind, GraphQLNonNull):
        return minimal(kind.of_type, name, id, path)
    if isinstance(kind, GraphQLList):
        return [minimal(kind.of_type, name, id, path)]
    if isinstance(kind, GraphQLInputObjectType):
        return filled(kind.fields, id, path)
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if kind.name == "ID":
        return id if path == () else to_global("Nothing", 1)
    return WORDS[name] if name in WORDS and kind.name == "String" else PLAIN[kind.name]


def filled(arguments: dict[str, Any], id: str, path: Path | None) -> dict[str, Any]:
    return {
        name: minimal(argument.type, name, id, path[1:] if path and path[0] == name else None)
        for name, argument in arguments.items()
        if (path and path[0] == name) or isinstance(argument.type, GraphQLNonNull) or name == "first"
    }


def selection(kind: Any) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    fields = {} if is_abstract_type(named) else named.fields
    if "edges" in fields:
        return "{ edges { node { __typename } } }"
    if "errors" not in fields:
        return "{ __typename }"
    told = sorted({"field", "path", "code", "message"} & get_named_type(fields["errors"].type).fields.keys())
    return f"{{ errors {{ {' '.join(told)} }} }}"


def call(operation: str, name: str, field: GraphQLField, path: Path, id: str) -> tuple[str, dict[str, Any]]:
    given = filled(field.args, id, path)
    declared = ", ".join(f"${argument}: {field.args[argument].type}" for argument in given)
    passed = ", ".join(f"{argument}: ${argument}" for argument in given)
    return f"{operation}({declared}) {{ it: {name}({passed}) {selection(field.type)} }}", given


def faults(body: dict[str, Any]) -> list[str]:
    """Errors that are no answer: of the engine's own codes for refusals none is the name of a Python exception."""
    codes = [(error["extensions"]["exception"]["code"], error["message"]) for error in body.get("errors", ())]
    return [f"{code}: {message}" for code, message in codes if code not in ("GraphQLError", "PermissionDenied")]


@pytest.fixture(scope="module")
async def actors(demo_api: Api, demo_shop: Any) -> dict[str, Api]:
    ctx: Ctx = demo_shop.ctx()
    await make_user(ctx, "unrelated@ids.example")
    await ctx.release()
    return {
        "nobody": demo_api,
        "customer": await demo_api.log_in("unrelated@ids.example", PASSWORD),
        "admin": await demo_api.as_admin(),
    }


async def expected_types(admin: Api) -> dict[str, str]:
    """By `field.argument`, the type whose ids the argument takes, as the refusal of another says."""
    found = {}
    for operation, name, field, path in ROOTS:
        query, variables = call(operation, name, field, path, "zzz")
        said = re.search(r"Invalid ID: zzz. Expected: ([\w ,]+)\.", (await admin.send(query, **variables)).text)
        if said is not None:
            found[".".join((name, *path))] = said[1]
    return found


async def test_no_id_is_a_fault(actors: dict[str, Api]) -> None:
    types = await expected_types(actors["admin"])
    wrong: dict[str, list[str]] = {}
    for operation, name, field, path in ROOTS:
        place = ".".join((name, *path))
        kind = types.get(place) or named(place)
        foreign = [to_global("Nothing", 1), to_global("Ticket" if kind != "Ticket" else "Order", UNKNOWN)]
        odd = [to_global(kind, pk) for pk in (-1, BIGINT_MAX + 1, "٣")]
        unknown = [to_global(kind, pk) for pk in (BIGINT_MAX, UNKNOWN)]
        for id in (*MALFORMED, *foreign, *odd, *unknown):
            query, variables = call(operation, name, field, path, id)
            for actor, api in actors.items():
                response = await api.send(query, **variables)
                found = faults(response.json())
                if found or response.status_code != 200:
                    wrong.setdefault(f"{place} as {actor}", []).append(f"{id[:40]}: {found or response.text[:200]}")
    assert wrong == {}
    assert len(types) > len(ROOTS) / 2, "most refusals tell which ids they want"


def test_the_fields_with_ids_are_found() -> None:
    names = {name for _, name, _, _ in ROOTS}
    root = schema._schema.query_type
    assert isinstance(root, GraphQLObjectType)
    assert {"product", "order", "user", "checkoutLinesAdd", "ticketUpdate", "transactionProcess"} <= names
    assert ("input", "lines", "variantId") in [path for _, name, _, path in ROOTS if name == "checkoutCreate"]
    assert SKIPPED.keys().isdisjoint(names)
