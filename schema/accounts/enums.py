"""Enums of accounts. The engine's own are given their names in the API here."""

from enum import StrEnum

import strawberry

from engine.accounts.addresses import AddressType
from engine.accounts.rules import Permission

PermissionEnum = strawberry.enum(Permission, name="PermissionEnum")
AddressTypeEnum = strawberry.enum(AddressType, name="AddressTypeEnum")


@strawberry.enum
class UserSortField(StrEnum):
    EMAIL = "EMAIL"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    CREATED_AT = "CREATED_AT"
    LAST_MODIFIED_AT = "LAST_MODIFIED_AT"
    ORDER_COUNT = "ORDER_COUNT"
    RANK = "RANK"


@strawberry.enum
class StaffMemberStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DEACTIVATED = "DEACTIVATED"


@strawberry.enum
class PermissionGroupSortField(StrEnum):
    NAME = "NAME"


@strawberry.enum
class AppTypeEnum(StrEnum):
    LOCAL = "LOCAL"
    THIRDPARTY = "THIRDPARTY"


@strawberry.enum
class AppSortField(StrEnum):
    NAME = "NAME"
    CREATION_DATE = "CREATION_DATE"
