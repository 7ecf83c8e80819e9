"""Products as staff make them over the API, and what shoppers are then shown: for tests of the catalogue's edits."""

from typing import Any

from engine.core.context import Ctx
from engine.core.paging import page_args
from engine.flows import browse
from engine.listing.rules import ValueCriterion
from tests.catalog_data import SHIRTS
from tests.staffing import Staff, gid

CREATE = """mutation($input: ProductCreateInput!) { r: productCreate(input: $input) {
  product { id slug name description category { slug } collections { slug } weight { value } externalReference
    productType { slug } metadata { key value } attributes { attribute { slug } values { name boolean plainText } } }
  errors { field code message attributes } } }"""
VARIANT = """mutation($input: ProductVariantCreateInput!) { r: productVariantCreate(input: $input) {
  productVariant { id name sku product { defaultVariant { sku } } stocks { quantity }
    attributes { attribute { slug } values { slug } } } errors { field code message attributes } } }"""
PUBLISH = """mutation($id: ID!, $input: ProductChannelListingUpdateInput!) {
  r: productChannelListingUpdate(id: $id, input: $input) { product { slug } errors { field code channels } } }"""
PRICE = """mutation($id: ID!, $input: [ProductVariantChannelListingAddInput!]!) {
  r: productVariantChannelListingUpdate(id: $id, input: $input) { variant { sku } errors { field code } } }"""


async def make(staff: Staff, name: str, **values: Any) -> Any:
    input = {"name": name, "productType": gid("ProductType", SHIRTS), **values}
    return (await staff.do(CREATE, input=input))["product"]


async def shown(ctx: Ctx, *values: ValueCriterion, **parts: Any) -> list[str]:
    await ctx.release()
    request = browse.Request(page_args("products", first=20), browse.Wish(parts, values), channel="us")
    return [edge["node"]["slug"] for edge in (await browse.products(ctx, request))["edges"]]
