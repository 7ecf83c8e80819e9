"""Promotions as staff make them and as shoppers see them, over HTTP."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.core.context import Ctx, transact
from engine.core.ids import to_global
from engine.flows.shop import Shop
from tests.api import Api
from tests.catalog_data import EU, NOVEL, POLO, TEE, TOPS, US, fill
from tests.people import PASSWORD, make_staff

pytestmark = pytest.mark.anyio

ERRORS = "errors { field code message }"
RULE = """id name description rewardValue rewardValueType rewardType cataloguePredicate orderPredicate predicateType
  giftIds giftsLimit channels { slug } promotion { id }"""
PROMOTION = f"""id name type description startDate endDate createdAt updatedAt metadata {{ key value }}
  rules {{ {RULE} }}
  events {{ __typename
    ... on PromotionEventInterface {{ id date type createdBy {{ __typename ... on User {{ email }} }} }}
    ... on PromotionRuleEventInterface {{ ruleId }} }}"""
CREATE = f"""mutation($input: PromotionCreateInput!) {{ it: promotionCreate(input: $input) {{
  promotion {{ {PROMOTION} }} errors {{ field code message index rulesLimit rulesLimitExceedBy giftsLimit
    giftsLimitExceedBy }} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: PromotionUpdateInput!) {{ it: promotionUpdate(id: $id, input: $input) {{
  promotion {{ {PROMOTION} }} {ERRORS} }} }}"""
DELETE = f"mutation($id: ID!) {{ it: promotionDelete(id: $id) {{ promotion {{ id name }} {ERRORS} }} }}"
CREATE_RULE = f"""mutation($input: PromotionRuleCreateInput!) {{ it: promotionRuleCreate(input: $input) {{
  promotionRule {{ {RULE} }} {ERRORS} }} }}"""
UPDATE_RULE = f"""mutation($id: ID!, $input: PromotionRuleUpdateInput!) {{
  it: promotionRuleUpdate(id: $id, input: $input) {{
  promotionRule {{ {RULE} }} errors {{ field code message channels }} }} }}"""
DELETE_RULE = f"mutation($id: ID!) {{ it: promotionRuleDelete(id: $id) {{ promotionRule {{ id }} {ERRORS} }} }}"
LIST = """query($where: PromotionWhereInput, $sortBy: PromotionSortingInput, $first: Int, $after: String) {
  promotions(where: $where, sortBy: $sortBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id name } } } }"""
PRICES = """{ product(slug: "tee", channel: "us") {
  pricing { onSale discount { net { amount } } discountPrior { net { amount } }
    priceRange { start { net { amount } } stop { net { amount } } }
    priceRangeUndiscounted { start { net { amount } } }
    priceRangePrior { start { net { amount } } stop { net { amount } } } }
  productVariants(first: 9) { edges { node { pricing { onSale price { net { amount } }
    priceUndiscounted { net { amount } } discount { net { amount } } pricePrior { net { amount } }
    discountPrior { net { amount } } } } } } } }"""
TEES = {"productPredicate": {"ids": [to_global("Product", TEE)]}}
CHANNELS = [to_global("Channel", US)]


@pytest.fixture(scope="module")
async def filled(shop: Shop) -> AsyncIterator[Ctx]:
    ctx = shop.ctx()
    await transact(ctx, fill)
    yield ctx
    await ctx.release()


@pytest.fixture
async def staff(filled: Ctx, api: Api) -> Api:
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    await make_staff(filled, email, "MANAGE_DISCOUNTS")
    return await api.log_in(email, PASSWORD)


def rule(**values: Any) -> dict[str, Any]:
    return {"name": "Half", "rewardValueType": "PERCENTAGE", "rewardValue": "50", "channels": CHANNELS,
            "cataloguePredicate": TEES, **values}  # fmt: skip


async def made(staff: Api, **values: Any) -> Any:
    given = {"name": "Sale", "type": "CATALOGUE", "rules": [rule()], **values}
    answer = (await staff.run(CREATE, input=given))["it"]
    assert answer["errors"] == []
    return answer["promotion"]


async def refused(staff: Api, document: str, **variables: Any) -> set[tuple[Any, ...]]:
    answer = (await staff.run(document, **variables))["it"]
    assert [value for name, value in answer.items() if name != "errors"] == [None]
    return {(error["field"], error["code"], *([error["index"]] if "index" in error else []))
            for error in answer["errors"]}  # fmt: skip


async def drop(staff: Api, promotion: Any) -> None:
    assert (await staff.run(DELETE, id=promotion["id"]))["it"]["promotion"]["name"] == promotion["name"]


async def test_a_shopper_sees_what_staff_promise_until_it_is_taken_back(api: Api, staff: Api) -> None:
    before = (await api.run(PRICES))["product"]["pricing"]
    before = {name: before[name] for name in ("priceRange", "priceRangeUndiscounted", "discount")}
    promotion = await made(staff, description={"blocks": []})
    (its_rule,) = promotion["rules"]
    assert {**its_rule, "id": "", "promotion": None} == {
        "id": "", "name": "Half", "description": None, "rewardValue": 50.0, "rewardValueType": "PERCENTAGE",
        "rewardType": None, "cataloguePredicate": TEES, "orderPredicate": None, "predicateType": "CATALOGUE",
        "giftIds": [], "giftsLimit": 500, "channels": [{"slug": "us"}], "promotion": None,
    }  # fmt: skip
    kinds = [(event["__typename"], event["type"], event.get("ruleId")) for event in promotion["events"]]
    assert kinds == [
        ("PromotionCreatedEvent", "PROMOTION_CREATED", None),
        ("PromotionStartedEvent", "PROMOTION_STARTED", None),
        ("PromotionRuleCreatedEvent", "RULE_CREATED", its_rule["id"]),
    ]
    assert {event["createdBy"]["__typename"] for event in promotion["events"]} == {"User"}

    def net(amount: float) -> dict[str, Any]:
        return {"net": {"amount": amount}}

    found = (await api.run(PRICES))["product"]
    assert found["pricing"] == {
        "onSale": True, "discount": net(10.0), "discountPrior": net(5.0),
        "priceRange": {"start": net(5.0), "stop": net(7.5)}, "priceRangeUndiscounted": {"start": net(15.0)},
        "priceRangePrior": {"start": net(10.0), "stop": net(15.0)},
    }  # fmt: skip
    assert [edge["node"]["pricing"] for edge in found["productVariants"]["edges"]] == [
        {"onSale": True, "price": net(5.0), "priceUndiscounted": net(20.0), "discount": net(15.0),
         "pricePrior": net(10.0), "discountPrior": net(5.0)},
        {"onSale": True, "price": net(7.5), "priceUndiscounted": net(15.0), "discount": net(7.5),
         "pricePrior": net(15.0), "discountPrior": net(7.5)},
    ]  # fmt: skip
    await drop(staff, promotion)
    found = (await api.run(PRICES))["product"]["pricing"]
    assert {name: found[name] for name in ("priceRange", "priceRangeUndiscounted", "discount")} == before


async def test_rules_come_change_and_go(api: Api, staff: Api) -> None:
    promotion = await made(staff, rules=None)
    created = (await staff.run(CREATE_RULE, input={"promotion": promotion["id"], **rule()}))["it"]
    assert created["errors"] == []
    id = created["promotionRule"]["id"]
    changes = {"rewardValueType": "FIXED", "rewardValue": "1.25", "name": None}
    changed = (await staff.run(UPDATE_RULE, id=id, input=changes))["it"]
    assert changed["errors"] == []
    assert changed["promotionRule"]["name"] is None
    assert (await api.run(PRICES))["product"]["pricing"]["priceRange"]["start"]["net"]["amount"] == 8.75
    eu = [to_global("Channel", EU)]
    (mixed,) = (await staff.run(UPDATE_RULE, id=id, input={"addChannels": eu}))["it"]["errors"]
    assert (mixed["field"], mixed["code"]) == ("rewardValueType", "MULTIPLE_CURRENCIES_NOT_ALLOWED")
    assert mixed["channels"] == [*CHANNELS, *eu]
    assert await refused(staff, UPDATE_RULE, id=id, input={"removeChannels": CHANNELS}) == {
        ("channels", "MISSING_CHANNELS")
    }
    assert await refused(staff, UPDATE_RULE, id=id, input={"addChannels": eu, "removeChannels": eu}) == {
        ("addChannels", "DUPLICATED_INPUT_ITEM")
    }
    moved = (await staff.run(UPDATE_RULE, id=id, input={"addChannels": eu, "removeChannels": CHANNELS}))["it"]
    assert moved["promotionRule"]["channels"] == [{"slug": "eu"}]
    gone = (await staff.run(DELETE_RULE, id=id))["it"]
    assert gone == {"promotionRule": {"id": id}, "errors": []}
    assert await refused(staff, DELETE_RULE, id=id) == {("id", "NOT_FOUND")}
    await drop(staff, promotion)
    assert await refused(staff, DELETE, id=promotion["id"]) == {("id", "NOT_FOUND")}


async def test_an_order_promotion_keeps_its_conditions_and_gifts(staff: Api) -> None:
    predicate = {"discountedObjectPredicate": {"baseSubtotalPrice": {"range": {"gte": "50"}}}}
    gifts = [to_global("ProductVariant", 4)]
    rules = [
        {"orderPredicate": predicate, "rewardType": "GIFT", "gifts": gifts, "channels": CHANNELS},
        {"orderPredicate": {"OR": [predicate]}, "rewardType": "SUBTOTAL_DISCOUNT", "rewardValueType": "FIXED",
         "rewardValue": 5, "channels": CHANNELS},
    ]  # fmt: skip
    promotion = await made(staff, type="ORDER", rules=rules)
    gift, discount = sorted(promotion["rules"], key=lambda one: one["rewardType"])
    assert (gift["orderPredicate"], gift["giftIds"], gift["rewardValue"]) == (predicate, gifts, None)
    assert (discount["orderPredicate"], discount["rewardValue"]) == ({"OR": [predicate]}, 5.0)
    assert await refused(staff, UPDATE_RULE, id=gift["id"], input={"removeGifts": gifts}) == {("gifts", "REQUIRED")}
    assert await refused(staff, UPDATE_RULE, id=gift["id"], input={"addGifts": CHANNELS}) == {
        ("addGifts", "INVALID_GIFT_TYPE")
    }
    await drop(staff, promotion)


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"name": " "}, {("name", "REQUIRED", None)}),
        (
            {"startDate": "2026-01-02T00:00:00Z", "endDate": "2026-01-01T00:00:00Z"},
            {("endDate", "INVALID", None)},
        ),
        (
            {"rules": [rule(), rule(rewardValue="101"), rule(rewardValueType=None, cataloguePredicate=None)]},
            {("rewardValue", "INVALID", 1), ("rewardValueType", "REQUIRED", 2), ("cataloguePredicate", "REQUIRED", 2)},
        ),
        ({"rules": [rule(channels=[to_global("Channel", 99)])]}, {("channels", "NOT_FOUND", 0)}),
        ({"rules": [rule(channels=[to_global("Product", 1)])]}, {("channels", "NOT_FOUND", 0)}),
        (
            {"rules": [rule(cataloguePredicate={"productPredicate": {"isAvailable": True}})]},
            {("cataloguePredicate", "INVALID", 0)},
        ),
        ({"type": "ORDER"}, {("cataloguePredicate", "INVALID", 0), ("orderPredicate", "REQUIRED", 0),
                             ("rewardType", "REQUIRED", 0)}),
    ],
)  # fmt: skip
async def test_what_cannot_be_promised_is_refused(staff: Api, values: Any, faults: Any) -> None:
    given = {"name": "Sale", "type": "CATALOGUE", "rules": [rule()], **values}
    assert await refused(staff, CREATE, input=given) == faults
    assert (await staff.run(LIST, first=9))["promotions"]["totalCount"] == 0


async def test_dates_move_a_promotion_and_are_told(api: Api, staff: Api) -> None:
    promotion = await made(staff, startDate="2126-01-01T00:00:00Z")
    assert (await api.run(PRICES))["product"]["pricing"]["priceRange"]["start"]["net"]["amount"] == 10.0
    begun = (await staff.run(UPDATE, id=promotion["id"], input={"startDate": "2026-01-01T00:00:00Z"}))["it"]
    assert [event["type"] for event in begun["promotion"]["events"]][-2:] == ["PROMOTION_UPDATED", "PROMOTION_STARTED"]
    assert (await api.run(PRICES))["product"]["pricing"]["priceRange"]["start"]["net"]["amount"] == 5.0
    ended = (await staff.run(UPDATE, id=promotion["id"], input={"endDate": "2026-01-02T00:00:00Z"}))["it"]
    assert [event["type"] for event in ended["promotion"]["events"]][-1] == "PROMOTION_ENDED"
    assert (await api.run(PRICES))["product"]["pricing"]["priceRange"]["start"]["net"]["amount"] == 10.0
    assert await refused(staff, UPDATE, id=promotion["id"], input={"name": ""}) == {("name", "REQUIRED")}
    await drop(staff, promotion)


async def test_promotions_are_listed_filtered_and_ordered(staff: Api) -> None:
    dates = {
        "B": ("2026-01-01T00:00:00Z", None, "CATALOGUE"),
        "a": ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "CATALOGUE"),
        "C": ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "ORDER"),
    }
    promotions = [
        await made(staff, name=name, startDate=start, endDate=end, rules=[], type=type)
        for name, (start, end, type) in dates.items()
    ]

    pairs = [{"key": "k", "value": "v"}]
    noted = (
        "mutation($id: ID!, $pairs: [MetadataInput!]!) { updateMetadata(id: $id, input: $pairs) { errors { code } } }"
    )
    assert (await staff.run(noted, id=promotions[2]["id"], pairs=pairs))["updateMetadata"]["errors"] == []

    async def names(**variables: Any) -> list[str]:
        found = (await staff.run(LIST, first=9, **variables))["promotions"]
        assert found["totalCount"] == len(found["edges"])
        return [edge["node"]["name"] for edge in found["edges"]]

    def by(field: str, direction: str = "ASC") -> dict[str, str]:
        return {"field": field, "direction": direction}

    assert await names() == ["a", "B", "C"]
    assert await names(sortBy=by("START_DATE", "DESC")) == ["C", "a", "B"]
    assert await names(sortBy=by("END_DATE")) == ["a", "C", "B"]
    assert await names(sortBy=by("CREATED_AT")) == ["B", "a", "C"]
    for where, expected in (
        ({"type": {"eq": "ORDER"}}, ["C"]),
        ({"name": {"oneOf": ["B", "C"]}}, ["B", "C"]),
        ({"OR": [{"ids": [promotions[0]["id"]]}, {"name": {"eq": "a"}}]}, ["a", "B"]),
        ({"AND": [{"startDate": {"range": {"gte": "2026-01-15T00:00:00Z"}}},
                  {"endDate": {"range": {"lte": "2026-03-15T00:00:00Z"}}}]}, ["a"]),
        ({"isOldSale": True}, []),
        ({"isOldSale": False}, ["a", "B", "C"]),
        ({"metadata": [{"key": "k", "value": "v"}]}, ["C"]),
        ({"metadata": [{"key": "other"}]}, []),
    ):  # fmt: skip
        assert await names(where=where) == expected
    first = (await staff.run(LIST, first=2, sortBy=by("END_DATE")))["promotions"]
    assert first["pageInfo"]["hasNextPage"]
    rest = (await staff.run(LIST, first=2, sortBy=by("END_DATE"), after=first["pageInfo"]["endCursor"]))["promotions"]
    assert [edge["node"]["name"] for edge in rest["edges"]] == ["B"]
    for promotion in promotions:
        await drop(staff, promotion)


async def test_several_go_together_or_not_at_all(staff: Api) -> None:
    document = "mutation($ids: [ID!]!) { promotionBulkDelete(ids: $ids) { count errors { field code } } }"
    ids = [(await made(staff, rules=[]))["id"] for _ in range(2)]
    unknown = to_global("Promotion", uuid.uuid4())
    found = (await staff.run(document, ids=[*ids, unknown]))["promotionBulkDelete"]
    assert found == {"count": 0, "errors": [{"field": "id", "code": "NOT_FOUND"}]}
    assert (await staff.run(LIST, first=9))["promotions"]["totalCount"] == 2
    assert (await staff.run(document, ids=ids))["promotionBulkDelete"] == {"count": 2, "errors": []}
    assert (await staff.run(LIST, first=9))["promotions"]["totalCount"] == 0


async def test_nobody_else_sees_or_makes_promotions(api: Api, filled: Ctx) -> None:
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    await make_staff(filled, email, "MANAGE_PRODUCTS")
    for caller in (api, await api.log_in(email, PASSWORD)):
        for document, variables in (
            (LIST, {"first": 1}), ("{ promotion(id: \"x\") { id } }", {}),
            (CREATE, {"input": {"name": "Sale", "type": "CATALOGUE"}}), (DELETE, {"id": "x"}),
            (CREATE_RULE, {"input": {"promotion": "x"}}), (UPDATE_RULE, {"id": "x", "input": {}}),
        ):  # fmt: skip
            (error,) = await caller.errors(document, **variables)
            assert error["extensions"]["code"] == "PermissionDenied"


async def test_a_category_predicate_reaches_what_lies_below(api: Api, staff: Api) -> None:
    either = {"OR": [{"categoryPredicate": {"ids": [to_global("Category", TOPS)]}},
                     {"variantPredicate": {"ids": [to_global("ProductVariant", 4)]}}]}  # fmt: skip
    promotion = await made(staff, rules=[rule(cataloguePredicate=either)])
    listing = """{ products(channel: "us", first: 9, sortBy: {field: MINIMAL_PRICE, direction: ASC}) { edges { node { id
      pricing { priceRange { start { net { amount } } } } } } } }"""
    found = [
        (edge["node"]["id"], edge["node"]["pricing"]["priceRange"]["start"]["net"]["amount"])
        for edge in (await api.run(listing))["products"]["edges"]
    ]
    assert found == [
        (to_global("Product", NOVEL), 4.0),
        (to_global("Product", TEE), 5.0),
        (to_global("Product", POLO), 15.0),
    ]
    await drop(staff, promotion)
