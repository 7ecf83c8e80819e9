"""The lines of a cart while they are edited: merged, checked, then written at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.accounts.rules import Permission
from engine.checkout import queries
from engine.checkout.errors import GiftLineRefused, LineNotFound, VariantNotFound, VariantsRefused
from engine.checkout.models import CheckoutLine
from engine.checkout.rules import MAX_LINES, over_limit, quantities_by_variant, unbuyable
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.core.ids import to_global, uuid7
from engine.core.money import MoneyError, to_minor
from engine.core.tables import table
from engine.inventory import queries as inventory
from engine.inventory.errors import InsufficientStock, Shortage

MAX_REASON = 1_000
_l = table(CheckoutLine)


@dataclass(frozen=True)
class PriceOverride:
    """A price for one unit, as the channel enters prices, in major units; only for callers who handle checkouts."""

    amount: Decimal
    reason: str | None = None


@dataclass(frozen=True)
class NewLine:
    variant_id: int
    quantity: int
    force_new_line: bool = False
    price: PriceOverride | None = None
    meta: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LineChange:
    """A line by its id, or by variant where one line has it. `quantity` replaces the present one; 0 removes."""

    line_id: uuid.UUID | None = None
    variant_id: int | None = None
    quantity: int | None = None
    price: PriceOverride | None = None
    meta: dict[str, str] = field(default_factory=dict)


@dataclass
class _Draft:
    id: uuid.UUID
    variant_id: int
    quantity: int
    values: dict[str, Any] = field(default_factory=dict)
    """Columns to write besides the quantity."""
    fresh: bool = False
    was: int = 0


class Drafts:
    """The lines of one locked checkout, but for what a promotion gives: that nobody edits."""

    def __init__(self, tx: WriteCtx, checkout: Row, rows: Sequence[Row]):
        self._tx = tx
        self._checkout = checkout
        self._gifts = {row["id"] for row in rows if row["is_gift"]}
        rows = [row for row in rows if not row["is_gift"]]
        self._meta = {row["id"]: row["meta"] for row in rows}
        self._before = quantities_by_variant([(row["variant_id"], row["quantity"]) for row in rows])
        self._drafts = [_Draft(row["id"], row["variant_id"], row["quantity"], was=row["quantity"]) for row in rows]

    @classmethod
    async def load(cls, tx: WriteCtx, checkout: Row) -> "Drafts":
        (rows,) = await queries.lines_of(tx, [checkout["id"]])
        return cls(tx, checkout, rows)

    def _check_gifts(self, line_ids: Sequence[uuid.UUID | None], *, code: str, field: str) -> None:
        gifts = [line_id for line_id in line_ids if line_id is not None and line_id in self._gifts]
        if gifts:
            raise GiftLineRefused(gifts, code=code, field=field)

    def add(self, new: Sequence[NewLine]) -> None:
        """Units on top of what is there; a variant joins its line unless a new one is forced.

        Raises VariantsRefused (ZERO_QUANTITY), Refusal, PermissionDenied.
        """
        self._check_quantities([(line.variant_id, line.quantity) for line in new], least=1)
        for line in new:
            same = [] if line.force_new_line else self._with_variant(line.variant_id)
            draft = same[0] if same else self._make(line.variant_id)
            draft.quantity += line.quantity
            self._dress(draft, line.price, line.meta)

    def change(self, changes: Sequence[LineChange]) -> None:
        """Raises LineNotFound, GiftLineRefused, VariantsRefused (ZERO_QUANTITY), Refusal, PermissionDenied."""
        self._check_gifts([each.line_id for each in changes], code="NON_EDITABLE_GIFT_LINE", field="lines")
        self._check_quantities(
            [(change.variant_id or 0, change.quantity) for change in changes if change.quantity is not None], least=0
        )
        for change in changes:
            draft = self._find(change)
            if change.quantity is not None:
                draft.quantity = change.quantity
            self._dress(draft, change.price, change.meta)

    def remove(self, line_ids: Sequence[uuid.UUID], *, field: str) -> None:
        """All of them or none: raises LineNotFound, GiftLineRefused."""
        self._check_gifts(line_ids, code="NON_REMOVABLE_GIFT_LINE", field=field)
        known = {draft.id: draft for draft in self._drafts}
        missing = [line_id for line_id in line_ids if line_id not in known]
        if missing:
            raise LineNotFound(missing, field=field)
        for line_id in line_ids:
            known[line_id].quantity = 0

    async def save(self) -> None:
        """Check what grew, then write.

        Raises VariantNotFound, VariantsRefused (UNAVAILABLE_VARIANT_IN_CHANNEL, PRODUCT_NOT_PUBLISHED,
        PRODUCT_UNAVAILABLE_FOR_PURCHASE, QUANTITY_GREATER_THAN_LIMIT), InsufficientStock.
        """
        if sum(1 for draft in self._drafts if draft.quantity) > MAX_LINES:
            raise Refusal(
                f"A checkout has at most {MAX_LINES} lines.", field="lines", code="QUANTITY_GREATER_THAN_LIMIT"
            )
        after = quantities_by_variant([(draft.variant_id, draft.quantity) for draft in self._drafts])
        grown = {variant: total for variant, total in after.items() if total > self._before.get(variant, 0)}
        if grown:
            names = await self._check_buyable(grown)
            await self._check_stock(grown, names)
        await self._write()

    async def _check_buyable(self, grown: dict[int, int]) -> dict[int, str]:
        """The names of the variants, once nothing but their stock stands in the way."""
        states = await queries.variant_states(self._tx, self._checkout["channel_id"], list(grown))
        unknown = [variant for variant, state in zip(grown, states, strict=True) if state is None]
        if unknown:
            raise VariantNotFound(unknown)
        known = [state for state in states if state is not None]
        for fault in unbuyable(known):
            raise VariantsRefused(fault.message, fault.variant_ids, code=fault.code)
        over = over_limit(grown, known)
        if over:
            raise VariantsRefused(
                f"Cannot add more than {over[0].limit} times this item.",
                [each.variant_id for each in over],
                code="QUANTITY_GREATER_THAN_LIMIT",
                field="quantity",
            )
        return {state.variant_id: state.name for state in known}

    async def _check_stock(self, grown: dict[int, int], names: dict[int, str]) -> None:
        place = (await queries.places(self._tx, [self._checkout["id"]]))[self._checkout["id"]]
        found = await inventory.available(
            self._tx, list(grown), place.channel_id, place.stock_country, warehouse_id=place.stock_warehouse_id
        )
        short = [
            Shortage(variant, free, names[variant])
            for (variant, wanted), free in zip(grown.items(), found, strict=True)
            if free is not None and free < wanted
        ]
        if short:
            raise InsufficientStock(short, field="quantity")

    async def _write(self) -> None:
        now = self._tx.clock.now()
        gone = [draft.id for draft in self._drafts if not draft.quantity and not draft.fresh]
        if gone:
            await self._tx.execute(_l.delete().where(_l.c.id.in_(gone)))
        for place, draft in enumerate(self._drafts):
            if not draft.quantity:
                continue
            if draft.fresh:
                # Lines of one request keep their order, which their random ids would not.
                at = now + timedelta(microseconds=place)
                self._tx.add(
                    CheckoutLine(
                        id=draft.id,
                        checkout_id=self._checkout["id"],
                        variant_id=draft.variant_id,
                        quantity=draft.quantity,
                        created_at=at,
                        updated_at=now,
                        **draft.values,
                    )
                )
            elif draft.values or draft.quantity != draft.was:
                changed = _l.update().where(_l.c.id == draft.id)
                await self._tx.execute(changed.values(quantity=draft.quantity, updated_at=now, **draft.values))
        await self._tx.session.flush()

    def _find(self, change: LineChange) -> _Draft:
        if (change.line_id is None) == (change.variant_id is None):
            raise Refusal("Give either lineId or variantId of each line.", field="lines", code="GRAPHQL_ERROR")
        if change.line_id is not None:
            for draft in self._drafts:
                if draft.id == change.line_id:
                    return draft
            raise LineNotFound([change.line_id], field="lineId")
        assert change.variant_id is not None
        same = self._with_variant(change.variant_id)
        if len(same) > 1:
            raise Refusal("Several lines have this variant; use lineId.", field="variantId", code="INVALID")
        if same:
            return same[0]
        if change.quantity is None:
            raise Refusal("The quantity of a new line is needed.", field="quantity", code="REQUIRED")
        return self._make(change.variant_id)

    def _with_variant(self, variant_id: int) -> list[_Draft]:
        return [draft for draft in self._drafts if draft.variant_id == variant_id]

    def _make(self, variant_id: int) -> _Draft:
        made = _Draft(uuid7(), variant_id, 0, fresh=True)
        self._drafts.append(made)
        return made

    def _dress(self, draft: _Draft, price: PriceOverride | None, meta: dict[str, str]) -> None:
        if meta:
            draft.values["meta"] = {**self._meta.get(draft.id, {}), **draft.values.get("meta", {}), **meta}
        if price is None:
            return
        self._tx.caller.require(Permission.HANDLE_CHECKOUTS)
        if price.reason and len(price.reason) > MAX_REASON:
            raise Refusal(f"A reason has at most {MAX_REASON} characters.", field="priceOverrideReason")
        try:
            draft.values["price_override"] = to_minor(price.amount, self._checkout["currency"])
        except MoneyError as error:
            raise Refusal(f"The price does not fit the currency: {error}.", field="price", code="INVALID") from error
        draft.values["price_override_reason"] = price.reason

    @staticmethod
    def _check_quantities(lines: Sequence[tuple[int, int]], *, least: int) -> None:
        wrong = [variant_id for variant_id, quantity in lines if quantity < least]
        if wrong:
            than = "higher than zero" if least else "zero or higher"
            raise Refusal(
                f"The quantity should be {than}.",
                field="quantity",
                code="ZERO_QUANTITY",
                variants=[to_global("ProductVariant", variant_id) for variant_id in wrong if variant_id],
            )
