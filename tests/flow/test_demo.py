"""What is in the demo shop, and that its books are in order."""

import io
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from engine.cli.demo.album import all_shots
from engine.core.addresses import AddressData, validate
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.reference.countries import is_country
from engine.core.settings import Settings
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.listing.service import refresh
from engine.pricing.queries import priced_variants

pytestmark = pytest.mark.anyio

LARGEST = 40_000
ADDRESS_FIELDS = tuple(AddressData.__dataclass_fields__)

BROKEN = {
    "stock that its ledger does not add up to": """
        SELECT s.id FROM stock s LEFT JOIN stock_entry e ON e.stock_id = s.id GROUP BY s.id
        HAVING s.on_hand <> coalesce(sum(e.on_hand_delta), 0) OR s.allocated <> coalesce(sum(e.allocated_delta), 0)""",
    "stock allocated to nobody": """
        SELECT s.id FROM stock s LEFT JOIN allocation a ON a.stock_id = s.id GROUP BY s.id
        HAVING s.allocated <> coalesce(sum(a.quantity), 0)""",
    "order lines whose rest is not kept for them": """
        SELECT l.id FROM order_line l JOIN sales_order o ON o.id = l.order_id
        JOIN product_variant v ON v.id = l.variant_id
        LEFT JOIN allocation a ON a.order_line_id = l.id WHERE v.track_inventory
        GROUP BY l.id, o.status HAVING coalesce(sum(a.quantity), 0)
          <> CASE WHEN o.status = 'CANCELED' THEN 0 ELSE l.quantity - l.quantity_fulfilled END""",
    "order totals that their lines do not add up to": """
        SELECT o.id FROM sales_order o JOIN order_line l ON l.order_id = o.id GROUP BY o.id
        HAVING o.subtotal_gross <> sum(l.total_gross) OR o.subtotal_net <> sum(l.total_net)
          OR o.total_gross <> o.subtotal_gross + o.shipping_gross OR o.total_net <> o.subtotal_net + o.shipping_net
          OR o.undiscounted_total_gross < o.total_gross""",
    "lines sent other than counted": """
        SELECT l.id FROM order_line l LEFT JOIN fulfillment_line f ON f.order_line_id = l.id
        GROUP BY l.id HAVING l.quantity_fulfilled <> coalesce(sum(f.quantity), 0)""",
    "orders whose status their lines belie": """
        SELECT o.id FROM sales_order o JOIN order_line l ON l.order_id = o.id WHERE o.status <> 'CANCELED' GROUP BY o.id
        HAVING o.status <> CASE sum(l.quantity_fulfilled) WHEN 0 THEN 'UNFULFILLED' WHEN sum(l.quantity)
          THEN 'FULFILLED' ELSE 'PARTIALLY_FULFILLED' END""",
    "payments that their events do not add up to": """
        SELECT t.id FROM transaction_item t JOIN transaction_event e ON e.transaction_id = t.id GROUP BY t.id
        HAVING t.charged_amount <> coalesce(sum(e.amount) FILTER (WHERE e.type = 'CHARGE_SUCCESS'), 0)
          OR t.canceled_amount <> coalesce(sum(e.amount) FILTER (WHERE e.type = 'CANCEL_SUCCESS'), 0)
          OR t.authorized_amount + t.canceled_amount
            + CASE WHEN t.action = 'AUTHORIZATION' THEN t.charged_amount ELSE 0 END
            <> coalesce(sum(e.amount) FILTER (WHERE e.type = 'AUTHORIZATION_SUCCESS'), 0)""",
    "orders not paid for in full, once": """
        SELECT o.id FROM sales_order o LEFT JOIN transaction_item t ON t.order_id = o.id GROUP BY o.id
        HAVING count(t.id) <> 1 OR sum(t.requested_amount) <> o.total_gross""",
    "things that happened before their order, or have not happened yet": """
        SELECT o.id FROM sales_order o JOIN order_event e ON e.order_id = o.id
        WHERE e.created_at < o.created_at OR e.created_at > now() OR o.created_at > now() - interval '1 day'""",
    "order events out of order": """
        SELECT id FROM (SELECT id, created_at < lag(created_at) OVER (PARTITION BY order_id ORDER BY id) AS back
                        FROM order_event) e WHERE back""",
    "sold before it was on show": """
        SELECT l.id FROM order_line l JOIN sales_order o ON o.id = l.order_id
        JOIN product_variant v ON v.id = l.variant_id
        JOIN product_channel c ON c.product_id = v.product_id AND c.channel_id = o.channel_id
        WHERE c.published_at > o.created_at""",
    "published without a price": """
        SELECT v.id FROM product_variant v JOIN product_channel c ON c.product_id = v.product_id
        LEFT JOIN variant_price r ON r.variant_id = v.id AND r.channel_id = c.channel_id
        LEFT JOIN channel h ON h.id = c.channel_id WHERE r.currency IS DISTINCT FROM h.currency""",
    "prices reduced from less": "SELECT variant_id AS id FROM variant_price WHERE compare_at_amount <= amount",
    "products without a picture, a default variant or two translations": """
        SELECT p.id FROM product p WHERE p.default_variant_id IS NULL
          OR NOT EXISTS (SELECT FROM product_media m WHERE m.product_id = p.id AND m.sort_order = 0)
          OR (SELECT count(*) FROM product_translation t WHERE t.product_id = p.id) <> 2""",
    "attribute values of an attribute that the type does not have": """
        SELECT a.value_id AS id FROM product_attribute_value a JOIN attribute_value v ON v.id = a.value_id
        JOIN product p ON p.id = a.product_id WHERE NOT EXISTS (SELECT FROM product_type_attribute t
          WHERE t.product_type_id = p.product_type_id AND t.attribute_id = v.attribute_id AND t.scope = 'PRODUCT')""",
    "tax rates that hold at the same time": """
        SELECT a.id FROM tax_rate a JOIN tax_rate b ON b.id > a.id AND (a.country, a.region) = (b.country, b.region)
          AND a.tax_class_id IS NOT DISTINCT FROM b.tax_class_id
        WHERE daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)""",
    "countries served without a tax rate or a zone": """
        SELECT c.country AS id FROM channel_country c
        WHERE NOT EXISTS (SELECT FROM tax_rate r WHERE r.country = c.country)
          OR NOT EXISTS (SELECT FROM shipping_zone_country z JOIN shipping_zone_channel h USING (shipping_zone_id)
            JOIN warehouse_zone w USING (shipping_zone_id)
            WHERE z.country = c.country AND h.channel_id = c.channel_id)""",
    "bands of a delivery table that overlap": """
        SELECT a.id FROM shipping_rate a JOIN shipping_rate b ON b.id > a.id
          AND (a.shipping_method_id, a.channel_id) = (b.shipping_method_id, b.channel_id)
        WHERE int4range(a.min_weight_grams, a.max_weight_grams) && int4range(b.min_weight_grams, b.max_weight_grams)
          AND int8range(a.min_subtotal, a.max_subtotal) && int8range(b.min_subtotal, b.max_subtotal)""",
    "carts left behind": "SELECT id FROM checkout",
}


