"""Everything that a large table may be filtered and ordered by through the API, as arguments of a page.

For each input type its fields, or the values of an enum; a field may have several cases, told apart after a space.
"""

from typing import Any

from engine.core.ids import to_global
from tests.store.large_shop import MAIN, ORDER


def _ids(type_name: str, *keys: object) -> str:
    return "[" + ", ".join(f'"{to_global(type_name, key)}"' for key in keys) + "]"


def _id(type_name: str, key: object) -> str:
    return f'"{to_global(type_name, key)}"'


LONG_AGO, LATELY, NEVER = '"2024-01-03T00:00:00Z"', '"2026-01-01T00:00:00Z"', '"2099-01-01T00:00:00Z"'

_PRODUCT_PARTS = {
    "hasCategory without": "hasCategory: false",
    "hasCategory with": "hasCategory: true",
    "attributes common": 'attributes: [{slug: "color", values: ["c3"]}]',
    "attributes rare": 'attributes: [{slug: "brand", values: ["b200"]}]',
    "attributes none": 'attributes: [{slug: "brand", values: ["b199"]}]',
    "attributes two": 'attributes: [{slug: "brand", values: ["b3"]}, {slug: "color", values: ["c4"]}]',
    "attributes numbers": 'attributes: [{slug: "weight", valuesRange: {gte: 10, lte: 12}}]',
    "attributes many numbers": 'attributes: [{slug: "weight", valuesRange: {gte: 500}}]',
    "attributes boolean": 'attributes: [{slug: "organic", boolean: true}]',
    "attributes day": 'attributes: [{slug: "since", date: {gte: "2020-02-01", lte: "2020-02-03"}}]',
    "attributes moment": 'attributes: [{slug: "moment", dateTime: {lte: "2020-01-04T00:00:00Z"}}]',
    "attributes reference": 'attributes: [{slug: "related", value: {reference: {productSlugs:'
    ' {containsAny: ["thing-7"]}}}}]',
    "stockAvailability sold out": "stockAvailability: OUT_OF_STOCK",
    "stockAvailability sold": "stockAvailability: IN_STOCK",
    "stocks none": "stocks: {quantity: {lte: 0}}",
    "stocks some": "stocks: {quantity: {gte: 1}}",
    "stocks in a warehouse": f"stocks: {{warehouseIds: {_ids('Warehouse', MAIN)}, quantity: {{lte: 0}}}}",
    "stocks out of reach": "stocks: {quantity: {gte: 100000}}",
    "metadata value": 'metadata: [{key: "rare", value: "yes"}]',
    "metadata key": 'metadata: [{key: "rare"}]',
    "publishedFrom": f"publishedFrom: {LONG_AGO}",
    "isAvailable not": "isAvailable: false",
    "isAvailable": "isAvailable: true",
    "availableFrom": 'availableFrom: "2023-01-01T00:00:00Z"',
    "isPublished": "isPublished: true",
    "isPublished not": "isPublished: false",
    "isVisibleInListing": "isVisibleInListing: true",
    "isVisibleInListing not": "isVisibleInListing: false",
    "giftCard": "giftCard: false",
    "ids": f"ids: {_ids('Product', 7, 8)}",
    "hasPreorderedVariants": "hasPreorderedVariants: true",
}
PRODUCT_FILTERS: dict[str, str] = {
    **_PRODUCT_PARTS,
    "collections small": f"collections: {_ids('Collection', 5)}",
    "collections large": f"collections: {_ids('Collection', 1)}",
    "categories leaf": f"categories: {_ids('Category', 150)}",
    "categories top": f"categories: {_ids('Category', 1)}",
    "price": "price: {gte: 5000}",
    "minimalPrice": "minimalPrice: {gte: 5000}",
    "updatedAt": f"updatedAt: {{lte: {LONG_AGO}}}",
    "productTypes": f"productTypes: {_ids('ProductType', 9)}",
    "slugs": 'slugs: ["thing-7"]',
}
PRODUCT_WHERE: dict[str, str] = {
    **_PRODUCT_PARTS,
    "name": 'name: {eq: "Thing 9"}',
    "slug": 'slug: {oneOf: ["thing-7"]}',
    "productType": f"productType: {{eq: {_id('ProductType', 9)}}}",
    "category": f"category: {{eq: {_id('Category', 150)}}}",
    "collection": f"collection: {{eq: {_id('Collection', 5)}}}",
    "price": "price: {range: {gte: 5000}}",
    "minimalPrice": "minimalPrice: {eq: 5000}",
    "updatedAt": f"updatedAt: {{range: {{lte: {LONG_AGO}}}}}",
    "AND": f"AND: [{{category: {{eq: {_id('Category', 150)}}}}}, {{stockAvailability: IN_STOCK}}]",
    "OR": f"OR: [{{category: {{eq: {_id('Category', 150)}}}}}, {{stockAvailability: OUT_OF_STOCK}}]",
}
IN_MONEY = {"price", "minimalPrice"}
"""These need a channel."""

