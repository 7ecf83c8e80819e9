"""Pairs that clients keep on objects: the private ones are for who manages that kind of object, and nobody else."""

import pytest

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.ids import to_global
from engine.flows.metadata import PERMISSIONS, TARGETS
from engine.flows.shop import Shop
from engine.orders.models import Order
from schema.root import schema
from tests.api import Api
from tests.people import PASSWORD, make_group, make_staff, make_user
from tests.stockroom import build

pytestmark = pytest.mark.anyio

WRITE = """mutation($id: ID!, $input: [MetadataInput!]!) {
  it: updatePrivateMetadata(id: $id, input: $input) {
    item { privateMetadata { key value } } errors { field code } } }"""
DROP = """mutation($id: ID!) { it: deletePrivateMetadata(id: $id, keys: ["k"]) {
  item { privateMetadata { key } } errors { field code } } }"""
PUBLIC = """mutation($id: ID!, $input: [MetadataInput!]!) {
  it: updateMetadata(id: $id, input: $input) { item { metadata { key } } errors { field code } } }"""
PAIR = [{"key": "k", "value": "v"}]


def test_every_type_that_has_metadata_says_who_reads_the_private_part() -> None:
    kinds = schema._schema.type_map
    holders = {kind.name for kind in schema._schema.get_possible_types(kinds["ObjectWithMetadata"])}  # type: ignore[arg-type]
    assert holders <= PERMISSIONS.keys()
    assert TARGETS.keys() <= PERMISSIONS.keys()


async def order_of(ctx: Ctx, channel_id: int) -> str:
    async def work(tx: WriteCtx) -> str:
        order = Order(number=channel_id, channel_id=channel_id, currency="EUR")
        tx.add(order)
        await tx.session.flush()
        return to_global("Order", order.id)

    return await transact(ctx, work)


async def test_private_metadata_needs_the_permission_of_its_own_type(api: Api, shop: Shop) -> None:
    ctx = shop.ctx()
    room = await build(ctx)
    customer = await make_user(ctx, "pairs@example.com")
    for name, permission in (("orders", "MANAGE_ORDERS"), ("products", "MANAGE_PRODUCTS"), ("users", "MANAGE_USERS")):
        await make_staff(ctx, f"{name}@pairs.example", permission)
    staff = {name: await api.log_in(f"{name}@pairs.example", PASSWORD) for name in ("orders", "products", "users")}
    await ctx.release()
    things = {
        "orders": await order_of(ctx, room.channel_id),
        "products": to_global("ProductVariant", room.variants[0]),
        "users": to_global("User", customer),
    }
    for owner, id in things.items():
        for name, client in staff.items():
            if name == owner:
                answer = (await client.run(WRITE, id=id, input=PAIR))["it"]
                assert answer == {"item": {"privateMetadata": PAIR}, "errors": []}
            else:
                for document, variables in ((WRITE, {"input": PAIR}), (DROP, {}), (PUBLIC, {"input": PAIR})):
                    (error,) = await client.errors(document, id=id, **variables)
                    assert error["extensions"]["code"] == "PermissionDenied", (name, owner)
    read = "query($id: ID!) { order(id: $id) { privateMetadata { key } privateMetafields } }"
    assert (await staff["orders"].run(read, id=things["orders"]))["order"]["privateMetafields"] == {"k": "v"}
    refused = await staff["products"].errors(read, id=things["orders"])
    assert {error["extensions"]["code"] for error in refused} == {"PermissionDenied"}
    assert (await staff["orders"].run(DROP, id=things["orders"]))["it"]["item"] == {"privateMetadata": []}


async def test_who_manages_customers_does_not_reach_staff(api: Api, shop: Shop) -> None:
    ctx = shop.ctx()
    await make_staff(ctx, "customers@pairs.example", "MANAGE_USERS")
    colleague = to_global("User", await make_staff(ctx, "colleague@pairs.example"))
    client = await api.log_in("customers@pairs.example", PASSWORD)
    await ctx.release()
    (error,) = await client.errors(WRITE, id=colleague, input=PAIR)
    assert error["message"].endswith("MANAGE_STAFF")


async def test_staff_of_another_channel_do_not_find_the_order(api: Api, shop: Shop) -> None:
    ctx = shop.ctx()
    here, there = await build(ctx), await build(ctx)
    clerk = await make_user(ctx, "there@pairs.example", is_staff=True)
    await make_group(ctx, "there", "MANAGE_ORDERS", members=(clerk,), channels=(there.channel_id,))
    id = await order_of(ctx, here.channel_id)
    client = await api.log_in("there@pairs.example", PASSWORD)
    await ctx.release()
    answer = (await client.run(WRITE, id=id, input=PAIR))["it"]
    assert answer["errors"] == [{"field": "id", "code": "NOT_FOUND"}]
