"""The events a webhook may ask for, and what became of a delivery."""

from enum import StrEnum
from typing import TYPE_CHECKING

import strawberry

from engine.webhooks.events import ANY, EVENTS, SYNC_EVENTS
from engine.webhooks.rules import DeliveryStatus

_ASYNC = {name.upper(): name for name in (ANY, *EVENTS)}
_SYNC = {name.upper(): name for name in SYNC_EVENTS}

if TYPE_CHECKING:

    class WebhookEventTypeAsyncEnum(StrEnum):
        """An event by its name in the API; the value is what headers tell."""

    class WebhookEventTypeSyncEnum(StrEnum):
        """A question to an app that the shop waits for."""

    class WebhookEventTypeEnum(StrEnum):
        """Both."""

else:
    WebhookEventTypeAsyncEnum = strawberry.enum(
        StrEnum("WebhookEventTypeAsyncEnum", _ASYNC), description="What apps are told after it happened."
    )
    WebhookEventTypeSyncEnum = strawberry.enum(
        StrEnum("WebhookEventTypeSyncEnum", _SYNC), description="What apps are asked while a request waits."
    )
    WebhookEventTypeEnum = strawberry.enum(
        StrEnum("WebhookEventTypeEnum", {**_ASYNC, **_SYNC}), description="All events a webhook may name."
    )

EventDeliveryStatusEnum = strawberry.enum(DeliveryStatus, name="EventDeliveryStatusEnum")


@strawberry.enum
class EventDeliverySortField(StrEnum):
    CREATED_AT = "CREATED_AT"


@strawberry.enum
class EventDeliveryAttemptSortField(StrEnum):
    CREATED_AT = "CREATED_AT"