ORDER_FILTERS = {
    "status": "status: [UNCONFIRMED]",
    "status to fulfil": "status: [READY_TO_FULFILL]",
    "status to capture": "status: [READY_TO_CAPTURE]",
    "customer": 'customer: "Buyer77"',
    "created": 'created: {lte: "2020-01-01"}',
    "updatedAt": f"updatedAt: {{lte: {LONG_AGO}}}",
    "search mail": 'search: "user77@"',
    "search name": 'search: "Of2077"',
    "search number": 'search: "77"',
    "metadata value": 'metadata: [{key: "rare", value: "yes"}]',
    "metadata key": 'metadata: [{key: "rare"}]',
    "channels": f"channels: {_ids('Channel', 2)}",
    "isClickAndCollect": "isClickAndCollect: true",
    "isClickAndCollect not": "isClickAndCollect: false",
    "ids": f"ids: {_ids('Order', ORDER.format(7))}",
    "numbers": 'numbers: ["7"]',
    "checkoutIds": f"checkoutIds: {_ids('Checkout', ORDER.format(7))}",
    "checkoutTokens": f'checkoutTokens: ["{ORDER.format(7)}"]',
}
ORDER_WHERE = {
    "authorizeStatus": "authorizeStatus: {eq: FULL}",
    "chargeStatus": "chargeStatus: {eq: OVERCHARGED}",
    "billingAddress": 'billingAddress: {phoneNumber: {eq: "+12025550107"}}',
    "shippingAddress": "shippingAddress: {country: {eq: CH}}",
    "channelId": f"channelId: {{eq: {_id('Channel', 2)}}}",
    "checkoutId": f"checkoutId: {{eq: {_id('Checkout', ORDER.format(7))}}}",
    "checkoutToken": f'checkoutToken: {{eq: "{ORDER.format(7)}"}}',
    "createdAt": f"createdAt: {{lte: {LONG_AGO}}}",
    "updatedAt": f"updatedAt: {{lte: {LONG_AGO}}}",
    "events": "events: [{type: {eq: NOTE_ADDED}}]",
    "fulfillments": "fulfillments: [{status: {eq: CANCELED}}]",
    "hasFulfillments": "hasFulfillments: true",
    "hasFulfillments not": "hasFulfillments: false",
    "hasInvoices": "hasInvoices: true",
    "hasInvoices not": "hasInvoices: false",
    "invoices": f"invoices: [{{createdAt: {{gte: {LATELY}}}}}]",
    "ids": f"ids: {_ids('Order', ORDER.format(7))}",
    "isClickAndCollect": "isClickAndCollect: true",
    "isGiftCardBought": "isGiftCardBought: true",
    "isGiftCardUsed": "isGiftCardUsed: true",
    "lines": 'lines: [{metadata: {key: "rare"}}]',
    "linesCount": "linesCount: {eq: 5}",
    "metadata": 'metadata: {key: "rare"}',
    "number": "number: {eq: 7}",
    "productTypeId": f"productTypeId: {{eq: {_id('ProductType', 9)}}}",
    "status": "status: {eq: UNCONFIRMED}",
    "totalGross": "totalGross: {amount: {range: {gte: 5000}}}",
    "totalNet": "totalNet: {amount: {range: {gte: 5000}}}",
    "transactions": 'transactions: [{pspReference: {eq: "nobody"}}]',
    "user": f"user: {{eq: {_id('User', 7)}}}",
    "userEmail": 'userEmail: {eq: "user7@example.com"}',
    "voucherCode": 'voucherCode: {eq: "NOBODY"}',
    "AND": 'AND: [{status: {eq: UNCONFIRMED}}, {userEmail: {eq: "user8@example.com"}}]',
    "OR": 'OR: [{number: {eq: 7}}, {userEmail: {eq: "user7@example.com"}}]',
}
CUSTOMER_FILTERS = {
    "search": 'search: "user77@"',
    "ids": f"ids: {_ids('User', 7)}",
    "dateJoined": 'dateJoined: {lte: "2020-01-01"}',
    "metadata": 'metadata: [{key: "rare"}]',
    "numberOfOrders": "numberOfOrders: {gte: 50}",
    "placedOrders": 'placedOrders: {lte: "2020-01-01"}',
    "updatedAt": f"updatedAt: {{lte: {LONG_AGO}}}",
}
STAFF_FILTERS = {
    "search": 'search: "user77@"',
    "ids": f"ids: {_ids('User', 1)}",
    "status": "status: DEACTIVATED",
}
TICKET_FILTERS = {
    "status": "status: [OPEN]",
    "priority": "priority: [URGENT]",
    "assignee": f"assignee: {_id('User', 1)}",
    "unassigned": "unassigned: false",
    "order": f"order: {_id('Order', ORDER.format(7))}",
    "search subject": 'search: "About 777"',
    "search mail": 'search: "user7@example.com"',
    "search number": 'search: "77"',
}
VARIANT_FILTERS = {
    "sku": 'sku: ["SKU-7-1"]',
    "search": 'search: "SKU-77-1"',
    "metadata": 'metadata: [{key: "rare"}]',
    "updatedAt": f"updatedAt: {{lte: {LONG_AGO}}}",
    "isPreorder": "isPreorder: false",
}
VARIANT_WHERE = {
    "sku": 'sku: {oneOf: ["SKU-7-1"]}',
    "ids": f"ids: {_ids('ProductVariant', 7)}",
    "metadata": 'metadata: [{key: "rare"}]',
    "updatedAt": f"updatedAt: {{lte: {LONG_AGO}}}",
    "attributes": 'attributes: [{slug: "color", value: {slug: {eq: "c3"}}}]',
    "AND": 'AND: [{sku: {eq: "SKU-7-1"}}, {sku: {eq: "SKU-7-2"}}]',
    "OR": 'OR: [{sku: {eq: "SKU-7-1"}}, {sku: {eq: "SKU-7-2"}}]',
}

