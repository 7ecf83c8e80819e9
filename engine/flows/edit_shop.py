"""The shop's settings, and the address of the company behind it."""

from collections.abc import Mapping
from typing import Any

from engine.accounts import addresses, checks
from engine.accounts import queries as accounts
from engine.core.context import Row, WriteCtx
from engine.shop import service


async def update(tx: WriteCtx, values: Mapping[str, Any]) -> Row:
    """`values` are columns of `ShopSettings`. Raises Refusal."""
    url = values.get("customer_set_password_url")
    if url:
        checks.redirect(tx, url, "customerSetPasswordUrl")
    elif "customer_set_password_url" in values:
        values = {**values, "customer_set_password_url": None}
    return await service.update(tx, values)


async def set_address(tx: WriteCtx, address: Mapping[str, Any] | None) -> Row:
    """The fields of an address that change; None: the shop tells none. Raises Refusals for a faulty one."""
    before = await service.lock(tx)
    address_id = None
    if address is not None:
        (base,) = await accounts.addresses_by_ids(tx, [before["company_address_id"]])
        data = addresses.address_values(address, base)
        addresses.validate_address(data)
        address_id = await addresses.store_address(tx, data)
    row = await service.update(tx, {"company_address_id": address_id})
    await addresses.drop_copies(tx, [before["company_address_id"]])
    return row
