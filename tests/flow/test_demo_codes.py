"""The codes that the demo shop's pages tell work at its checkout."""

import re
from pathlib import Path

import pytest

from engine.cli.demo.parts import data
from tests.api import Api
from tests.paying import done
from tests.purchase import CREATE

pytestmark = pytest.mark.anyio

VARIANT = """{ products(channel: "default-channel", first: 1, filter: {stockAvailability: IN_STOCK}) {
  edges { node { defaultVariant { id } } } } }"""
ADD = """mutation($id: ID, $code: String!) { it: checkoutAddPromoCode(id: $id, promoCode: $code) {
  checkout { discount { amount } subtotalPrice { gross { amount } } giftCards { currentBalance { amount currency } }
    voucherCode } errors { field code message } } }"""


async def test_the_codes_of_the_demo_are_those_that_the_page_names_and_they_work(demo_api: Api) -> None:
    voucher, card = (data("codes")[name]["code"] for name in ("voucher", "gift_card"))
    page = Path("docs/promotions.md").read_text()
    assert {voucher, card} <= set(re.findall(r"`([^`\n]+)`", page))
    found = await demo_api.run(VARIANT)
    variant = found["products"]["edges"][0]["node"]["defaultVariant"]["id"]
    new = {"channel": "default-channel", "email": "new@example.com", "lines": [{"variantId": variant, "quantity": 1}]}
    created = (await demo_api.run(CREATE, input=new))["checkoutCreate"]
    assert created["errors"] == []
    id = created["checkout"]["id"]
    reduced = (await done(demo_api, ADD, id=id, code=voucher))["checkout"]
    assert reduced["voucherCode"] == voucher
    assert reduced["discount"]["amount"] > 0
    paid = (await done(demo_api, ADD, id=id, code=card))["checkout"]
    assert paid["giftCards"] == [{"currentBalance": {"amount": 50.0, "currency": "USD"}}]
