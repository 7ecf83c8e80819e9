"""Customers' accounts and addresses, in the hands of staff."""

from typing import Any

import strawberry
from strawberry import UNSET

from engine.accounts import customers, queries
from engine.accounts.addresses import AddressType
from engine.accounts.customers import CustomerChange
from engine.accounts.errors import AccountRefusal
from engine.core.context import Row, transact
from engine.core.errors import NotFound
from engine.core.ids import int_pk
from schema.accounts.errors import AccountError
from schema.accounts.inputs import AddressInput, address_data, address_given, address_meta
from schema.accounts.types import Address, User
from schema.common.enums import LanguageCodeEnum
from schema.common.inputs import given
from schema.common.metadata import MetadataInput, as_meta
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo


@strawberry.input
class CustomerInput:
    email: str | None = UNSET
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    language_code: LanguageCodeEnum | None = UNSET
    note: str | None = UNSET
    is_active: bool | None = UNSET
    is_confirmed: bool | None = UNSET
    external_reference: str | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    default_billing_address: AddressInput | None = UNSET
    default_shipping_address: AddressInput | None = UNSET


@strawberry.input
class UserCreateInput(CustomerInput):
    redirect_url: str | None = strawberry.field(
        default=UNSET, description="Where the mail leads in which the customer chooses a password; unset: no mail."
    )
    channel: str | None = UNSET


@strawberry.type
class CustomerCreate:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class CustomerUpdate:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class CustomerDelete:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class CustomerBulkDelete:
    count: int
    errors: list[AccountError]


@strawberry.type
class AddressCreate:
    user: User | None
    address: Address | None
    errors: list[AccountError]


@strawberry.type
class AddressUpdate:
    user: User | None
    address: Address | None
    errors: list[AccountError]


@strawberry.type
class AddressDelete:
    user: User | None
    address: Address | None
    errors: list[AccountError]


@strawberry.type
class AddressSetDefault:
    user: User | None
    errors: list[AccountError]


def _change(input: Any) -> CustomerChange:
    asked = given(input)
    plain = (
        "email", "first_name", "last_name", "note", "is_active", "is_confirmed", "external_reference", "redirect_url",
    )  # fmt: skip
    billing, shipping = asked.get("default_billing_address"), asked.get("default_shipping_address")
    language = asked.get("language_code")
    return CustomerChange(
        **{name: asked[name] for name in plain if name in asked},
        language_code=str(language) if language else None,
        meta=as_meta(asked.get("metadata")),
        private_meta=as_meta(asked.get("private_metadata")),
        default_billing=address_data(billing) if billing else None,
        default_shipping=address_data(shipping) if shipping else None,
    )


async def _user(info: BatchInfo, user_id: int) -> Row | None:
    (found,) = await queries.users_by_ids(info.context, [user_id])
    return found


async def _named(info: BatchInfo, id: strawberry.ID | None, external_reference: str | None) -> int:
    """The customer that one of the two names; raises Refusal."""
    if (id is None) == (external_reference is None):
        raise AccountRefusal("Name the customer by `id` or by `externalReference`.", field="id", code="REQUIRED")
    if id is not None:
        return int_pk(id, "User")
    found = await queries.user_by_reference(info.context, (external_reference or "").replace("\0", ""))
    if found is None:
        raise NotFound("Couldn't resolve to a User.", field="externalReference")
    user_id: int = found["id"]
    return user_id


async def _address(info: BatchInfo, address_id: int) -> Row | None:
    (found,) = await queries.addresses_by_ids(info.context, [address_id])
    return found


@strawberry.type
class CustomerMutations:
    @mutation_field(needs("MANAGE_USERS"), description="Make a customer's account.")
    async def customer_create(self, info: BatchInfo, input: UserCreateInput) -> CustomerCreate:
        return payload(user=await _user(info, await customers.create_customer(info.context, _change(input))))

    @mutation_field(needs("MANAGE_USERS"), description="Change a customer's account; closing it ends its sessions.")
    async def customer_update(
        self,
        info: BatchInfo,
        input: CustomerInput,
        id: strawberry.ID | None = None,
        external_reference: str | None = None,
    ) -> CustomerUpdate:
        user_id = await _named(info, id, external_reference)
        return payload(user=await _user(info, await customers.update_customer(info.context, user_id, _change(input))))

    @mutation_field(needs("MANAGE_USERS"), description="Delete a customer's account; the person is forgotten.")
    async def customer_delete(
        self, info: BatchInfo, id: strawberry.ID | None = None, external_reference: str | None = None
    ) -> CustomerDelete:
        user_id = await _named(info, id, external_reference)
        await transact(info.context, customers.delete_customer, user_id)
        return payload(user=await _user(info, user_id))

    @mutation_field(needs("MANAGE_USERS"), empty={"count": 0}, description="Delete customers: all of them, or none.")
    async def customer_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> CustomerBulkDelete:
        user_ids = sorted({int_pk(id, "User") for id in ids})
        return payload(count=await transact(info.context, customers.delete_customers, user_ids))

    @mutation_field(needs("MANAGE_USERS"), description="Add an address to a customer's book.")
    async def address_create(self, info: BatchInfo, user_id: strawberry.ID, input: AddressInput) -> AddressCreate:
        customer_id, data, meta = int_pk(user_id, "User"), address_data(input), address_meta(input)
        skip = bool(input.skip_validation)
        address_id = await transact(
            info.context, customers.add_address, customer_id, data, meta=meta, skip_validation=skip
        )
        return payload(user=await _user(info, customer_id), address=await _address(info, address_id))

    @mutation_field(
        needs("MANAGE_USERS"), description="Change an address in a customer's book; what is left out stays."
    )
    async def address_update(self, info: BatchInfo, id: strawberry.ID, input: AddressInput) -> AddressUpdate:
        address_id, changed, meta = int_pk(id, "Address"), address_given(input), address_meta(input)
        skip = bool(input.skip_validation)
        customer_id = await transact(
            info.context, customers.change_address, address_id, changed, meta=meta, skip_validation=skip
        )
        return payload(user=await _user(info, customer_id), address=await _address(info, address_id))

    @mutation_field(needs("MANAGE_USERS"), description="Remove an address from a customer's book.")
    async def address_delete(self, info: BatchInfo, id: strawberry.ID) -> AddressDelete:
        address_id = int_pk(id, "Address")
        before = await _address(info, address_id)
        customer_id = await transact(info.context, customers.remove_address, address_id)
        return payload(user=await _user(info, customer_id), address=before)

    @mutation_field(needs("MANAGE_USERS"), description="Make an address the default of its customer.")
    async def address_set_default(
        self, info: BatchInfo, address_id: strawberry.ID, user_id: strawberry.ID, type: AddressType
    ) -> AddressSetDefault:
        customer_id, wanted = int_pk(user_id, "User"), int_pk(address_id, "Address")
        await transact(info.context, customers.set_default_address, customer_id, wanted, type)
        return payload(user=await _user(info, customer_id))
