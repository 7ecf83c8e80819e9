"""The caller's own profile and address book."""

import strawberry

from engine.accounts import addresses, queries, service
from engine.accounts.addresses import AddressType
from engine.accounts.service import ProfileChange
from engine.core.context import Row, transact
from engine.core.ids import int_pk
from schema.accounts.access import user_of
from schema.accounts.errors import AccountError
from schema.accounts.inputs import AccountInput, AddressInput, address_data, address_given, address_meta
from schema.accounts.types import Address, User
from schema.common.inputs import set_or
from schema.common.metadata import as_meta
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import USER
from schema.execution.info import BatchInfo


@strawberry.type
class AccountUpdate:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class AccountAddressCreate:
    user: User | None
    address: Address | None
    errors: list[AccountError]


@strawberry.type
class AccountAddressUpdate:
    user: User | None
    address: Address | None
    errors: list[AccountError]


@strawberry.type
class AccountAddressDelete:
    user: User | None
    address: Address | None
    errors: list[AccountError]


@strawberry.type
class AccountSetDefaultAddress:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class AccountRequestDeletion:
    errors: list[AccountError]


@strawberry.type
class AccountDelete:
    user: User | None
    errors: list[AccountError]


async def _user(info: BatchInfo) -> Row | None:
    (found,) = await queries.users_by_ids(info.context, [user_of(info)])
    return found


async def _address(info: BatchInfo, address_id: int) -> Row | None:
    (found,) = await queries.addresses_by_ids(info.context, [address_id])
    return found


@strawberry.type
class ProfileMutations:
    @mutation_field(USER, description="Change the caller's profile.")
    async def account_update(self, info: BatchInfo, input: AccountInput) -> AccountUpdate:
        billing, shipping = set_or(input.default_billing_address), set_or(input.default_shipping_address)
        language = set_or(input.language_code)
        change = ProfileChange(
            first_name=set_or(input.first_name),
            last_name=set_or(input.last_name),
            language_code=str(language) if language else None,
            meta=as_meta(set_or(input.metadata)),
            default_billing=address_data(billing) if billing else None,
            default_shipping=address_data(shipping) if shipping else None,
        )
        await transact(info.context, service.update_profile, user_of(info), change)
        return payload(user=await _user(info))

    @mutation_field(USER, description="Add an address to the caller's book.")
    async def account_address_create(
        self, info: BatchInfo, input: AddressInput, type: AddressType | None = None
    ) -> AccountAddressCreate:
        ctx = info.context
        address_id = await transact(
            ctx,
            addresses.add_to_book,
            user_of(info),
            address_data(input),
            meta=address_meta(input),
            default_for=type,
            skip_validation=bool(input.skip_validation),
        )
        return payload(user=await _user(info), address=await _address(info, address_id))

    @mutation_field(USER, description="Change one of the caller's addresses; what is left out stays.")
    async def account_address_update(
        self, info: BatchInfo, id: strawberry.ID, input: AddressInput
    ) -> AccountAddressUpdate:
        ctx, address_id = info.context, int_pk(id, "Address")
        await transact(
            ctx,
            addresses.change_in_book,
            user_of(info),
            address_id,
            address_given(input),
            meta=address_meta(input),
            skip_validation=bool(input.skip_validation),
        )
        return payload(user=await _user(info), address=await _address(info, address_id))

    @mutation_field(USER, description="Remove one of the caller's addresses.")
    async def account_address_delete(self, info: BatchInfo, id: strawberry.ID) -> AccountAddressDelete:
        ctx, address_id = info.context, int_pk(id, "Address")
        before = await _address(info, address_id)
        await transact(ctx, addresses.remove_from_book, user_of(info), address_id)
        return payload(user=await _user(info), address=before)

    @mutation_field(USER, description="Make one of the caller's addresses the default.")
    async def account_set_default_address(
        self, info: BatchInfo, id: strawberry.ID, type: AddressType
    ) -> AccountSetDefaultAddress:
        await transact(info.context, addresses.set_default, user_of(info), int_pk(id, "Address"), type)
        return payload(user=await _user(info))

    @mutation_field(USER, description="Mail a link that deletes the caller's account.")
    async def account_request_deletion(
        self, info: BatchInfo, redirect_url: str, channel: str | None = None
    ) -> AccountRequestDeletion:
        await service.request_deletion(info.context, user_of(info), redirect_url)
        return payload()

    @mutation_field(USER, description="Delete the caller's account with the token of the mail.")
    async def account_delete(self, info: BatchInfo, token: str) -> AccountDelete:
        return payload(user=await service.delete_account(info.context, user_of(info), token))
