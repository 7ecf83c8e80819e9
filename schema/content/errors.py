"""Errors of mutations of pages and menus, with all of Saleor's codes."""

from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class PageErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"
    ATTRIBUTE_ALREADY_ASSIGNED = "ATTRIBUTE_ALREADY_ASSIGNED"


@strawberry.type
class PageError(MutationError):
    code: PageErrorCode
    attributes: list[strawberry.ID] | None = strawberry.field(description="The attributes it is about.")
    values: list[strawberry.ID] | None = strawberry.field(description="The attribute values it is about.")


@strawberry.enum
class MenuErrorCode(StrEnum):
    CANNOT_ASSIGN_NODE = "CANNOT_ASSIGN_NODE"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    INVALID_MENU_ITEM = "INVALID_MENU_ITEM"
    NO_MENU_ITEM_PROVIDED = "NO_MENU_ITEM_PROVIDED"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    TOO_MANY_MENU_ITEMS = "TOO_MANY_MENU_ITEMS"
    UNIQUE = "UNIQUE"


@strawberry.type
class MenuError(MutationError):
    code: MenuErrorCode
