from enum import StrEnum

import strawberry


@strawberry.enum
class PromotionTypeEnum(StrEnum):
    CATALOGUE = "CATALOGUE"
    ORDER = "ORDER"


@strawberry.enum
class RewardValueTypeEnum(StrEnum):
    FIXED = "FIXED"
    PERCENTAGE = "PERCENTAGE"


@strawberry.enum
class RewardTypeEnum(StrEnum):
    SUBTOTAL_DISCOUNT = "SUBTOTAL_DISCOUNT"
    GIFT = "GIFT"


@strawberry.enum
class PromotionSortField(StrEnum):
    NAME = "NAME"
    START_DATE = "START_DATE"
    END_DATE = "END_DATE"
    CREATED_AT = "CREATED_AT"


@strawberry.enum
class PromotionEventsEnum(StrEnum):
    PROMOTION_CREATED = "PROMOTION_CREATED"
    PROMOTION_UPDATED = "PROMOTION_UPDATED"
    PROMOTION_STARTED = "PROMOTION_STARTED"
    PROMOTION_ENDED = "PROMOTION_ENDED"
    RULE_CREATED = "RULE_CREATED"
    RULE_UPDATED = "RULE_UPDATED"
    RULE_DELETED = "RULE_DELETED"
