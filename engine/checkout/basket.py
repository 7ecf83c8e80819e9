"""From the rows of a cart to its amounts: prices, promotions and vouchers, tax, delivery, gift cards, in this order.

Line totals are the authority; unit prices and sums derive from the same entered amounts. No database.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from engine.checkout import reductions
from engine.checkout.priced import AppliedVoucher, GiftCardPart, PricedCheckout, PricedLine, PricedShipping, Reduced
from engine.checkout.reductions import Base, OrderRule, Reward, Taken
from engine.core.context import Row
from engine.core.money import RATE_SCALE, round_half_up
from engine.pricing.rules import VariantPricing, line_total
from engine.tax.rules import split
from engine.vouchers.rules import Cart, Terms, objection, usable


class Basket:
    """A cart as `engine.checkout.pricing` reads it: `head`, `lines`, what variants cost, and rates of delivery."""

    def __init__(
        self,
        head: Row,
        lines: Sequence[Row],
        prices: Mapping[int, VariantPricing | None],
        rates: Mapping[int | None, int],
        now: datetime,
    ):
        self.head = head
        self.goods = [line for line in lines if not line["is_gift"]]
        self.gift: Row | None = next((line for line in lines if line["is_gift"]), None)
        self._prices = prices
        self._rates = rates
        self._now = now
        self.bases = [Base(self._unit(line), line["quantity"], matches=line["matches"]) for line in self.goods]
        self.rules = [_rule(each) for each in head["order_rules"] or ()]
        self.shipping = head["delivery_amount"] if self._is_delivered() else 0

    def priced(self) -> PricedCheckout:
        head = self.head
        voucher, terms = self._voucher()
        reward = self.best_reward(self._offered()) if terms is None and voucher is None else None
        taken = self._taken(terms, reward)
        lines = tuple(
            self._line(line, base, (off_unit, off, share), terms)
            for line, base, off_unit, off, share in zip(
                self.goods, self.bases, taken.off_units, taken.off_lines, taken.shares, strict=True
            )
        )
        if reward is not None and reward.variant_id is not None and self.gift is not None:
            lines += (self._gift_line(self.gift, reward),)
        shipping = self._shipping(taken.shipping) if self._is_delivered() else None
        found = PricedCheckout(
            checkout_id=head["id"],
            channel_id=head["channel_id"],
            currency=head["currency"],
            country=head["country"],
            region=head["region"],
            entered_with_tax=head["entered_with_tax"],
            lines=lines,
            shipping=shipping,
            reductions=self._of_the_order(taken, terms, reward),
            voucher=voucher,
        )
        return self._with_gift_cards(found)

    def best_reward(self, rules: Sequence[OrderRule]) -> Reward | None:
        return reductions.best_reward(rules, self.bases, self.shipping, self.head["currency"])

    def _offered(self) -> list[OrderRule]:
        """A gift counts once it is in the cart: only a change of the cart can put it there, if there is stock."""
        own = self.gift
        return [
            rule
            if rule.reward_type != "GIFT"
            else replace(
                rule,
                gifts={key: price for key, price in rule.gifts.items() if own and key == own["variant_id"]}
                if own and own["gift_rule_id"] == rule.rule_id
                else {},
            )
            for rule in self.rules
        ]

    def _unit(self, line: Row) -> int:
        price = self._prices[line["variant_id"]]
        if line["price_override"] is not None:
            return int(line["price_override"])
        return price.amount if price else 0

    def _is_delivered(self) -> bool:
        return self.head["delivery_id"] is not None and self._needs_shipping()

    def _needs_shipping(self) -> bool:
        return any(line["is_shipping_required"] for line in self.goods)

    def _voucher(self) -> tuple[AppliedVoucher | None, Terms | None]:
        """The voucher of the cart, and its terms when it applies."""
        head = self.head
        if head["voucher_code"] is None:
            return None, None
        if head["voucher_id"] is None:
            gone = AppliedVoucher(None, head["voucher_code"], objection="It is not there any more.", usable=False)
            return gone, None
        terms = _terms(head)
        cart = Cart(
            subtotal=reductions.subtotal(self.bases),
            quantity=sum(base.quantity for base in self.bases),
            by_staff=head["by_staff"],
            used_before=bool(head["used_before"]),
            country=head["country"],
            is_shipping_required=self._needs_shipping(),
            has_delivery=head["delivery_id"] is not None,
        )
        is_usable = usable(terms, self._now)
        why = objection(terms, cart) if is_usable else "It does not hold any more."
        voucher = AppliedVoucher(
            voucher_id=head["voucher_id"],
            code=head["voucher_code"],
            name=head["voucher_name"],
            translated_name=head["voucher_translation"],
            objection=why,
            usable=is_usable,
        )
        return voucher, terms if why is None else None

    def _taken(self, terms: Terms | None, reward: Reward | None) -> Taken:
        if terms is not None:
            return reductions.by_voucher(terms, self.bases, self.shipping)
        if reward is not None and reward.variant_id is None:
            return reductions.spread(reward.amount, self.bases)
        return reductions.nothing(self.bases)

    def _of_the_order(self, taken: Taken, terms: Terms | None, reward: Reward | None) -> tuple[Reduced, ...]:
        if terms is not None:
            amounts = (sum(taken.shares), taken.shipping)
            return tuple(self._by_voucher(terms, amount) for amount in amounts if amount)
        if reward is None or reward.variant_id is not None:
            return ()
        rule = reward.rule
        made = Reduced(
            type="ORDER_PROMOTION",
            name=rule.name,
            translated_name=rule.translated_name,
            value_type=rule.value_type or "FIXED",
            value=rule.value or 0,
            amount=sum(taken.shares),
            promotion_rule_id=rule.rule_id,
        )
        return (made,)

    def _by_voucher(self, terms: Terms, amount: int, unit_amount: int = 0) -> Reduced:
        assert terms.value is not None
        return Reduced(
            type="VOUCHER",
            name=self.head["voucher_name"],
            translated_name=self.head["voucher_translation"],
            value_type=terms.value_type,
            value=terms.value,
            amount=amount,
            unit_amount=unit_amount,
            voucher_code=terms.code,
        )

    def _line(self, line: Row, base: Base, taken: tuple[int, int, int], terms: Terms | None) -> PricedLine:
        off_unit, off, share = taken
        price = self._prices[line["variant_id"]]
        overridden = line["price_override"] is not None
        found = []
        if price is not None and price.rule_id is not None and price.reduction and not overridden:
            found.append(
                Reduced(
                    type="PROMOTION",
                    name=None,
                    translated_name=None,
                    value_type="FIXED",
                    value=price.reduction,
                    amount=price.reduction * line["quantity"],
                    unit_amount=price.reduction,
                    promotion_rule_id=price.rule_id,
                )
            )
        if off and terms is not None:
            found.append(self._by_voucher(terms, off, off_unit))
        before = base.unit if overridden or price is None else price.undiscounted_amount
        return self._priced_line(line, before, base.unit, base.total - off - share, tuple(found))

    def _gift_line(self, line: Row, reward: Reward) -> PricedLine:
        price = self._prices[line["variant_id"]]
        before = price.undiscounted_amount if price else reward.amount
        given = Reduced(
            type="ORDER_PROMOTION",
            name=reward.rule.name,
            translated_name=reward.rule.translated_name,
            value_type="PERCENTAGE",
            value=RATE_SCALE,
            amount=before * line["quantity"],
            unit_amount=before,
            promotion_rule_id=reward.rule.rule_id,
        )
        return self._priced_line(line, before, 0, 0, (given,))

    def _priced_line(
        self, line: Row, before: int, unit_amount: int, entered: int, reduced: tuple[Reduced, ...]
    ) -> PricedLine:
        """`before` and `unit_amount` of one unit, `entered` of the whole line after everything."""
        price = self._prices[line["variant_id"]]
        rate, with_tax = (price.rate, price.entered_with_tax) if price else (0, True)
        quantity = line["quantity"]
        whole = entered == unit_amount * quantity
        unit = split(unit_amount if whole else round_half_up(entered, quantity), rate, entered_with_tax=with_tax)
        unit_before = split(before, rate, entered_with_tax=with_tax)
        total, total_before = (
            split(entered, rate, entered_with_tax=with_tax),
            line_total(before, quantity, rate, with_tax),
        )
        return PricedLine(
            line_id=line["id"],
            variant_id=line["variant_id"],
            quantity=quantity,
            is_shipping_required=line["is_shipping_required"],
            priced=price is not None,
            tax_rate=rate,
            tax_class_id=price.tax_class_id if price else None,
            unit_net=unit[0],
            unit_gross=unit[1],
            undiscounted_unit_net=unit_before[0],
            undiscounted_unit_gross=unit_before[1],
            undiscounted_unit_amount=before,
            total_net=total[0],
            total_gross=total[1],
            undiscounted_total_net=total_before[0],
            undiscounted_total_gross=total_before[1],
            is_gift=line["is_gift"],
            reductions=reduced,
            price_overridden=line["price_override"] is not None,
            price_override_reason=line["price_override_reason"],
        )

    def _shipping(self, off: int) -> PricedShipping:
        head = self.head
        rate, with_tax = self._rates[head["delivery_tax_class_id"]], head["entered_with_tax"]
        net, gross = split(self.shipping - off, rate, entered_with_tax=with_tax)
        before = split(self.shipping, rate, entered_with_tax=with_tax)
        return PricedShipping(
            delivery_id=head["delivery_id"],
            shipping_method_id=head["shipping_method_id"],
            name=head["delivery_name"],
            carrier_id=head["carrier_id"],
            service_code=head["service_code"],
            tax_rate=rate,
            net=net,
            gross=gross,
            undiscounted_net=before[0],
            undiscounted_gross=before[1],
        )

    def _with_gift_cards(self, found: PricedCheckout) -> PricedCheckout:
        cards = self.head["gift_cards"]
        if not cards:
            return found
        parts = reductions.covered(found.total_gross, [card["amount"] if card["usable"] else 0 for card in cards])
        net = found.total_net - reductions.net_left(found.total_net, found.total_gross, sum(parts))
        used = tuple(GiftCardPart(card["id"], part, card["usable"]) for card, part in zip(cards, parts, strict=True))
        return replace(found, gift_cards=used, gift_cards_net=net)


def _terms(head: Row) -> Terms:
    return Terms(
        voucher_id=head["voucher_id"],
        code=head["voucher_code"],
        type=head["voucher_type"],
        value_type=head["value_type"],
        value=head["voucher_value"],
        min_spent=head["min_spent"],
        start=head["start_date"],
        end=head["end_date"],
        usage_limit=head["usage_limit"],
        used=head["used"],
        code_active=head["code_active"],
        once_per_order=head["apply_once_per_order"],
        once_per_customer=head["apply_once_per_customer"],
        single_use=head["single_use"],
        only_for_staff=head["only_for_staff"],
        min_quantity=head["min_checkout_items_quantity"],
        countries=head["countries"],
    )


def _rule(given: Row) -> OrderRule:
    names = [name for name in (given["promotion"], given["name"]) if name]
    return OrderRule(
        rule_id=uuid.UUID(given["id"]),
        name=": ".join(names),
        translated_name=given["translated"],
        reward_type=given["reward_type"],
        value_type=given["value_type"],
        value=given["value"],
        predicate=given["predicate"],
        gifts={int(key): price for key, price in (given["gifts"] or {}).items()},
    )
