"""Mutations of the shop's settings."""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.flows import edit_shop
from schema.accounts.inputs import AddressInput, address_given
from schema.common.enums import WeightUnitsEnum
from schema.common.errors import MutationError
from schema.common.inputs import given, refuse_other_facts
from schema.common.metadata import MetadataInput, as_meta
from schema.execution.fields import mutation_field, payload
from schema.execution.info import BatchInfo
from schema.shop.types import SETTINGS, PasswordLoginModeEnum, Shop


@strawberry.enum
class ShopErrorCode(StrEnum):
    ALREADY_EXISTS = "ALREADY_EXISTS"
    CANNOT_FETCH_TAX_RATES = "CANNOT_FETCH_TAX_RATES"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    PASSWORD_AUTH_RESTRICTION = "PASSWORD_AUTH_RESTRICTION"  # noqa: S105


@strawberry.type
class ShopError(MutationError):
    code: ShopErrorCode


@strawberry.input
class ShopSettingsInput:
    name: str | None = UNSET
    header_text: str | None = UNSET
    description: str | None = UNSET
    default_weight_unit: WeightUnitsEnum | None = strawberry.field(default=UNSET, description="KG.")
    fulfillment_auto_approve: bool | None = UNSET
    fulfillment_allow_unpaid: bool | None = UNSET
    default_mail_sender_name: str | None = UNSET
    default_mail_sender_address: str | None = UNSET
    customer_set_password_url: str | None = UNSET
    reserve_stock_duration_anonymous_user: int | None = UNSET
    reserve_stock_duration_authenticated_user: int | None = UNSET
    limit_quantity_per_checkout: int | None = UNSET
    enable_account_confirmation_by_email: bool | None = UNSET
    allow_login_without_confirmation: bool | None = UNSET
    allow_storefront_traffic: bool | None = strawberry.field(default=UNSET, description="True.")
    preserve_all_address_fields: bool | None = strawberry.field(default=UNSET, description="True.")
    password_login_mode: PasswordLoginModeEnum | None = strawberry.field(default=UNSET, description="ENABLED.")
    use_legacy_shipping_zone_stock_availability: bool | None = strawberry.field(default=UNSET, description="True.")
    use_legacy_update_webhook_emission: bool | None = strawberry.field(default=UNSET, description="False.")
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.type
class ShopSettingsUpdate:
    shop: Shop | None
    errors: list[ShopError]


@strawberry.type
class ShopAddressUpdate:
    shop: Shop | None
    errors: list[ShopError]


_FACTS = {
    "default_weight_unit": "KG",
    "allow_storefront_traffic": True,
    "preserve_all_address_fields": True,
    "password_login_mode": "ENABLED",
    "use_legacy_shipping_zone_stock_availability": True,
    "use_legacy_update_webhook_emission": False,
}
"""What this shop does and cannot do otherwise: taken when it is told so, refused for anything else."""
_COLUMNS = {
    "default_mail_sender_name": "mail_sender_name",
    "default_mail_sender_address": "mail_sender_address",
    "reserve_stock_duration_anonymous_user": "reserve_stock_anonymous",
    "reserve_stock_duration_authenticated_user": "reserve_stock_authenticated",
    "enable_account_confirmation_by_email": "confirm_accounts_by_mail",
    "allow_login_without_confirmation": "login_without_confirmation",
    "metadata": "meta",
    "private_metadata": "private_meta",
}
_NOTHING_IS_NO_VALUE = (
    "fulfillment_auto_approve", "fulfillment_allow_unpaid", "confirm_accounts_by_mail", "login_without_confirmation",
    "meta", "private_meta",
)  # fmt: skip


def _values(input: ShopSettingsInput) -> dict[str, Any]:
    asked = given(input)
    refuse_other_facts(asked, _FACTS)
    values = {_COLUMNS.get(name, name): value for name, value in asked.items()}
    kept = {name: value for name, value in values.items() if value is not None or name not in _NOTHING_IS_NO_VALUE}
    return {name: as_meta(value) if name in ("meta", "private_meta") else value for name, value in kept.items()}


@strawberry.type
class SettingsMutations:
    @mutation_field(SETTINGS, description="Change the shop's settings.")
    async def shop_settings_update(self, info: BatchInfo, input: ShopSettingsInput) -> ShopSettingsUpdate:
        return payload(shop=await transact(info.context, edit_shop.update, _values(input)))

    @mutation_field(SETTINGS, description="Change the address of the company behind the shop, or tell none.")
    async def shop_address_update(self, info: BatchInfo, input: AddressInput | None = None) -> ShopAddressUpdate:
        address = address_given(input) if input else None
        return payload(shop=await transact(info.context, edit_shop.set_address, address))
