"""What each subject of `engine.webhooks.events` has for fields, and the type that is made of an event with them.

To add a domain: write a class with its fields, and a line here. Its events get their types by that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry

from engine.core.ids import int_pk, uuid_pk
from engine.webhooks.events import EVENTS
from schema.events import account_subjects as accounts
from schema.events import catalog_subjects as catalog
from schema.events import offer_subjects as offers
from schema.events import sales_subjects as sales
from schema.events.types import Event, type_name


@dataclass(frozen=True)
class Subject:
    """`kind`: the API's type of the object itself; `pk` reads its key from a global id; `plain`: what a webhook without
    a query is told of it, as a selection on the event."""

    fields: type
    kind: str
    plain: str
    pk: Callable[[str, str], Any] = int_pk


_NAMED = "id name slug"
_VARIANT = "productVariant { id name sku product { id name slug } }"
_USER = "user { id email firstName lastName isActive languageCode metadata { key value } }"
_PRODUCT = "product { id name slug category { id slug } metadata { key value } }"
_ORDER = (
    "order { id number status created userEmail channel { id slug }"
    " total { gross { amount currency } net { amount currency } }"
    " lines { id productName variantName productSku quantity } metadata { key value } }"
)
_CHECKOUT = (
    "checkout { id email channel { id slug } totalPrice { gross { amount currency } } lines { id quantity variant"
    " { id sku } } metadata { key value } }"
)
_ADDRESS = "address { id firstName lastName streetAddress1 city postalCode country { code } phone }"

SUBJECTS: dict[str, Subject] = {
    "account": Subject(accounts.AccountEvent, "User", _USER),
    "account_email": Subject(accounts.AccountEmailEvent, "User", _USER),
    "address": Subject(accounts.AddressEvent, "Address", _ADDRESS),
    "app": Subject(accounts.AppEvent, "App", "app { id name identifier isActive }"),
    "attribute": Subject(catalog.AttributeEvent, "Attribute", f"attribute {{ {_NAMED} }}"),
    "attribute_value": Subject(catalog.AttributeValueEvent, "AttributeValue", f"attributeValue {{ {_NAMED} }}"),
    "category": Subject(catalog.CategoryEvent, "Category", f"category {{ {_NAMED} metadata {{ key value }} }}"),
    "channel": Subject(sales.ChannelEvent, "Channel", f"channel {{ {_NAMED} currencyCode isActive }}"),
    "checkout": Subject(sales.CheckoutEvent, "Checkout", _CHECKOUT, uuid_pk),
    "collection": Subject(catalog.CollectionEvent, "Collection", f"collection {{ {_NAMED} metadata {{ key value }} }}"),
    "fulfillment": Subject(
        sales.FulfillmentEvent, "Fulfillment", "fulfillment { id status trackingNumber } order { id number }"
    ),
    "gift_card": Subject(
        offers.GiftCardEvent, "GiftCard", "giftCard { id isActive currentBalance { amount currency } }"
    ),
    "group": Subject(accounts.GroupEvent, "Group", "permissionGroup { id name }"),
    "invoice": Subject(offers.InvoiceEvent, "Invoice", "invoice { id number status url } order { id number }"),
    "menu": Subject(catalog.MenuEvent, "Menu", f"menu {{ {_NAMED} }}"),
    "menu_item": Subject(catalog.MenuItemEvent, "MenuItem", "menuItem { id name menu { id slug } }"),
    "order": Subject(sales.OrderEvent, "Order", _ORDER, uuid_pk),
    "page": Subject(catalog.PageEvent, "Page", "page { id title slug pageType { id slug } }"),
    "page_type": Subject(catalog.PageTypeEvent, "PageType", f"pageType {{ {_NAMED} }}"),
    "product": Subject(catalog.ProductEvent, "Product", _PRODUCT),
    "product_media": Subject(catalog.ProductMediaEvent, "ProductMedia", "productMedia { id alt url }"),
    "product_variant": Subject(catalog.ProductVariantEvent, "ProductVariant", _VARIANT),
    "promotion": Subject(offers.PromotionEvent, "Promotion", "promotion { id name startDate endDate }", uuid_pk),
    "promotion_rule": Subject(
        offers.PromotionRuleEvent, "PromotionRule", "promotionRule { id name promotion { id } }", uuid_pk
    ),
    "shipping_method": Subject(sales.ShippingPriceEvent, "ShippingMethodType", "shippingMethod { id name }"),
    "shipping_zone": Subject(sales.ShippingZoneEvent, "ShippingZone", "shippingZone { id name }"),
    "shop": Subject(offers.ShopEvent, "Shop", "shop { id name metadata { key value } }"),
    "transaction": Subject(sales.TransactionEvent, "TransactionItem", "transaction { id pspReference }", uuid_pk),
    "user": Subject(accounts.UserEvent, "User", _USER),
    "variant_stock": Subject(catalog.VariantStockEvent, "ProductVariant", f"{_VARIANT} warehouse {{ id slug }}"),
    "voucher": Subject(offers.VoucherEvent, "Voucher", "voucher { id name code startDate endDate }"),
    "warehouse": Subject(sales.WarehouseEvent, "Warehouse", "warehouse { id name slug }", uuid_pk),
}


def _type_of(name: str, subject: Subject) -> type:
    made = type(type_name(name), (subject.fields, Event), {"__module__": __name__})
    words = name.replace("_", " ")
    kind: type = strawberry.type(made, name=type_name(name), description=f"What is told on `{words}`.")
    return kind


EVENT_TYPES: dict[str, type] = {
    event.name: _type_of(event.name, SUBJECTS[event.subject]) for event in EVENTS.values() if event.subject in SUBJECTS
}
"""The API's type of each event the shop tells, by the event's name."""

NAMES = {type_name(name): name for name in EVENT_TYPES}
"""The event that a type is about."""


def subject_of(event: str) -> Subject:
    """Raises KeyError for an event the shop does not tell."""
    return SUBJECTS[EVENTS[event].subject or ""]
