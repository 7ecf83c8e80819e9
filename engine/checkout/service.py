"""Making a cart and editing its lines. Holds, delivery and customer data have files of their own."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine.accounts.addresses import AddressType, drop_copies
from engine.channels.models import Channel
from engine.checkout.customer import NewAddress, checked_email, store
from engine.checkout.errors import ChannelNotFound
from engine.checkout.hold import hold, locked, locked_for_edit, release_hold, release_if_expired
from engine.checkout.lines import Drafts, LineChange, NewLine, PriceOverride
from engine.checkout.models import Checkout
from engine.checkout.upkeep import changed, put_gift_in
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.core.statements import Statement
from engine.core.tables import table

__all__ = [
    "LineChange", "NewCheckout", "NewLine", "PriceOverride", "add_lines", "create_checkout", "delete_lines",
    "drop_completed", "hold", "locked", "release_hold", "release_if_expired", "update_lines",
]  # fmt: skip

_h = table(Channel)
_c = table(Checkout)
_BY_SLUG = Statement(sa.select(_h).where(_h.c.slug == sa.bindparam("slug")))
_ACTIVE = Statement(sa.select(_h).where(_h.c.is_active).order_by(_h.c.id).limit(2))


@dataclass(frozen=True)
class NewCheckout:
    channel_slug: str | None = None
    """None: the only active channel, if there is just one."""
    lines: Sequence[NewLine] = ()
    email: str | None = None
    """None: the signed-in customer's."""
    language_code: str | None = None
    shipping_address: NewAddress | None = None
    billing_address: NewAddress | None = None
    meta: dict[str, str] = field(default_factory=dict)
    private_meta: dict[str, str] = field(default_factory=dict)


async def create_checkout(tx: WriteCtx, new: NewCheckout) -> Row:
    """A cart, empty or not, of the signed-in customer or of nobody.

    Raises ChannelNotFound, Refusal (MISSING_CHANNEL_SLUG, CHANNEL_INACTIVE), and what `add_lines` and the setters of
    addresses and e-mail raise.
    """
    channel = await _channel(tx, new.channel_slug)
    email = checked_email(new.email) if new.email is not None else tx.caller.email
    checkout = Checkout(
        channel_id=channel["id"],
        currency=channel["currency"],
        user_id=tx.caller.user_id,
        email=email,
        language_code=new.language_code or tx.language,
        meta=new.meta,
        private_meta=new.private_meta,
    )
    if new.shipping_address is not None:
        checkout.shipping_address_id = await store(tx, new.shipping_address, AddressType.SHIPPING)
    if new.billing_address is not None:
        checkout.billing_address_id = await store(tx, new.billing_address, AddressType.BILLING)
    tx.add(checkout)
    await tx.session.flush()
    tx.emit("checkout.created", "Checkout", checkout.id)
    row = await locked(tx, checkout.id)
    if new.lines:
        await _save_added(tx, row, new.lines)
        await put_gift_in(tx, row)
    return row


async def _channel(tx: WriteCtx, slug: str | None) -> Row:
    if slug is None:
        active = await tx.fetch(_ACTIVE)
        if len(active) != 1:
            raise Refusal("You need to provide channel slug.", field="channel", code="MISSING_CHANNEL_SLUG")
        return active[0]
    rows = await tx.fetch(_BY_SLUG, slug=slug)
    if not rows:
        raise ChannelNotFound
    if not rows[0]["is_active"]:
        raise Refusal(f"Channel with '{slug}' is inactive.", field="channel", code="CHANNEL_INACTIVE")
    return rows[0]


async def add_lines(tx: WriteCtx, checkout_id: uuid.UUID, lines: Sequence[NewLine]) -> Row:
    """Put units into a cart; returns it. Raises CheckoutNotFound and what `Drafts.add` and `Drafts.save` raise."""
    row = await locked_for_edit(tx, checkout_id)
    await _save_added(tx, row, lines)
    return await changed(tx, checkout_id)


async def _save_added(tx: WriteCtx, row: Row, lines: Sequence[NewLine]) -> None:
    drafts = await Drafts.load(tx, row)
    drafts.add(lines)
    await drafts.save()


async def update_lines(tx: WriteCtx, checkout_id: uuid.UUID, changes: Sequence[LineChange]) -> Row:
    """Set quantities; returns the cart. Raises CheckoutNotFound and what `Drafts.change` and `Drafts.save` raise."""
    row = await locked_for_edit(tx, checkout_id)
    drafts = await Drafts.load(tx, row)
    drafts.change(changes)
    await drafts.save()
    return await changed(tx, checkout_id)


async def delete_lines(
    tx: WriteCtx, checkout_id: uuid.UUID, line_ids: Sequence[uuid.UUID], *, field: str = "linesIds"
) -> Row:
    """Take lines out, all or none; returns the cart. Raises CheckoutNotFound, LineNotFound."""
    row = await locked_for_edit(tx, checkout_id)
    drafts = await Drafts.load(tx, row)
    drafts.remove(line_ids, field=field)
    await drafts.save()
    return await changed(tx, checkout_id)


async def drop_completed(tx: WriteCtx, checkout: Row) -> None:
    """A cart that has become an order goes with the addresses that were its own; the order has copies."""
    await tx.execute(_c.delete().where(_c.c.id == checkout["id"]))
    await drop_copies(tx, [checkout["billing_address_id"], checkout["shipping_address_id"]])
    tx.emit("checkout.completed", "Checkout", checkout["id"])
