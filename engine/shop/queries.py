import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.statements import Statement
from engine.core.tables import table
from engine.shop.models import ShopSettings

_s = table(ShopSettings)
_SETTINGS = Statement(sa.select(_s).where(_s.c.id == 1))
# What is counted belongs to domains far above; only that it is there is asked.
_USAGE = Statement(
    sa.text(
        "SELECT (SELECT count(*) FROM channel) AS channels, (SELECT count(*) FROM warehouse) AS warehouses,"
        " (SELECT count(*) FROM account_user WHERE is_staff AND is_active) AS staff_users,"
        " (SELECT count(*) FROM (SELECT 1 FROM product_variant LIMIT :most) v) AS product_variants,"
        " (SELECT count(*) FROM (SELECT 1 FROM sales_order WHERE status <> 'DRAFT' LIMIT :most) o) AS orders"
    ).bindparams(sa.bindparam("most", type_=sa.BigInteger))
)
_CURRENCIES = Statement(sa.text("SELECT DISTINCT currency FROM channel ORDER BY currency"))
_COUNTRY = Statement(
    sa.text(
        "SELECT coalesce((SELECT a.country FROM shop_settings s JOIN address a ON a.id = s.company_address_id),"
        " (SELECT default_country FROM channel ORDER BY NOT is_active, id LIMIT 1))"
    )
)


async def settings(ctx: Ctx) -> Row:
    """The one row of `ShopSettings`."""
    return await ctx.first(_SETTINGS)


async def usage(ctx: Ctx, most: int) -> Row:
    """How many channels, warehouses, staff_users, product_variants and orders there are; of the last two at most
    `most` are counted."""
    return await ctx.first(_USAGE, most=most)


async def currencies(ctx: Ctx) -> list[str]:
    """ISO 4217, of all channels."""
    return [row["currency"] for row in await ctx.fetch(_CURRENCIES)]


async def country(ctx: Ctx) -> str | None:
    """Where the company is, or else the first channel sells (ISO 3166-1 alpha-2)."""
    found: str | None = await ctx.value(_COUNTRY)
    return found