def sql(text: str) -> Statement:
    return Statement(sa.text(text))


@pytest.mark.parametrize("what", BROKEN)
async def test_there_are_none_of(demo_ctx: Ctx, what: str) -> None:
    assert await demo_ctx.fetch(sql(BROKEN[what])) == []


async def test_the_catalogue_is_as_large_and_as_varied_as_promised(demo_ctx: Ctx) -> None:
    row = await demo_ctx.first(
        sql(
            "SELECT (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM product_variant) AS variants,"
            " (SELECT count(*) FROM product_type) AS types, (SELECT count(*) FROM category WHERE level = 2) AS leaves,"
            " (SELECT max(level) FROM category) AS deepest, (SELECT max(level) FROM menu_item) AS deepest_item,"
            " (SELECT count(DISTINCT input_type) FROM attribute) AS kinds, (SELECT count(*) FROM page) AS pages,"
            " (SELECT count(*) FROM warehouse) AS warehouses, (SELECT count(*) FROM shipping_zone) AS zones,"
            " (SELECT count(*) FROM account_user WHERE NOT is_staff) AS customers,"
            " (SELECT count(*) FROM variant_price WHERE compare_at_amount IS NOT NULL) AS reduced"
        )
    )
    assert row is not None
    assert dict(row) == {
        "products": 61, "variants": 186, "types": 8, "leaves": 14, "deepest": 2, "deepest_item": 2, "kinds": 10,
        "pages": 9, "warehouses": 2, "zones": 6, "customers": 9, "reduced": 50,
    }  # fmt: skip
    channels = await demo_ctx.fetch(
        sql(
            "SELECT h.slug, h.currency, t.prices_entered_with_tax, count(*) FILTER (WHERE l.is_published) AS published,"
            " count(*) FILTER (WHERE l.is_published AND l.in_stock) AS available FROM channel h"
            " JOIN tax_configuration t ON t.channel_id = h.id JOIN product_listing l ON l.channel_id = h.id"
            " GROUP BY 1, 2, 3 ORDER BY 1"
        )
    )
    assert [tuple(channel) for channel in channels] == [
        ("default-channel", "USD", False, 59, 58),
        ("eu", "EUR", True, 59, 58),
    ]


async def test_a_newcomer_sees_what_promotions_take_off(demo_ctx: Ctx) -> None:
    variants = await demo_ctx.fetch(sql("SELECT id FROM product_variant ORDER BY id"))
    seen = set()
    for channel in await demo_ctx.fetch(sql("SELECT id, slug FROM channel")):
        for price in await priced_variants(demo_ctx, [row["id"] for row in variants], channel["id"]):
            if price is not None and price.reduction:
                assert price.amount + price.reduction <= price.undiscounted_amount
                seen.add((channel["slug"], price.rule_id))
    rules = await demo_ctx.fetch(sql("SELECT id, reward_value_type FROM promotion_rule"))
    assert {rule_id for _, rule_id in seen} == {rule["id"] for rule in rules}
    assert Counter(slug for slug, _ in seen) == {"default-channel": 2, "eu": 2}


