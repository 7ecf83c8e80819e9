"""Expected failures of webhooks, with the codes of Saleor's `WebhookErrorCode`."""

from engine.core.errors import Refusal
from engine.core.ids import to_global


class WebhookRefusal(Refusal):
    pass


class NoSuchWebhook(WebhookRefusal):
    code = "NOT_FOUND"

    def __init__(self, webhook_id: int):
        super().__init__(f"Couldn't resolve to a node: {to_global('Webhook', webhook_id)}", field="id")


class NoSuchDelivery(WebhookRefusal):
    code = "NOT_FOUND"

    def __init__(self, delivery_id: int):
        super().__init__(f"Couldn't resolve to a node: {to_global('EventDelivery', delivery_id)}", field="id")


class NoSuchApp(WebhookRefusal):
    code = "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("App doesn't exist or is disabled.", field="app")
