"""What there is to ask for in the demo shop: ids, slugs, cursors and callers, read from it through the API."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

from engine.accounts.rules import ALL_PERMISSIONS, Permission
from engine.core.context import ANONYMOUS, Caller
from engine.core.ids import int_pk

CONNECTION = "CountableConnection"
TELLING = ("id", "slug", "sku", "email", "externalReference", "token", "number", "name", "code")
"""Fields whose values are good arguments elsewhere."""


class Knowledge:
    """`values["Product", "slug"]`; `cursors["Product"]`."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self.cursors: dict[str, list[str]] = defaultdict(list)

    def of(self, kind: str, name: str) -> list[Any]:
        return self.values.get((kind, name), [])

    @property
    def ids(self) -> list[str]:
        return [one for (_, name), found in sorted(self.values.items()) if name == "id" for one in found]

    def take(self, data: Any) -> None:
        """Remember what an answer tells."""
        if isinstance(data, list):
            for item in data:
                self.take(item)
        elif isinstance(data, dict):
            kind = data.get("__typename", "")
            for name, value in data.items():
                if isinstance(value, (dict, list)):
                    self.take(value)
                elif name == "cursor":
                    self.cursors[kind.removesuffix("CountableEdge")].append(value)
                elif name in TELLING and value and value not in self.values[kind, name]:
                    self.values[kind, name].append(value)


async def look_around(schema: GraphQLSchema, ask: Callable[[str], Awaitable[Any]]) -> Knowledge:
    """`ask` answers a document, as the administrator, with its data."""
    known = Knowledge()
    known.take(await ask("{ channels { __typename id slug } }"))
    assert schema.query_type is not None
    for channel in known.of("Channel", "slug"):
        for name, field in schema.query_type.fields.items():
            if str(get_named_type(field.type)).endswith(CONNECTION):
                known.take(await ask(_document(name, field, channel)))
    return known


def _document(name: str, field: GraphQLField, channel: str) -> str:
    arguments = "first: 6" + (f', channel: "{channel}"' if "channel" in field.args else "")
    connection: Any = get_named_type(field.type)
    node: Any = get_named_type(get_named_type(connection.fields["edges"].type).fields["node"].type)
    return f"{{ {name}({arguments}) {{ edges {{ __typename cursor node {_telling(node, 2)} }} }} }}"


def _telling(kind: GraphQLObjectType, depth: int) -> str:
    parts = ["__typename"]
    for name, field in kind.fields.items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            if name in TELLING:
                parts.append(name)
        elif depth and isinstance(inner, GraphQLObjectType) and "id" in inner.fields and _is_list(field.type):
            parts.append(f"{name} {_telling(inner, depth - 1)}")
    return "{ " + " ".join(parts) + " }"


def _is_list(kind: Any) -> bool:
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def callers(known: Knowledge, staff: list[dict[str, Any]], customers: list[dict[str, Any]]) -> list[Caller]:
    """Nobody, customers, and staff with no, one, some and all permissions, in all channels and in one; those who may
    see most are there more than once."""
    member: dict[str, Any] = {"user_id": int_pk(staff[0]["id"], "User"), "email": staff[0]["email"], "is_staff": True}
    channels = frozenset(int_pk(one, "Channel") for one in known.of("Channel", "id")[:1])
    orders = frozenset({Permission.MANAGE_ORDERS.value})
    goods = orders | {Permission.MANAGE_PRODUCTS.value, Permission.MANAGE_USERS.value, Permission.MANAGE_TICKETS.value}
    return [
        ANONYMOUS,
        ANONYMOUS,
        Caller(token_fault="ExpiredSignatureError"),
        *(Caller(user_id=int_pk(one["id"], "User"), email=one["email"]) for one in customers[:3]),
        Caller(**member),
        Caller(**member, permissions=orders),
        Caller(**member, permissions=goods),
        Caller(**member, permissions=goods, channel_ids=channels),
        *[Caller(**member, permissions=ALL_PERMISSIONS)] * 10,
        Caller(app_id=1, permissions=goods),
    ]
