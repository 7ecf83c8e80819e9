"""The shop itself, as its owners and its storefronts see it."""

import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import strawberry
from strawberry import UNSET

from engine import __version__
from engine.accounts import queries as accounts
from engine.accounts.rules import ALL_PERMISSIONS
from engine.channels import queries as channels
from engine.core.context import Row
from engine.core.paging import MAX_COUNT
from engine.core.reference.countries import COUNTRIES
from engine.core.reference.languages import LANGUAGES
from engine.extensions import service as extensions
from engine.extensions.views import problems
from engine.sdk.plugins import Kind
from engine.shipping import queries as shipping
from engine.shop import queries
from schema.accounts.external_mutations import ExternalAuthentication, available_external_authentications
from schema.accounts.types import Address, PermissionType
from schema.checkout.types import PaymentGateway
from schema.common.countries import CountryDisplay
from schema.common.enums import WeightUnitsEnum
from schema.common.ids import global_id
from schema.common.languages import LanguageDisplay
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import Metadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.accounts.app_types import App

API_VERSION = "3.23"
"""The version of Saleor's API that this one follows; clients and apps ask for it by semantic version."""
SETTINGS = needs("MANAGE_SETTINGS")


@strawberry.enum
class PasswordLoginModeEnum(StrEnum):
    ENABLED = "ENABLED"
    CUSTOMERS_ONLY = "CUSTOMERS_ONLY"
    DISABLED = "DISABLED"


@strawberry.input
class CountryFilterInput:
    attached_to_shipping_zones: bool | None = UNSET


@strawberry.type(description="Where this API is reached.")
class Domain:
    """The row is the address that the client called."""

    @row_field
    def host(row: Row) -> str:
        return urlsplit(row).netloc

    @row_field
    def ssl_enabled(row: Row) -> bool:
        return urlsplit(row).scheme == "https"

    @row_field
    def url(row: Row) -> str:
        return f"{row}/"


@strawberry.type(description="Numbers of things; null: no limit.")
class Limits:
    channels: int | None
    orders: int | None
    product_variants: int | None
    staff_users: int | None
    warehouses: int | None


@strawberry.type
class LimitInfo:
    current_usage: Limits
    allowed_usage: Limits


@strawberry.enum
class AnnouncementImportanceEnum(StrEnum):
    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MODERATE = "MODERATE"
    LOW = "LOW"
    UNSET = "UNSET"


@strawberry.type
class Announcement:
    created_at: datetime.datetime
    updated_at: datetime.datetime
    title: str
    message_html: str
    importance: AnnouncementImportanceEnum
    type: str
    extra: Metadata


NO_LIMITS: Row = dict.fromkeys(("channels", "orders", "product_variants", "staff_users", "warehouses"))


