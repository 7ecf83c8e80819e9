"""In which channels a voucher holds, and what it is worth there."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from engine.channels import queries as channels
from engine.core.context import Row, WriteCtx
from engine.core.money import RATE_SCALE, MoneyError, millipercent, to_minor
from engine.core.tables import table
from engine.vouchers import editing
from engine.vouchers.errors import ChannelsRefused
from engine.vouchers.models import VoucherChannel
from engine.vouchers.pages import listings_of

_c = table(VoucherChannel)


@dataclass(frozen=True)
class Listing:
    """`value` is major units or per cent, `min_spent` major units; what was not given stays as it is."""

    channel_id: int
    value: Decimal | None = None
    min_spent: Decimal | None = None
    keeps_min_spent: bool = False


async def set_listings(tx: WriteCtx, voucher_id: int, add: Sequence[Listing], remove: Sequence[int]) -> Row:
    """Raises UnknownVoucher, ChannelsRefused (DUPLICATED_INPUT_ITEM, NOT_FOUND, REQUIRED, INVALID)."""
    voucher = await editing.locked(tx, voucher_id)
    ids = [each.channel_id for each in add]
    twice = [id for id in {*ids, *remove} if ids.count(id) + list(remove).count(id) > 1]
    if twice:
        raise ChannelsRefused("A channel is given twice.", twice, code="DUPLICATED_INPUT_ITEM", field="addChannels")
    found = {row["id"]: row for row in await channels.by_ids(tx, ids) if row is not None}
    missing = [id for id in ids if id not in found]
    if missing:
        raise ChannelsRefused("There is no such channel.", missing, code="NOT_FOUND", field="addChannels")
    (known,) = await listings_of(tx, [voucher_id])
    before = {row["channel_id"]: row for row in known}
    for each in add:
        values = _values(each, voucher, found[each.channel_id], before.get(each.channel_id))
        made = insert(_c).values(voucher_id=voucher_id, channel_id=each.channel_id, **values)
        await tx.execute(made.on_conflict_do_update(index_elements=["voucher_id", "channel_id"], set_=values))
    if remove:
        await tx.execute(_c.delete().where(_c.c.voucher_id == voucher_id, _c.c.channel_id.in_(list(remove))))
    tx.emit("voucher.updated", "Voucher", voucher_id)
    return voucher


def _values(each: Listing, voucher: Row, channel: Row, before: Row | None) -> dict[str, Any]:
    currency, here = channel["currency"], [each.channel_id]
    if each.value is None and before is None:
        raise ChannelsRefused("A value is needed in a new channel.", here, code="REQUIRED", field="discountValue")
    values: dict[str, Any] = {"currency": currency}
    try:
        if each.value is not None:
            percent = voucher["value_type"] == "PERCENTAGE"
            values["value"] = millipercent(each.value) if percent else to_minor(each.value, currency)
            if percent and values["value"] > RATE_SCALE:
                raise ChannelsRefused("Not more than 100 per cent.", here, code="INVALID", field="discountValue")
    except MoneyError as error:
        raise ChannelsRefused(str(error), here, code="INVALID", field="discountValue") from error
    try:
        if not each.keeps_min_spent:
            values["min_spent"] = None if each.min_spent is None else to_minor(each.min_spent, currency)
    except MoneyError as error:
        raise ChannelsRefused(str(error), here, code="INVALID", field="minAmountSpent") from error
    if before is not None:
        return {"value": before["value"], "min_spent": before["min_spent"], **values}
    return values
