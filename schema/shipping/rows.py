"""Rows of delivery methods, put together from what several statements read."""

from collections.abc import Sequence

from engine.channels import queries as channels
from engine.core.context import Ctx, Row
from engine.shipping import queries

OFFER = (
    "amount", "currency", "active", "message", "name", "minimum_delivery_days", "maximum_delivery_days",
)  # fmt: skip


async def method_rows(ctx: Ctx, offers: Sequence[Row | None]) -> list[Row | None]:
    """`ShippingMethod` rows: each offer (`shipping_method_id` and the columns OFFER) over its method's own columns.

    Null stays null, as does an offer of a method that is gone.
    """
    ids = list({offer["shipping_method_id"] for offer in offers if offer is not None})
    methods = dict(zip(ids, await queries.methods_by_ids(ctx, ids) if ids else [], strict=True))
    found: list[Row | None] = []
    for offer in offers:
        method = methods.get(offer["shipping_method_id"]) if offer is not None else None
        if offer is None or method is None:
            found.append(None)
        else:
            found.append({**method, **{name: offer[name] for name in OFFER}, "__typename": "ShippingMethod"})
    return found


async def listing_rows(ctx: Ctx, method_ids: Sequence[int]) -> list[list[Row]]:
    """`ShippingMethodChannelListing` rows of each method: its listing, the channel's row, the bands of its table."""
    listings = await queries.method_listings(ctx, method_ids)
    rates = await queries.method_rates(ctx, method_ids)
    ids = list({listing["channel_id"] for group in listings for listing in group})
    rows = dict(zip(ids, await channels.by_ids(ctx, ids), strict=True))
    return [
        [
            {
                **listing,
                "channel": rows[listing["channel_id"]],
                "rates": [rate for rate in table if rate["channel_id"] == listing["channel_id"]],
            }
            for listing in group
        ]
        for group, table in zip(listings, rates, strict=True)
    ]