async def test_orders_and_tickets_are_in_every_state(demo_ctx: Ctx) -> None:
    async def states(text: str) -> Counter[str]:
        return Counter(row[0] for row in await demo_ctx.fetch(sql(text)))

    assert await states("SELECT status FROM sales_order") == {
        "FULFILLED": 7,
        "PARTIALLY_FULFILLED": 2,
        "UNFULFILLED": 5,
        "CANCELED": 1,
    }
    paid = (
        "SELECT CASE WHEN charged_amount > 0 THEN 'charged' WHEN authorized_amount > 0 THEN 'authorized'"
        " WHEN canceled_amount > 0 THEN 'canceled' ELSE 'nothing' END FROM transaction_item"
    )
    assert await states(paid) == {"charged": 11, "authorized": 3, "canceled": 1}
    assert await states("SELECT status FROM ticket") == {"OPEN": 2, "PENDING": 3, "RESOLVED": 1}
    assert await states("SELECT internal::text FROM ticket_message") == {"false": 11, "true": 1}
    sent = await demo_ctx.fetch(sql("SELECT tracking_number <> '' AS tracked FROM fulfillment"))
    assert Counter(row["tracked"] for row in sent) == {True: 8, False: 1}


async def test_nobody_is_told_of_what_is_long_past(demo_ctx: Ctx) -> None:
    kinds = {row[0] for row in await demo_ctx.fetch(sql("SELECT DISTINCT kind FROM outbox_event"))}
    assert kinds <= {"product.updated", "plugin.configured", "demo.seeded"}
    jobs = {row[0] for row in await demo_ctx.fetch(sql("SELECT DISTINCT entrypoint FROM pgqueuer"))}
    assert jobs <= {"outbox.dispatch"}


async def test_nobody_of_the_demo_has_a_password(demo_ctx: Ctx) -> None:
    found = await demo_ctx.fetch(sql("SELECT email FROM account_user WHERE password_hash IS NOT NULL"))
    assert [row["email"] for row in found] == ["admin@example.com"]


async def test_every_picture_is_stored_small_and_square(demo_ctx: Ctx, seeded_settings: Settings) -> None:
    named = await demo_ctx.fetch(
        sql(
            "SELECT storage_key AS key FROM product_media"
            " UNION ALL SELECT background_image_key FROM category WHERE background_image_key IS NOT NULL"
            " UNION ALL SELECT background_image_key FROM collection WHERE background_image_key IS NOT NULL"
        )
    )
    keys = [row["key"] for row in named]
    assert sorted(keys) == sorted(shot.key for shot in all_shots())
    assert len(keys) == len(set(keys))
    for key in keys:
        data = (Path(seeded_settings.data_dir) / "media" / key).read_bytes()
        assert len(data) <= LARGEST, key
        with Image.open(io.BytesIO(data)) as image:
            banner = key.startswith(("demo/category-", "demo/collection-"))
            assert (image.format, image.size) == ("WEBP", (1600, 600) if banner else (1200, 1200)), key


async def test_goods_can_be_declared_at_a_border(demo_ctx: Ctx) -> None:
    rows = await demo_ctx.fetch(
        sql(
            "SELECT p.slug, p.hs_code, p.origin_country, t.is_shipping_required, v.track_inventory,"
            " coalesce(v.weight_grams, p.weight_grams, t.weight_grams) AS grams FROM product p"
            " JOIN product_type t ON t.id = p.product_type_id JOIN product_variant v ON v.product_id = p.id"
        )
    )
    assert len(rows) == 186
    for row in rows:
        assert is_country(row["origin_country"]), row["slug"]
        if row["is_shipping_required"]:
            assert len(row["hs_code"]) == 6, row["slug"]
            assert row["hs_code"].isdigit(), row["slug"]
            assert row["grams"] > 0, row["slug"]
            assert row["track_inventory"], row["slug"]
        else:
            assert (row["hs_code"], row["track_inventory"]) == (None, False)


async def test_addresses_are_what_their_countries_ask_for(demo_ctx: Ctx) -> None:
    rows = await demo_ctx.fetch(sql("SELECT * FROM address"))
    assert len(rows) == 41
    for row in rows:
        assert validate(AddressData(**{name: row[name] for name in ADDRESS_FIELDS})) == [], row["street_address_1"]


async def test_the_listing_is_true(demo_ctx: Ctx) -> None:
    async def again(tx: WriteCtx) -> tuple[list[Row], list[Row]]:
        shown = sql("SELECT * FROM product_listing ORDER BY channel_id, product_id")
        before = await tx.fetch(shown)
        await refresh(tx, [row["product_id"] for row in before])
        return before, await tx.fetch(shown)

    before, after = await transact(demo_ctx, again)
    assert len(before) == 120
    assert [tuple(row) for row in before] == [tuple(row) for row in after]
