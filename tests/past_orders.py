"""Orders that somebody placed, as rows: for tests that only read them."""

from collections.abc import Sequence

from engine.core.context import WriteCtx
from engine.orders.models import Order, OrderLine
from engine.payments.models import TransactionItem

LINES = 3


async def place(tx: WriteCtx, user_id: int, channel_id: int, media_ids: Sequence[int], count: int) -> None:
    """Orders of `LINES` lines, whose pictures are `media_ids` in turn; every second one was paid in two parts."""
    for number in range(count):
        order = Order(
            number=number, channel_id=channel_id, user_id=user_id, user_email="reader@example.com", currency="EUR",
            subtotal_net=3_000, subtotal_gross=3_570, total_net=3_000, total_gross=3_570,
        )  # fmt: skip
        tx.add(order)
        await tx.session.flush()
        for position in range(LINES):
            tx.add(
                OrderLine(
                    order_id=order.id, position=position, product_name=f"Book {position}", quantity=1,
                    thumbnail_media_id=media_ids[position % len(media_ids)], unit_net=1_000, unit_gross=1_190,
                    undiscounted_unit_net=1_000, undiscounted_unit_gross=1_190, total_net=1_000, total_gross=1_190,
                    undiscounted_total_net=1_000, undiscounted_total_gross=1_190,
                )
            )  # fmt: skip
        for charged in (1_570, 2_000) if number % 2 else ():
            tx.add(
                TransactionItem(
                    order_id=order.id, channel_id=channel_id, provider_id="", currency="EUR", charged_amount=charged
                )
            )
        await tx.session.flush()
