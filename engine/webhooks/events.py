"""Saleor's webhook events (3.23): their names, who may be told, what each is about, and what of ours sets each off.

`EVENTS` is the one place to add to: a line ties an event to the kinds of the outbox that mean it. `subject` names the
fields an event has in the API (`schema.events.subjects`); an event without one is none that this shop tells.
"""

from collections.abc import Iterable
from dataclasses import dataclass

ANY = "any_events"


@dataclass(frozen=True)
class Event:
    """`name` in lower case, as headers tell it. `permission`: what an app must hold to be told; None: nothing."""

    name: str
    permission: str | None
    subject: str | None = None
    kinds: tuple[str, ...] = ()


def _event(name: str, permission: str | None, subject: str | None = None, *kinds: str) -> Event:
    return Event(name.lower(), permission, subject, kinds)


EVENTS: dict[str, Event] = {
    event.name: event
    for event in (
        _event("ACCOUNT_CONFIRMATION_REQUESTED", "MANAGE_USERS", "account", "account.confirmation_requested"),
        _event("ACCOUNT_CHANGE_EMAIL_REQUESTED", "MANAGE_USERS", "account_email", "account.change_email_requested"),
        _event("ACCOUNT_EMAIL_CHANGED", "MANAGE_USERS", "account_email", "customer.email_changed"),
        _event("ACCOUNT_SET_PASSWORD_REQUESTED", "MANAGE_USERS", "account", "account.set_password_requested"),
        _event("ACCOUNT_CONFIRMED", "MANAGE_USERS", "account", "customer.confirmed"),
        _event("ACCOUNT_DELETE_REQUESTED", "MANAGE_USERS", "account", "account.delete_requested"),
        _event("ACCOUNT_DELETED", "MANAGE_USERS", "account", "account.deleted"),
        _event("ADDRESS_CREATED", "MANAGE_USERS", "address", "address.created"),
        _event("ADDRESS_UPDATED", "MANAGE_USERS", "address", "address.updated"),
        _event("ADDRESS_DELETED", "MANAGE_USERS", "address", "address.deleted"),
        _event("APP_INSTALLED", "MANAGE_APPS", "app", "app.installed"),
        _event("APP_UPDATED", "MANAGE_APPS", "app", "app.updated"),
        _event("APP_DELETED", "MANAGE_APPS", "app", "app.deleted"),
        _event("APP_STATUS_CHANGED", "MANAGE_APPS", "app", "app.status_changed"),
        _event("ATTRIBUTE_CREATED", None, "attribute", "attribute.created"),
        _event("ATTRIBUTE_UPDATED", None, "attribute", "attribute.updated", "attribute.metadata_updated"),
        _event("ATTRIBUTE_DELETED", None, "attribute", "attribute.deleted"),
        _event("ATTRIBUTE_VALUE_CREATED", None, "attribute_value", "attribute_value.created"),
        _event("ATTRIBUTE_VALUE_UPDATED", None, "attribute_value", "attribute_value.updated"),
        _event("ATTRIBUTE_VALUE_DELETED", None, "attribute_value", "attribute_value.deleted"),
        _event("CATEGORY_CREATED", "MANAGE_PRODUCTS", "category", "category.created"),
        _event("CATEGORY_UPDATED", "MANAGE_PRODUCTS", "category", "category.updated", "category.metadata_updated"),
        _event("CATEGORY_DELETED", "MANAGE_PRODUCTS", "category", "category.deleted"),
        _event("CHANNEL_CREATED", "MANAGE_CHANNELS", "channel", "channel.created"),
        _event("CHANNEL_UPDATED", "MANAGE_CHANNELS", "channel", "channel.updated"),
        _event("CHANNEL_DELETED", "MANAGE_CHANNELS", "channel", "channel.deleted"),
        _event("CHANNEL_STATUS_CHANGED", "MANAGE_CHANNELS", "channel", "channel.status_changed"),
        _event("CHANNEL_METADATA_UPDATED", "MANAGE_CHANNELS", "channel", "channel.metadata_updated"),
        _event("GIFT_CARD_CREATED", "MANAGE_GIFT_CARD", "gift_card", "gift_card.created"),
        _event("GIFT_CARD_UPDATED", "MANAGE_GIFT_CARD", "gift_card", "gift_card.updated"),
        _event("GIFT_CARD_DELETED", "MANAGE_GIFT_CARD", "gift_card", "gift_card.deleted"),
        _event("GIFT_CARD_SENT", "MANAGE_GIFT_CARD", "gift_card", "gift_card.sent"),
        _event("GIFT_CARD_STATUS_CHANGED", "MANAGE_GIFT_CARD", "gift_card", "gift_card.status_changed"),
        _event("GIFT_CARD_METADATA_UPDATED", "MANAGE_GIFT_CARD", "gift_card", "giftcard.metadata_updated"),
        _event("GIFT_CARD_EXPORT_COMPLETED", "MANAGE_GIFT_CARD"),
        _event("MENU_CREATED", "MANAGE_MENUS", "menu", "menu.created"),
        _event("MENU_UPDATED", "MANAGE_MENUS", "menu", "menu.updated", "menu.metadata_updated"),
        _event("MENU_DELETED", "MANAGE_MENUS", "menu", "menu.deleted"),
        _event("MENU_ITEM_CREATED", "MANAGE_MENUS", "menu_item", "menu_item.created"),
        _event("MENU_ITEM_UPDATED", "MANAGE_MENUS", "menu_item", "menu_item.updated", "menuitem.metadata_updated"),
        _event("MENU_ITEM_DELETED", "MANAGE_MENUS", "menu_item", "menu_item.deleted"),
        _event("ORDER_CREATED", "MANAGE_ORDERS", "order", "order.created"),
        _event("ORDER_CONFIRMED", "MANAGE_ORDERS", "order", "order.confirmed"),
        _event("ORDER_PAID", "MANAGE_ORDERS", "order", "order.paid"),
        _event("ORDER_FULLY_PAID", "MANAGE_ORDERS", "order", "order.fully_paid"),
        _event("ORDER_REFUNDED", "MANAGE_ORDERS", "order", "order.refunded"),
        _event("ORDER_FULLY_REFUNDED", "MANAGE_ORDERS", "order", "order.fully_refunded"),
        _event("ORDER_UPDATED", "MANAGE_ORDERS", "order", "order.updated"),
        _event("ORDER_CANCELLED", "MANAGE_ORDERS", "order", "order.cancelled"),
        _event("ORDER_EXPIRED", "MANAGE_ORDERS", "order", "order.expired"),
        _event("ORDER_FULFILLED", "MANAGE_ORDERS", "order", "order.fulfilled"),
        _event("ORDER_METADATA_UPDATED", "MANAGE_ORDERS", "order", "order.metadata_updated"),
        _event("ORDER_BULK_CREATED", "MANAGE_ORDERS", "orders", "order_bulk.created"),
        _event("FULFILLMENT_CREATED", "MANAGE_ORDERS", "fulfillment", "fulfillment.created"),
        _event("FULFILLMENT_CANCELED", "MANAGE_ORDERS", "fulfillment", "fulfillment.canceled"),
        _event("FULFILLMENT_APPROVED", "MANAGE_ORDERS", "fulfillment", "fulfillment.approved"),
        _event("FULFILLMENT_METADATA_UPDATED", "MANAGE_ORDERS", "fulfillment", "fulfillment.metadata_updated"),
        _event(
            "FULFILLMENT_TRACKING_NUMBER_UPDATED", "MANAGE_ORDERS", "fulfillment", "fulfillment.tracking_number_updated"
        ),
        _event("DRAFT_ORDER_CREATED", "MANAGE_ORDERS", "order", "draft_order.created"),
        _event("DRAFT_ORDER_UPDATED", "MANAGE_ORDERS", "order", "draft_order.updated"),
        _event("DRAFT_ORDER_DELETED", "MANAGE_ORDERS", "order", "draft_order.deleted"),
        _event("SALE_CREATED", "MANAGE_DISCOUNTS"),
        _event("SALE_UPDATED", "MANAGE_DISCOUNTS"),
        _event("SALE_DELETED", "MANAGE_DISCOUNTS"),
        _event("SALE_TOGGLE", "MANAGE_DISCOUNTS"),
        _event("PROMOTION_CREATED", "MANAGE_DISCOUNTS", "promotion", "promotion.created"),
        _event("PROMOTION_UPDATED", "MANAGE_DISCOUNTS", "promotion", "promotion.updated"),
        _event("PROMOTION_DELETED", "MANAGE_DISCOUNTS", "promotion", "promotion.deleted"),
        _event("PROMOTION_STARTED", "MANAGE_DISCOUNTS", "promotion", "promotion.started"),
        _event("PROMOTION_ENDED", "MANAGE_DISCOUNTS", "promotion", "promotion.ended"),
        _event("PROMOTION_RULE_CREATED", "MANAGE_DISCOUNTS", "promotion_rule", "promotion_rule.created"),
        _event("PROMOTION_RULE_UPDATED", "MANAGE_DISCOUNTS", "promotion_rule", "promotion_rule.updated"),
        _event("PROMOTION_RULE_DELETED", "MANAGE_DISCOUNTS", "promotion_rule", "promotion_rule.deleted"),
        _event("INVOICE_REQUESTED", "MANAGE_ORDERS", "invoice", "invoice.requested"),
        _event("INVOICE_DELETED", "MANAGE_ORDERS", "invoice", "invoice.deleted"),
        _event("INVOICE_SENT", "MANAGE_ORDERS", "invoice", "invoice.sent"),
        _event("CUSTOMER_CREATED", "MANAGE_USERS", "user", "customer.created"),
        _event("CUSTOMER_UPDATED", "MANAGE_USERS", "user", "customer.updated"),
        _event("CUSTOMER_DELETED", "MANAGE_USERS", "user", "customer.deleted"),
        _event("CUSTOMER_METADATA_UPDATED", "MANAGE_USERS", "user", "user.metadata_updated"),
        _event("CUSTOMER_TYPE_CREATED", "MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES"),
        _event("CUSTOMER_TYPE_UPDATED", "MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES"),
        _event("CUSTOMER_TYPE_DELETED", "MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES"),
        _event("COLLECTION_CREATED", "MANAGE_PRODUCTS", "collection", "collection.created"),
        _event("COLLECTION_UPDATED", "MANAGE_PRODUCTS", "collection", "collection.updated"),
        _event("COLLECTION_DELETED", "MANAGE_PRODUCTS", "collection", "collection.deleted"),
        _event("COLLECTION_METADATA_UPDATED", "MANAGE_PRODUCTS", "collection", "collection.metadata_updated"),
        _event("PRODUCT_CREATED", "MANAGE_PRODUCTS", "product", "product.created"),
        _event("PRODUCT_UPDATED", "MANAGE_PRODUCTS", "product", "product.updated"),
        _event("PRODUCT_DELETED", "MANAGE_PRODUCTS", "product", "product.deleted"),
        _event("PRODUCT_METADATA_UPDATED", "MANAGE_PRODUCTS", "product", "product.metadata_updated"),
        _event("PRODUCT_EXPORT_COMPLETED", "MANAGE_PRODUCTS"),
        _event("PRODUCT_MEDIA_CREATED", "MANAGE_PRODUCTS", "product_media", "product_media.created"),
        _event("PRODUCT_MEDIA_UPDATED", "MANAGE_PRODUCTS", "product_media", "product_media.updated"),
        _event("PRODUCT_MEDIA_DELETED", "MANAGE_PRODUCTS", "product_media", "product_media.deleted"),
        _event("PRODUCT_VARIANT_CREATED", "MANAGE_PRODUCTS", "product_variant", "product_variant.created"),
        _event("PRODUCT_VARIANT_UPDATED", "MANAGE_PRODUCTS", "product_variant", "product_variant.updated"),
        _event("PRODUCT_VARIANT_DELETED", "MANAGE_PRODUCTS", "product_variant", "product_variant.deleted"),
        _event(
            "PRODUCT_VARIANT_METADATA_UPDATED", "MANAGE_PRODUCTS", "product_variant", "productvariant.metadata_updated"
        ),
        _event("PRODUCT_VARIANT_OUT_OF_STOCK", "MANAGE_PRODUCTS", "variant_stock", "product_variant.out_of_stock"),
        _event("PRODUCT_VARIANT_BACK_IN_STOCK", "MANAGE_PRODUCTS", "variant_stock", "product_variant.back_in_stock"),
        _event("PRODUCT_VARIANT_STOCK_UPDATED", "MANAGE_PRODUCTS", "variant_stock", "product_variant.stock_updated"),
        _event("PRODUCT_VARIANT_OUT_OF_STOCK_IN_CHANNEL", "MANAGE_PRODUCTS"),
        _event("PRODUCT_VARIANT_BACK_IN_STOCK_IN_CHANNEL", "MANAGE_PRODUCTS"),
        _event("PRODUCT_VARIANT_OUT_OF_STOCK_FOR_CLICK_AND_COLLECT", "MANAGE_PRODUCTS"),
        _event("PRODUCT_VARIANT_BACK_IN_STOCK_FOR_CLICK_AND_COLLECT", "MANAGE_PRODUCTS"),
        _event("PRODUCT_VARIANT_DISCOUNTED_PRICE_UPDATED", "MANAGE_PRODUCTS"),
        _event("CHECKOUT_CREATED", "MANAGE_CHECKOUTS", "checkout", "checkout.created"),
        _event("CHECKOUT_UPDATED", "MANAGE_CHECKOUTS", "checkout", "checkout.updated"),
        _event("CHECKOUT_FULLY_AUTHORIZED", "MANAGE_CHECKOUTS", "checkout", "checkout.fully_authorized"),
        _event("CHECKOUT_FULLY_PAID", "MANAGE_CHECKOUTS", "checkout", "checkout.fully_paid"),
        _event("CHECKOUT_METADATA_UPDATED", "MANAGE_CHECKOUTS", "checkout", "checkout.metadata_updated"),
        _event("NOTIFY_USER", "MANAGE_USERS"),
        _event("PAGE_CREATED", "MANAGE_PAGES", "page", "page.created"),
        _event("PAGE_UPDATED", "MANAGE_PAGES", "page", "page.updated", "page.metadata_updated"),
        _event("PAGE_DELETED", "MANAGE_PAGES", "page", "page.deleted"),
        _event("PAGE_TYPE_CREATED", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES", "page_type", "page_type.created"),
        _event(
            "PAGE_TYPE_UPDATED",
            "MANAGE_PAGE_TYPES_AND_ATTRIBUTES",
            "page_type",
            "page_type.updated",
            "pagetype.metadata_updated",
        ),
        _event("PAGE_TYPE_DELETED", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES", "page_type", "page_type.deleted"),
        _event("PERMISSION_GROUP_CREATED", "MANAGE_STAFF", "group", "permission_group.created"),
        _event("PERMISSION_GROUP_UPDATED", "MANAGE_STAFF", "group", "permission_group.updated"),
        _event("PERMISSION_GROUP_DELETED", "MANAGE_STAFF", "group", "permission_group.deleted"),
        _event("SHIPPING_PRICE_CREATED", "MANAGE_SHIPPING", "shipping_method", "shipping_price.created"),
        _event("SHIPPING_PRICE_UPDATED", "MANAGE_SHIPPING", "shipping_method", "shipping_price.updated"),
        _event("SHIPPING_PRICE_DELETED", "MANAGE_SHIPPING", "shipping_method", "shipping_price.deleted"),
        _event("SHIPPING_ZONE_CREATED", "MANAGE_SHIPPING", "shipping_zone", "shipping_zone.created"),
        _event("SHIPPING_ZONE_UPDATED", "MANAGE_SHIPPING", "shipping_zone", "shipping_zone.updated"),
        _event("SHIPPING_ZONE_DELETED", "MANAGE_SHIPPING", "shipping_zone", "shipping_zone.deleted"),
        _event("SHIPPING_ZONE_METADATA_UPDATED", "MANAGE_SHIPPING", "shipping_zone", "shippingzone.metadata_updated"),
        _event("STAFF_CREATED", "MANAGE_STAFF", "user", "staff.created"),
        _event("STAFF_UPDATED", "MANAGE_STAFF", "user", "staff.updated"),
        _event("STAFF_DELETED", "MANAGE_STAFF", "user", "staff.deleted"),
        _event("STAFF_SET_PASSWORD_REQUESTED", "MANAGE_STAFF", "account", "staff.set_password_requested"),
        _event(
            "TRANSACTION_ITEM_METADATA_UPDATED", "HANDLE_PAYMENTS", "transaction", "transactionitem.metadata_updated"
        ),
        _event("TRANSLATION_CREATED", "MANAGE_TRANSLATIONS", "translation", "translation.created"),
        _event("TRANSLATION_UPDATED", "MANAGE_TRANSLATIONS", "translation", "translation.updated"),
        _event("WAREHOUSE_CREATED", "MANAGE_PRODUCTS", "warehouse", "warehouse.created"),
        _event("WAREHOUSE_UPDATED", "MANAGE_PRODUCTS", "warehouse", "warehouse.updated"),
        _event("WAREHOUSE_DELETED", "MANAGE_PRODUCTS", "warehouse", "warehouse.deleted"),
        _event("WAREHOUSE_METADATA_UPDATED", "MANAGE_PRODUCTS", "warehouse", "warehouse.metadata_updated"),
        _event("VOUCHER_CREATED", "MANAGE_DISCOUNTS", "voucher", "voucher.created"),
        _event("VOUCHER_UPDATED", "MANAGE_DISCOUNTS", "voucher", "voucher.updated"),
        _event("VOUCHER_DELETED", "MANAGE_DISCOUNTS", "voucher", "voucher.deleted"),
        _event("VOUCHER_CODES_CREATED", "MANAGE_DISCOUNTS"),
        _event("VOUCHER_CODES_DELETED", "MANAGE_DISCOUNTS"),
        _event("VOUCHER_METADATA_UPDATED", "MANAGE_DISCOUNTS", "voucher", "voucher.metadata_updated"),
        _event("VOUCHER_CODE_EXPORT_COMPLETED", "MANAGE_DISCOUNTS"),
        _event("OBSERVABILITY", "MANAGE_OBSERVABILITY"),
        _event("THUMBNAIL_CREATED", "MANAGE_PRODUCTS"),
        _event("SHOP_METADATA_UPDATED", "MANAGE_SETTINGS", "shop", "shop.metadata_updated"),
    )
}

SYNC_EVENTS: dict[str, Event] = {
    event.name: event
    for event in (
        _event("PAYMENT_LIST_GATEWAYS", "HANDLE_PAYMENTS"),
        _event("PAYMENT_AUTHORIZE", "HANDLE_PAYMENTS"),
        _event("PAYMENT_CAPTURE", "HANDLE_PAYMENTS"),
        _event("PAYMENT_REFUND", "HANDLE_PAYMENTS"),
        _event("PAYMENT_VOID", "HANDLE_PAYMENTS"),
        _event("PAYMENT_CONFIRM", "HANDLE_PAYMENTS"),
        _event("PAYMENT_PROCESS", "HANDLE_PAYMENTS"),
        _event("CHECKOUT_CALCULATE_TAXES", "HANDLE_TAXES"),
        _event("ORDER_CALCULATE_TAXES", "HANDLE_TAXES"),
        _event("TRANSACTION_CHARGE_REQUESTED", "HANDLE_PAYMENTS"),
        _event("TRANSACTION_REFUND_REQUESTED", "HANDLE_PAYMENTS"),
        _event("TRANSACTION_CANCELATION_REQUESTED", "HANDLE_PAYMENTS"),
        _event("SHIPPING_LIST_METHODS_FOR_CHECKOUT", "MANAGE_SHIPPING"),
        _event("CHECKOUT_FILTER_SHIPPING_METHODS", "MANAGE_CHECKOUTS"),
        _event("ORDER_FILTER_SHIPPING_METHODS", "MANAGE_ORDERS"),
        _event("PAYMENT_GATEWAY_INITIALIZE_SESSION", "HANDLE_PAYMENTS"),
        _event("TRANSACTION_INITIALIZE_SESSION", "HANDLE_PAYMENTS"),
        _event("TRANSACTION_PROCESS_SESSION", "HANDLE_PAYMENTS"),
        _event("LIST_STORED_PAYMENT_METHODS", "HANDLE_PAYMENTS"),
        _event("STORED_PAYMENT_METHOD_DELETE_REQUESTED", "HANDLE_PAYMENTS"),
        _event("PAYMENT_GATEWAY_INITIALIZE_TOKENIZATION_SESSION", "HANDLE_PAYMENTS"),
        _event("PAYMENT_METHOD_INITIALIZE_TOKENIZATION_SESSION", "HANDLE_PAYMENTS"),
        _event("PAYMENT_METHOD_PROCESS_TOKENIZATION_SESSION", "HANDLE_PAYMENTS"),
    )
}
"""A webhook may name them, so that an app made for Saleor registers; the shop does not call them yet."""


def _by_kind(events: Iterable[Event]) -> dict[str, tuple[Event, ...]]:
    found: dict[str, tuple[Event, ...]] = {}
    for event in events:
        for kind in event.kinds:
            found[kind] = (*found.get(kind, ()), event)
    return found


BY_KIND = _by_kind(EVENTS.values())
"""What an event of the outbox means to webhooks."""


def label(name: str) -> str:
    """An event's name in words; of any event an app may name."""
    return name.replace("_", " ").capitalize()
