"""The whole schema, put together from its domains."""

import strawberry

from schema.accounts.mutations import AccountsMutations
from schema.accounts.queries import AccountsQueries
from schema.attributes.assigned import ASSIGNED_TYPES
from schema.attributes.mutations import AttributesMutations
from schema.attributes.queries import AttributesQueries
from schema.catalog.mutations import CatalogMutations
from schema.catalog.queries import CatalogQueries
from schema.channels.mutations import ChannelsMutations
from schema.channels.queries import ChannelsQueries
from schema.checkout.mutations import CheckoutMutations
from schema.checkout.queries import CheckoutQueries
from schema.common.scalars import SCALARS
from schema.content.mutations import ContentMutations
from schema.content.queries import ContentQueries
from schema.events.subjects import EVENT_TYPES
from schema.events.subscription import Subscription
from schema.execution.types import build_schema
from schema.extensions.mutations import ExtensionsMutations
from schema.extensions.queries import ExtensionsQueries
from schema.files.mutations import FilesMutations
from schema.gift_cards.mutations import GiftCardsMutations
from schema.gift_cards.queries import GiftCardsQueries
from schema.inventory.mutations import InventoryMutations
from schema.inventory.queries import InventoryQueries
from schema.orders.mutations import OrdersMutations
from schema.orders.queries import OrdersQueries
from schema.payments.mutations import PaymentsMutations
from schema.payments.queries import PaymentsQueries
from schema.payments.types import METHOD_TYPES
from schema.promotions.mutations import PromotionsMutations
from schema.promotions.queries import PromotionsQueries
from schema.shipping.mutations import ShippingMutations
from schema.shipping.queries import ShippingQueries
from schema.shop.mutations import ShopMutations
from schema.shop.queries import ShopQueries
from schema.support.mutations import SupportMutations
from schema.support.queries import SupportQueries
from schema.tax.mutations import TaxMutations
from schema.tax.queries import TaxQueries
from schema.translations.mutations import TranslationsMutations
from schema.translations.queries import TranslationsQueries
from schema.vouchers.mutations import VouchersMutations
from schema.vouchers.queries import VouchersQueries
from schema.webhook_apps.installing import InstallMutations, InstallQueries
from schema.webhook_apps.mutations import WebhookMutations
from schema.webhook_apps.queries import WebhookQueries


@strawberry.type
class Query(
    AccountsQueries,
    AttributesQueries,
    CatalogQueries,
    ChannelsQueries,
    CheckoutQueries,
    ContentQueries,
    ExtensionsQueries,
    GiftCardsQueries,
    InventoryQueries,
    OrdersQueries,
    PaymentsQueries,
    PromotionsQueries,
    ShippingQueries,
    ShopQueries,
    SupportQueries,
    TaxQueries,
    TranslationsQueries,
    VouchersQueries,
    WebhookQueries,
    InstallQueries,
):
    pass


@strawberry.type
class Mutation(
    AccountsMutations,
    AttributesMutations,
    CatalogMutations,
    ChannelsMutations,
    CheckoutMutations,
    ContentMutations,
    ExtensionsMutations,
    FilesMutations,
    GiftCardsMutations,
    InventoryMutations,
    OrdersMutations,
    PaymentsMutations,
    PromotionsMutations,
    ShippingMutations,
    ShopMutations,
    SupportMutations,
    TaxMutations,
    TranslationsMutations,
    VouchersMutations,
    WebhookMutations,
    InstallMutations,
):
    pass


schema = build_schema(
    Query,
    Mutation,
    subscription=Subscription,
    scalar_map=SCALARS,
    types=(*ASSIGNED_TYPES, *EVENT_TYPES.values(), *METHOD_TYPES),
)