@strawberry.type(description="The shop.")
class Shop(ObjectWithMetadata):
    id: strawberry.ID = global_id("Shop")
    name: str
    description: str | None
    header_text: str | None

    @batch_field(description="The payment providers at work in a channel, or in any.")
    async def available_payment_gateways(
        parents: Rows, info: BatchInfo, currency: str | None = None, channel: str | None = None
    ) -> list[list[PaymentGateway]]:
        return [await _gateways(info, currency, channel)] * len(parents)

    @batch_field(description="Where one may sign in besides here.")
    async def available_external_authentications(parents: Rows, info: BatchInfo) -> list[list[ExternalAuthentication]]:
        return [await available_external_authentications(info)] * len(parents)

    @batch_field(guard=STAFF)
    async def channel_currencies(parents: Rows, info: BatchInfo) -> list[list[str]]:
        return [await queries.currencies(info.context)] * len(parents)

    @batch_field(description="All countries, or those that a shipping zone has or lacks.")
    async def countries(
        parents: Rows, info: BatchInfo, filter: CountryFilterInput | None = None
    ) -> list[list[CountryDisplay]]:
        wanted = filter.attached_to_shipping_zones if filter else None
        rows: Rows = list(COUNTRIES)
        if isinstance(wanted, bool):
            attached = set(await shipping.zone_countries(info.context))
            rows = [code for code in rows if (code in attached) is wanted]
        return [rows] * len(parents)

    @batch_field(description="Where the company is, or else where the first channel sells.")
    async def default_country(parents: Rows, info: BatchInfo) -> list[CountryDisplay | None]:
        rows: Rows = [await queries.country(info.context)] * len(parents)
        return rows

    @batch_field
    async def domain(parents: Rows, info: BatchInfo) -> list[Domain]:
        rows: Rows = [info.context.base_url] * len(parents)
        return rows

    @row_field
    def languages(row: Row) -> list[LanguageDisplay]:
        codes: Any = list(LANGUAGES.values())
        return codes

    @row_field
    def permissions(row: Row) -> list[PermissionType]:
        codes: Any = sorted(ALL_PERMISSIONS)
        return codes

    @batch_field
    async def company_address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        return await accounts.addresses_by_ids(info.context, [row["company_address_id"] for row in parents])

    @row_field
    def customer_set_password_url(row: Row) -> str | None:
        return row["customer_set_password_url"]

    @row_field(description="The unit weights are answered in.")
    def default_weight_unit(row: Row) -> WeightUnitsEnum | None:
        made: Any = "KG"
        return made

    @batch_field(guard=SETTINGS)
    async def default_mail_sender_name(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [row["mail_sender_name"] for row in parents]

    @batch_field(guard=SETTINGS, description="Where mail comes from, unless the shop is set otherwise.")
    async def default_mail_sender_address(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [row["mail_sender_address"] or info.context.settings.mail_from for row in parents]

    @batch_field(guard=STAFF, description="Whether what staff send leaves without a second look.")
    async def fulfillment_auto_approve(parents: Rows, info: BatchInfo) -> list[bool]:
        return [row["fulfillment_auto_approve"] for row in parents]

    @batch_field(guard=STAFF)
    async def fulfillment_allow_unpaid(parents: Rows, info: BatchInfo) -> list[bool]:
        return [row["fulfillment_allow_unpaid"] for row in parents]

    @batch_field(guard=SETTINGS, description="Minutes that stock is kept for a payment by nobody who is signed in.")
    async def reserve_stock_duration_anonymous_user(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [_minutes(info, row["reserve_stock_anonymous"]) for row in parents]

    @batch_field(guard=SETTINGS, description="Minutes that stock is kept for a payment by a customer.")
    async def reserve_stock_duration_authenticated_user(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [_minutes(info, row["reserve_stock_authenticated"]) for row in parents]

    @batch_field(guard=SETTINGS, description="Units of a variant in one checkout, where it says nothing of its own.")
    async def limit_quantity_per_checkout(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [row["limit_quantity_per_checkout"] for row in parents]

    @batch_field(guard=SETTINGS)
    async def enable_account_confirmation_by_email(parents: Rows, info: BatchInfo) -> list[bool | None]:
        return [row["confirm_accounts_by_mail"] for row in parents]

    @batch_field(guard=SETTINGS)
    async def allow_login_without_confirmation(parents: Rows, info: BatchInfo) -> list[bool | None]:
        return [row["login_without_confirmation"] for row in parents]

    @row_field(description="Nobody is kept from the shop.")
    def allow_storefront_traffic(row: Row) -> bool:
        return True

    @row_field(description="Whoever has a password may sign in with it.")
    def password_login_mode(row: Row) -> PasswordLoginModeEnum:
        made: Any = "ENABLED"
        return made

    @row_field(description="A change of metadata alone is told as such, and not as a change of the object too.")
    def use_legacy_update_webhook_emission(row: Row) -> bool | None:
        return False

    @row_field(description="Taxes are worked out from the shop's own rates: no app is asked.")
    def available_tax_apps(row: Row) -> list[Annotated["App", strawberry.lazy("schema.accounts.app_types")]]:
        return []

    @batch_field(
        guard=STAFF, description="What staff should know of the shop itself, such as a plugin that does not fit."
    )
    async def announcements(parents: Rows, info: BatchInfo) -> list[list[Announcement]]:
        rows: Rows = problems(info.context)
        return [rows] * len(parents)

    @row_field(description="An address is kept as it was typed, fields that its country does not use included.")
    def preserve_all_address_fields(row: Row) -> bool:
        return True

    @row_field(description="Stock counts for buyers whom a shipping zone of its warehouse and channel covers.")
    def use_legacy_shipping_zone_stock_availability(row: Row) -> bool:
        return True

    @batch_field(guard=STAFF, description="What there is, and how much of it may be: there are no limits.")
    async def limits(parents: Rows, info: BatchInfo) -> list[LimitInfo]:
        used = await queries.usage(info.context, MAX_COUNT) if info.selects("currentUsage") else NO_LIMITS
        rows: Rows = [{"current_usage": used, "allowed_usage": NO_LIMITS}] * len(parents)
        return rows

    @batch_field(guard=STAFF, description="The API's version by Saleor's count, and the engine's own after the plus.")
    async def version(parents: Rows, info: BatchInfo) -> list[str]:
        return [f"{API_VERSION}.0+argosy.{__version__}"] * len(parents)

    @row_field(description="The API's version by Saleor's count.")
    def schema_version(row: Row) -> str:
        return API_VERSION


def _minutes(info: BatchInfo, minutes: int | None) -> int:
    return info.context.settings.reservation_seconds // 60 if minutes is None else minutes


async def _gateways(info: BatchInfo, currency: str | None, channel: str | None) -> Rows:
    ctx = info.context
    rows = [await channels.by_slug(ctx, channel)] if channel is not None else await channels.all_channels(ctx)
    open_ones = [row for row in rows if row is not None and row["is_active"] and currency in (None, row["currency"])]
    found: dict[str, Row] = {}
    for row in open_ones:
        for one in await extensions.available(ctx, Kind.PAYMENT, row["id"]):
            gateway = found.setdefault(
                one.plugin.id, {"id": one.plugin.id, "name": one.plugin.name, "currencies": [], "config": []}
            )
            taken = one.plugin.currencies is None or row["currency"] in one.plugin.currencies
            if taken and row["currency"] not in gateway["currencies"]:
                gateway["currencies"].append(row["currency"])
    return [gateway for gateway in found.values() if gateway["currencies"]]
