"""What staff change of vouchers."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.core.codes import random_code
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal, Refusals
from engine.core.ids import uuid7
from engine.core.locking import Rank, lock_rows
from engine.core.money import RATE_SCALE, exponent
from engine.core.reference.countries import COUNTRIES
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table
from engine.vouchers import queries
from engine.vouchers.errors import CodesRefused, UnknownVoucher
from engine.vouchers.models import Voucher, VoucherChannel, VoucherCode, VoucherTranslation
from engine.vouchers.pages import CATALOGUES, listings_of

MAX_CODES = 1_000
MAX_CODE = 255
_v, _k, _t, _c = table(Voucher), table(VoucherCode), table(VoucherTranslation), table(VoucherChannel)
_LOCK = Statement(
    sa.select(_v)
    .where(_v.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
    .order_by(_v.c.id)
    .with_for_update()
)
# A code is either a voucher's or a gift card's: shoppers type both into the same field.
_TAKEN = Statement(
    sa.text(
        "SELECT code FROM voucher_code WHERE code = ANY(:codes)"
        " UNION SELECT code FROM gift_card WHERE code = ANY(:codes) ORDER BY code"
    ).bindparams(sa.bindparam("codes", type_=sa.ARRAY(sa.Text)))
)
_USED = Statement(
    sa.text("SELECT coalesce(sum(used), 0) FROM voucher_code WHERE voucher_id = :id").bindparams(
        sa.bindparam("id", type_=sa.BigInteger)
    )
)


_LEAST = (("usage_limit", "usageLimit", 1), ("min_checkout_items_quantity", "minCheckoutItemsQuantity", 0))


@dataclass(frozen=True)
class Edit:
    """Columns of `voucher` that were given, new codes, and what it is for, by name of CATALOGUES (None: left as is)."""

    values: Mapping[str, Any] = field(default_factory=dict)
    codes: Sequence[str] | None = None
    catalogues: Mapping[str, Collection[int]] = field(default_factory=dict)


async def create(tx: WriteCtx, edit: Edit) -> Row:
    """A voucher with one code at least, a random one for each that is empty; it holds nowhere before it has a value
    in a channel. Raises Refusals, CodesRefused."""
    values = {"start_date": tx.clock.now(), **edit.values}
    if values["start_date"] is None:
        values["start_date"] = tx.clock.now()
    _check(values)
    if not edit.codes:
        raise Refusal("A voucher needs a code.", field="codes", code="REQUIRED")
    made = sa.insert(_v).values(**values, created_at=tx.clock.now(), updated_at=tx.clock.now()).returning(_v.c.id)
    voucher_id = int((await tx.execute(made)).scalar_one())
    await _add_codes(tx, voucher_id, edit.codes)
    await add_to_catalogues(tx, voucher_id, edit.catalogues, told=False)
    tx.emit("voucher.created", "Voucher", voucher_id)
    return await _row(tx, voucher_id)


async def update(tx: WriteCtx, voucher_id: int, edit: Edit) -> Row:
    """Codes are added to those that are there. Raises UnknownVoucher, Refusals, CodesRefused."""
    row = await locked(tx, voucher_id)
    _check({**row, **edit.values})
    single = edit.values.get("single_use", row["single_use"])
    if single != row["single_use"] and await tx.value(_USED, id=voucher_id):
        raise Refusal("The voucher has been used already.", field="singleUse", code="VOUCHER_ALREADY_USED")
    values = {**edit.values, "updated_at": tx.clock.now()}
    await tx.execute(_v.update().where(_v.c.id == voucher_id).values(values))
    if edit.values.get("value_type", row["value_type"]) != row["value_type"]:
        await _convert_values(tx, voucher_id, to_percent=row["value_type"] == "FIXED")
    if edit.codes:
        await _add_codes(tx, voucher_id, edit.codes)
    for name, ids in edit.catalogues.items():
        of, _ = CATALOGUES[name]
        await tx.execute(of.delete().where(of.c.voucher_id == voucher_id))
        await add_to_catalogues(tx, voucher_id, {name: ids}, told=False)
    tx.emit("voucher.updated", "Voucher", voucher_id)
    return await _row(tx, voucher_id)


async def delete(tx: WriteCtx, voucher_ids: Sequence[int]) -> list[Row]:
    """With all codes; orders keep what was taken off. Returns those that there were."""
    await lock_rows(tx, Rank.CODES, _LOCK, ids=sorted(set(voucher_ids)))
    rows = [row for row in await queries.by_ids(tx, list(voucher_ids)) if row is not None]
    await tx.execute(_v.delete().where(_v.c.id.in_([row["id"] for row in rows])))
    for row in rows:
        tx.emit("voucher.deleted", "Voucher", row["id"], row=packed(row))
    return rows


async def add_to_catalogues(
    tx: WriteCtx, voucher_id: int, catalogues: Mapping[str, Collection[int]], *, told: bool = True
) -> Row:
    """Have it be for more. Raises UnknownVoucher, Refusal (NOT_FOUND) for what there is not."""
    row = await locked(tx, voucher_id) if told else await _row(tx, voucher_id)
    for name, ids in catalogues.items():
        of, column = CATALOGUES[name]
        if not ids:
            continue
        await _check_there(tx, name, ids)
        rows = [{"voucher_id": voucher_id, column: id} for id in sorted(set(ids))]
        await tx.execute(insert(of).values(rows).on_conflict_do_nothing())
    if told:
        tx.emit("voucher.updated", "Voucher", voucher_id)
    return row


async def remove_from_catalogues(tx: WriteCtx, voucher_id: int, catalogues: Mapping[str, Collection[int]]) -> Row:
    """Raises UnknownVoucher."""
    row = await locked(tx, voucher_id)
    for name, ids in catalogues.items():
        of, column = CATALOGUES[name]
        await tx.execute(of.delete().where(of.c.voucher_id == voucher_id, of.c[column].in_(list(ids))))
    tx.emit("voucher.updated", "Voucher", voucher_id)
    return row


async def delete_codes(tx: WriteCtx, code_ids: Sequence[uuid.UUID]) -> int:
    """All of them or none; returns how many. Raises Refusal (NOT_FOUND) for those that there are not."""
    wanted = list(dict.fromkeys(code_ids))
    found = sa.select(_k.c.id, _k.c.voucher_id).where(_k.c.id.in_(wanted)).order_by(_k.c.id)
    rows = (await tx.execute(found)).mappings().all()
    voucher_ids = sorted({row["voucher_id"] for row in rows})
    await lock_rows(tx, Rank.CODES, _LOCK, ids=voucher_ids)
    gone = await tx.execute(_k.delete().where(_k.c.id.in_(wanted)))
    if gone.rowcount < len(wanted):
        raise Refusal("There is no such code.", field="ids", code="NOT_FOUND", path="ids")
    for voucher_id in voucher_ids:
        tx.emit("voucher.codes_deleted", "Voucher", voucher_id)
    return len(wanted)


async def translate(tx: WriteCtx, voucher_id: int, language: str, name: str | None) -> Row:
    """Raises UnknownVoucher."""
    row = await _row(tx, voucher_id)
    values = {"voucher_id": voucher_id, "language": language, "name": name or None}
    made = insert(_t).values(values)
    await tx.execute(made.on_conflict_do_update(index_elements=["voucher_id", "language"], set_={"name": name or None}))
    tx.emit("translation.updated", "Voucher", voucher_id, language=language)
    return row


def _check(values: Mapping[str, Any]) -> None:
    faults = []
    end = values.get("end_date")
    if end is not None and end <= values["start_date"]:
        faults.append(Refusal("End date cannot be before the start date.", field="endDate", code="INVALID"))
    for name, shown, least in _LEAST:
        value = values.get(name)
        if value is not None and not least <= value < 2**31:
            faults.append(Refusal(f"This is at least {least}.", field=shown, code="INVALID"))
    if values.get("usage_limit") is not None and values.get("single_use"):
        faults.append(Refusal("A code for a single use has no other limit.", field="usageLimit", code="INVALID"))
    if any(country not in COUNTRIES for country in values.get("countries") or ()):
        faults.append(Refusal("A country is two letters of ISO 3166-1.", field="countries", code="INVALID"))
    if len(values.get("name") or "") > MAX_CODE:
        faults.append(Refusal(f"A name has at most {MAX_CODE} characters.", field="name", code="INVALID"))
    if faults:
        raise Refusals(faults)


async def _convert_values(tx: WriteCtx, voucher_id: int, *, to_percent: bool) -> None:
    """10 per cent becomes 10 of the currency, and the other way round, as far as a per cent goes."""
    (listings,) = await listings_of(tx, [voucher_id])
    for each in listings:
        unit = 10 ** exponent(each["currency"])
        value = each["value"]
        value = min(value * 1_000 // unit, RATE_SCALE) if to_percent else value * unit // 1_000
        await tx.execute(_c.update().where(_c.c.id == each["id"]).values(value=value))


async def _add_codes(tx: WriteCtx, voucher_id: int, codes: Sequence[str]) -> None:
    texts = [code.strip() or random_code() for code in codes]
    if len(texts) > MAX_CODES:
        raise Refusal(f"At most {MAX_CODES} codes at once.", field="codes", code="INVALID")
    if any(len(text) > MAX_CODE for text in texts):
        raise Refusal(f"A code has at most {MAX_CODE} characters.", field="codes", code="INVALID")
    twice = sorted({text for text in texts if texts.count(text) > 1}) if len(set(texts)) < len(texts) else []
    if twice:
        raise CodesRefused("Codes are given twice.", twice, code="DUPLICATED_INPUT_ITEM")
    taken = [row["code"] for row in await tx.fetch(_TAKEN, codes=texts)]
    if taken:
        raise CodesRefused("Promo codes already exist.", taken, code="ALREADY_EXISTS")
    now = tx.clock.now()
    # codes of one request keep their order, which their random ids would not
    rows = [
        {"id": uuid7(), "voucher_id": voucher_id, "code": text, "created_at": now + timedelta(microseconds=place)}
        for place, text in enumerate(texts)
    ]
    made = insert(_k).values(rows).on_conflict_do_nothing().returning(_k.c.code)
    kept = set((await tx.execute(made)).scalars())
    if len(kept) < len(rows):
        raise CodesRefused("Promo codes already exist.", sorted(set(texts) - kept), code="ALREADY_EXISTS")
    tx.emit("voucher.codes_created", "Voucher", voucher_id)


async def _check_there(tx: WriteCtx, name: str, ids: Collection[int]) -> None:
    of, column = CATALOGUES[name]
    (key,) = of.c[column].foreign_keys
    target = key.column
    found = sa.select(sa.func.count()).where(target.in_(list(ids)))
    if (await tx.execute(found)).scalar_one() < len(set(ids)):
        raise Refusal("Couldn't resolve to a node.", field=name, code="NOT_FOUND")


async def locked(tx: WriteCtx, voucher_id: int) -> Row:
    """The voucher as `queries.by_ids` has it, under its lock. Raises UnknownVoucher."""
    if not await lock_rows(tx, Rank.CODES, _LOCK, ids=[voucher_id]):
        raise UnknownVoucher
    return await _row(tx, voucher_id)


async def _row(tx: WriteCtx, voucher_id: int) -> Row:
    (row,) = await queries.by_ids(tx, [voucher_id])
    if row is None:
        raise UnknownVoucher
    return row
