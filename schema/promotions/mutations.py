import uuid
from collections.abc import Mapping
from typing import Any

import strawberry

from engine.core.context import transact
from engine.core.errors import InvalidId, NotFound
from engine.core.ids import uuid_pk
from engine.flows import promote
from schema.common.inputs import given
from schema.execution.fields import mutation_field, payload
from schema.execution.info import BatchInfo
from schema.promotions.errors import (
    PromotionCreateError,
    PromotionDeleteError,
    PromotionRuleCreateError,
    PromotionRuleDeleteError,
    PromotionRuleUpdateError,
    PromotionUpdateError,
)
from schema.promotions.inputs import (
    PromotionCreateInput,
    PromotionRuleCreateInput,
    PromotionRuleUpdateInput,
    PromotionUpdateInput,
    channel_ids,
    gift_ids,
    promotion_values,
    rule_of,
    rule_values,
    rules_of,
)
from schema.promotions.types import DISCOUNTS, Promotion, PromotionRule
from schema.vouchers.errors import DiscountError


@strawberry.type
class PromotionCreate:
    errors: list[PromotionCreateError]
    promotion: Promotion | None


@strawberry.type
class PromotionUpdate:
    errors: list[PromotionUpdateError]
    promotion: Promotion | None


@strawberry.type
class PromotionDelete:
    errors: list[PromotionDeleteError]
    promotion: Promotion | None


@strawberry.type
class PromotionBulkDelete:
    count: int = strawberry.field(description="How many are gone.")
    errors: list[DiscountError]


@strawberry.type
class PromotionRuleCreate:
    errors: list[PromotionRuleCreateError]
    promotion_rule: PromotionRule | None


@strawberry.type
class PromotionRuleUpdate:
    errors: list[PromotionRuleUpdateError]
    promotion_rule: PromotionRule | None


@strawberry.type
class PromotionRuleDelete:
    errors: list[PromotionRuleDeleteError]
    promotion_rule: PromotionRule | None


@strawberry.type
class PromotionsMutations:
    @mutation_field(DISCOUNTS, description="Make a promotion, with its rules.")
    async def promotion_create(self, info: BatchInfo, input: PromotionCreateInput) -> PromotionCreate:
        values, rules = promotion_values(input), rules_of(given(input).get("rules"))
        return payload(promotion=await transact(info.context, promote.create, input.type, values, rules))

    @mutation_field(DISCOUNTS, description="Change what a promotion is called and when it holds.")
    async def promotion_update(
        self, info: BatchInfo, id: strawberry.ID, input: PromotionUpdateInput
    ) -> PromotionUpdate:
        values = promotion_values(input)
        return payload(promotion=await transact(info.context, promote.update, _pk(id, "Promotion"), values))

    @mutation_field(DISCOUNTS, description="Delete a promotion with its rules.")
    async def promotion_delete(self, info: BatchInfo, id: strawberry.ID) -> PromotionDelete:
        (gone,) = await transact(info.context, promote.delete, [_pk(id, "Promotion")])
        return payload(promotion=gone)

    @mutation_field(
        DISCOUNTS, empty={"count": 0}, description="Delete several promotions; none of them, where one is not there."
    )
    async def promotion_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> PromotionBulkDelete:
        pks = list({_pk(id, "Promotion", "ids") for id in ids})
        return payload(count=len(await transact(info.context, promote.delete, pks)))

    @mutation_field(DISCOUNTS, description="Give a promotion another rule.")
    async def promotion_rule_create(self, info: BatchInfo, input: PromotionRuleCreateInput) -> PromotionRuleCreate:
        pk = _pk(input.promotion, "Promotion", "promotion")
        return payload(promotion_rule=await transact(info.context, promote.create_rule, pk, rule_of(input)))

    @mutation_field(DISCOUNTS, description="Change a rule; what is left out stays.")
    async def promotion_rule_update(
        self, info: BatchInfo, id: strawberry.ID, input: PromotionRuleUpdateInput
    ) -> PromotionRuleUpdate:
        fields = given(input)
        add, remove = _lists(fields, "add"), _lists(fields, "remove")
        pk, asked = _pk(id, "PromotionRule"), rule_values(fields)
        changed = await transact(info.context, promote.update_rule, pk, asked, add, remove)
        return payload(promotion_rule=changed)

    @mutation_field(DISCOUNTS, description="Delete a rule.")
    async def promotion_rule_delete(self, info: BatchInfo, id: strawberry.ID) -> PromotionRuleDelete:
        gone = await transact(info.context, promote.delete_rule, _pk(id, "PromotionRule"))
        return payload(promotion_rule=gone)


def _lists(fields: Mapping[str, Any], verb: str) -> tuple[frozenset[int], frozenset[int]]:
    """The channels and the gifts of an input that are to be added or removed."""
    channels, gifts = fields.get(f"{verb}_channels"), fields.get(f"{verb}_gifts")
    return channel_ids(channels, f"{verb}Channels"), gift_ids(gifts, f"{verb}Gifts")


def _pk(id: str, type_name: str, field: str = "id") -> uuid.UUID:
    try:
        return uuid_pk(id, type_name)
    except InvalidId as error:
        raise NotFound(str(error), field=field) from error