SORTS: dict[str, tuple[str, ...]] = {
    "ProductOrderField": (
        "NAME", "PRICE", "MINIMAL_PRICE", "LAST_MODIFIED", "DATE", "TYPE", "PUBLISHED", "PUBLICATION_DATE",
        "PUBLISHED_AT", "LAST_MODIFIED_AT", "RATING", "CREATED_AT",
    ),
    "OrderSortField": ("NUMBER", "CREATED_AT", "CREATION_DATE", "LAST_MODIFIED_AT", "CUSTOMER", "STATUS"),
    "UserSortField": ("FIRST_NAME", "LAST_NAME", "EMAIL", "CREATED_AT", "LAST_MODIFIED_AT", "ORDER_COUNT"),
    "ProductVariantSortField": ("LAST_MODIFIED_AT",),
}  # fmt: skip

SMALL = "tables of a few hundred or thousand rows, which are read and sorted in memory"
NOT_HERE: dict[str, str] = {
    "ProductFilterInput.search": "what is searched is bounded by its own limits, tested with the search",
    "ProductFilterInput.channel": "only says where",
    "ProductOrderField.RANK": "only in a search",
    "UserSortField.RANK": "only in a search",
    "ProductOrderField.COLLECTION": "only inside a collection, where it has cases of its own",
    **dict.fromkeys(
        (
            "CategoryFilterInput", "CategorySortField", "CollectionFilterInput", "CollectionSortField",
            "AttributeFilterInput", "PageFilterInput", "PageWhereInput", "PageSortField", "PageTypeFilterInput",
            "PageTypeSortField", "MenuSortField", "AppFilterInput", "AppSortField", "PermissionGroupFilterInput",
            "PermissionGroupSortField", "WarehouseFilterInput", "WarehouseSortField", "ShippingZoneFilterInput",
            "TaxClassFilterInput", "TaxClassSortField", "TaxConfigurationFilterInput", "PluginFilterInput",
            "PluginSortField", "AppExtensionFilterInput", "AttributeWhereInput", "AttributeSortField",
            "CategoryWhereInput", "CollectionWhereInput", "MenuFilterInput", "ProductTypeFilterInput",
            "ProductTypeSortField", "PromotionWhereInput", "PromotionSortField", "VoucherFilterInput",
            "VoucherSortField", "GiftCardTagFilterInput", "GiftCardFilterInput", "GiftCardSortField",
        ),
        SMALL,
    ),
    "AttributeChoicesSortField": "the values of one attribute, of which there are hundreds",
    "StockFilterInput": "for staff alone, and its search does look through the names of all goods",
}  # fmt: skip
"""Input types and fields of them that have no case, and why."""

CASES: dict[str, Any] = {
    "ProductFilterInput": PRODUCT_FILTERS,
    "ProductWhereInput": PRODUCT_WHERE,
    "OrderFilterInput": ORDER_FILTERS,
    "CustomerFilterInput": CUSTOMER_FILTERS,
    "StaffUserInput": STAFF_FILTERS,
    "TicketFilterInput": TICKET_FILTERS,
    "ProductVariantFilterInput": VARIANT_FILTERS,
    "ProductVariantWhereInput": VARIANT_WHERE,
    "OrderWhereInput": ORDER_WHERE,
    **SORTS,
}
