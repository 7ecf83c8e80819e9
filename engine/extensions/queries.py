import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from engine.core.context import Ctx, Row
from engine.core.statements import Statement
from engine.core.tables import table
from engine.extensions.models import PluginConfiguration

_t = table(PluginConfiguration)
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)

_FOR_CHANNEL = Statement(
    sa.select(_t)
    .ext(distinct_on(_t.c.plugin_id))
    .where(sa.or_(_t.c.channel_id == _CHANNEL, _t.c.channel_id.is_(None)))
    .order_by(_t.c.plugin_id, _t.c.channel_id.nulls_last())
)
_ALL = Statement(sa.select(_t).order_by(_t.c.plugin_id, _t.c.channel_id.nulls_first()))


async def for_channel(ctx: Ctx, channel_id: int | None) -> dict[str, Row]:
    """The configuration row that holds for each plugin in a channel: its own, else the one for all channels."""
    return {row["plugin_id"]: row for row in await ctx.fetch(_FOR_CHANNEL, channel_id=channel_id)}


async def all_configurations(ctx: Ctx) -> list[Row]:
    return await ctx.fetch(_ALL)
