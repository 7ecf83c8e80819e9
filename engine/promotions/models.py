import uuid
from datetime import datetime
from typing import Any

from engine.core.tables import (
    Field,
    SQLModel,
    Timestamps,
    bigint,
    bigint_ref,
    enum_text,
    integer,
    jsonb,
    sa,
    sort_text,
    text,
    timestamp,
    uuid_pk,
    uuid_ref,
)

TYPES = ("CATALOGUE", "ORDER")
REWARD_VALUE_TYPES = ("FIXED", "PERCENTAGE")
REWARD_TYPES = ("SUBTOTAL_DISCOUNT", "GIFT")
TARGETS = ("PRODUCT", "VARIANT", "CATEGORY", "COLLECTION")
EVENTS = (
    "PROMOTION_CREATED",
    "PROMOTION_UPDATED",
    "PROMOTION_STARTED",
    "PROMOTION_ENDED",
    "RULE_CREATED",
    "RULE_UPDATED",
    "RULE_DELETED",
)


def _key(kind: sa.types.TypeEngine[Any]) -> Any:
    return Field(sa_column=sa.Column(kind, primary_key=True, autoincrement=False))


class Promotion(Timestamps, SQLModel, table=True):
    """Rules that hold from `start_date` until before `end_date` (null: for good).

    Whether it holds is asked of the clock whenever a price is read. `next_turn_at` is the start or end that nobody
    has been told of yet: then listings are sorted anew and an event goes out.
    """

    __tablename__ = "promotion"
    __table_args__ = (
        sa.Index("ix_promotion_name", "name_key", "id"),
        sa.Index("ix_promotion_created", "created_at", "id"),
        sa.Index("ix_promotion_next_turn", "next_turn_at", postgresql_where=sa.text("next_turn_at IS NOT NULL")),
        sa.CheckConstraint("end_date > start_date", name="end_date"),
    )

    id: uuid.UUID = uuid_pk()
    name: str = text()
    name_key: str = sort_text()
    type: str = enum_text("type", TYPES)
    description: dict[str, Any] | None = jsonb(nullable=True)
    """An EditorJS document."""
    start_date: datetime = timestamp()
    end_date: datetime | None = timestamp(nullable=True)
    next_turn_at: datetime | None = timestamp(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class PromotionRule(Timestamps, SQLModel, table=True):
    """What a promotion gives, and for what. Of a CATALOGUE promotion: `catalogue_predicate` chooses variants and the
    reward is off their price. Of an ORDER promotion: `order_predicate` is about the cart, `reward_type` says what it
    gets. Predicates are kept as the API takes them, ids global, amounts decimal strings of major units.
    """

    __tablename__ = "promotion_rule"
    __table_args__ = (sa.CheckConstraint("reward_value >= 0", name="reward_value"),)

    id: uuid.UUID = uuid_pk()
    promotion_id: uuid.UUID = uuid_ref("promotion.id", index=True)
    name: str | None = text(nullable=True)
    description: dict[str, Any] | None = jsonb(nullable=True)
    catalogue_predicate: dict[str, Any] | None = jsonb(nullable=True)
    order_predicate: dict[str, Any] | None = jsonb(nullable=True)
    reward_type: str | None = enum_text("reward_type", REWARD_TYPES, nullable=True)
    reward_value_type: str | None = enum_text("reward_value_type", REWARD_VALUE_TYPES, nullable=True)
    reward_value: int | None = bigint(nullable=True)
    """FIXED: minor units of `currency`, which all its channels have. PERCENTAGE: millipercent."""
    currency: str | None = text(nullable=True)
    """That of its channels; null without channels, and where they have several (PERCENTAGE or GIFT alone)."""


class PromotionRuleChannel(SQLModel, table=True):
    __tablename__ = "promotion_rule_channel"

    rule_id: uuid.UUID = uuid_ref("promotion_rule.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)


class PromotionRuleGift(SQLModel, table=True):
    """A variant that a GIFT rule may give."""

    __tablename__ = "promotion_rule_gift"

    rule_id: uuid.UUID = uuid_ref("promotion_rule.id", primary_key=True)
    variant_id: int = bigint_ref("product_variant.id", primary_key=True, index=True)


class PromotionRuleTarget(SQLModel, table=True):
    """A catalogue predicate taken apart, so that it can be asked from either side: a variant is chosen when, of one
    clause, every term names it or what it is in. A term is a list of targets of one kind, of which one is enough.
    """

    __tablename__ = "promotion_rule_target"
    __table_args__ = (sa.Index("ix_promotion_rule_target_of", "kind", "target_id"),)

    rule_id: uuid.UUID = uuid_ref("promotion_rule.id", primary_key=True)
    clause: int = _key(sa.Integer())
    term: int = _key(sa.Integer())
    target_id: int = _key(sa.BigInteger())
    kind: str = enum_text("kind", TARGETS)
    terms: int = integer()
    """How many terms the clause has."""


class PromotionRuleVariant(SQLModel, table=True):
    """The variants that a rule's catalogue predicate chooses, in whatever channel and at whatever time."""

    __tablename__ = "promotion_rule_variant"

    variant_id: int = bigint_ref("product_variant.id", primary_key=True)
    rule_id: uuid.UUID = uuid_ref("promotion_rule.id", primary_key=True, index=True)
    since: datetime = timestamp()


class PromotionTranslation(SQLModel, table=True):
    __tablename__ = "promotion_translation"

    promotion_id: uuid.UUID = uuid_ref("promotion.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str | None = text(nullable=True)
    description: dict[str, Any] | None = jsonb(nullable=True)


class PromotionRuleTranslation(SQLModel, table=True):
    __tablename__ = "promotion_rule_translation"

    rule_id: uuid.UUID = uuid_ref("promotion_rule.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str | None = text(nullable=True)
    description: dict[str, Any] | None = jsonb(nullable=True)


class PromotionEvent(SQLModel, table=True):
    """What happened to a promotion. `rule_id` stays when the rule is gone."""

    __tablename__ = "promotion_event"
    __table_args__ = (sa.Index("ix_promotion_event_order", "promotion_id", "created_at", "id"),)

    id: uuid.UUID = uuid_pk()
    promotion_id: uuid.UUID = uuid_ref("promotion.id")
    type: str = enum_text("type", EVENTS)
    rule_id: uuid.UUID | None = Field(default=None, sa_column=sa.Column(sa.Uuid, nullable=True))
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True, index=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True, index=True)
    created_at: datetime = timestamp()
