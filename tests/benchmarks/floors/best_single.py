"""One product, and one customer's orders, each in one statement written for it alone."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from engine.core.ids import to_global
from engine.payments.rules import Amounts, legacy_payment_status
from tests.benchmarks.floors.best import PLACE, RATE
from tests.benchmarks.floors.pieces import Floor, Record, picture, price_range, shown, unit_of
from tests.benchmarks.workloads import CHANNEL, ORDERS, Asked

_MOST = 50


def _attributes(scope: str, values: str, owner: str) -> str:
    """`[[slug, name, [[slug, name], …]], …]` of what a product or variant carries."""
    return f"""(
  SELECT json_agg(json_build_array(a.slug, a.name, coalesce(own.listed, '[]')) ORDER BY t.sort_order, a.id)
  FROM product_type_attribute t JOIN attribute a ON a.id = t.attribute_id
  LEFT JOIN (
    SELECT v.attribute_id, json_agg(json_build_array(v.slug, v.name) ORDER BY c.sort_order, v.sort_order, v.id)
      AS listed FROM {values} c JOIN attribute_value v ON v.id = c.value_id WHERE {owner} GROUP BY v.attribute_id
  ) own ON own.attribute_id = a.id
  WHERE t.product_type_id = p.product_type_id AND t.scope = '{scope}' AND a.visible_in_storefront
)"""


_DETAIL = f"""
WITH {PLACE}
SELECT p.id, p.name, p.slug, p.description, p.seo_title, p.seo_description, c.id, c.name, c.slug, place.currency,
  coalesce(h.available_for_purchase_at <= $2, false), {RATE},
  (SELECT json_agg(json_build_array(id, type, storage_key, source_url, content_type, alt) ORDER BY sort_order, id)
    FROM product_media WHERE product_id = p.id),
  {_attributes("PRODUCT", "product_attribute_value", "c.product_id = p.id")},
  (SELECT json_agg(json_build_array(w.id, w.name, w.sku, w.track_inventory, w.quantity_limit_per_customer, r.amount,
      greatest(r.amount, r.compare_at_amount), (
        SELECT coalesce(sum(s.on_hand - s.allocated + coalesce((
          SELECT sum(a.quantity) FROM allocation a WHERE a.stock_id = s.id AND a.expires_at <= $2), 0)), 0)
        FROM stock s JOIN warehouse_channel b ON b.warehouse_id = s.warehouse_id AND b.channel_id = place.id
        WHERE s.variant_id = w.id
      ), {_attributes("VARIANT", "product_variant_attribute_value", "c.variant_id = w.id")})
      ORDER BY w.sort_order, w.id)
    FROM product_variant w JOIN variant_price r ON r.variant_id = w.id AND r.channel_id = place.id
    WHERE w.product_id = p.id)
FROM product p CROSS JOIN place JOIN product_type k ON k.id = p.product_type_id
JOIN product_channel h ON h.product_id = p.id AND h.channel_id = place.id
LEFT JOIN category c ON c.id = p.category_id
WHERE p.slug = $3 AND h.is_published AND (h.published_at IS NULL OR h.published_at <= $2)
"""


def _selected(attributes: list[Any] | None) -> list[dict[str, Any]]:
    return [
        {
            "attribute": {"slug": slug, "name": name},
            "values": [{"slug": slug, "name": name} for slug, name in values],
        }
        for slug, name, values in attributes or ()
    ]


def _image(media: list[Any], copy: str) -> dict[str, Any]:
    id, kind, key, source, content_type, alt = media
    return {"url": picture(id, kind, key, source, content_type, copy), "alt": alt}


def detail(asked: Asked) -> Floor:
    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        ((id, name, slug, description, seo_title, seo_description, category_id, category_name, category_slug, currency,
          on_sale, rate, media, attributes, variants),) = results[0]  # fmt: skip
        unit, pictures, sold = unit_of(currency), orjson.loads(media or "[]"), orjson.loads(variants or "[]")
        first = next((one for one in pictures if one[1] == "IMAGE"), None)
        shown_variants, amounts, any_left = [], [], False
        for pk, label, sku, tracked, limit, amount, before, units, own in sold:
            gross, undiscounted = shown(amount, rate), shown(before, rate)
            left = max(min(units, _MOST), 0) if tracked else _MOST
            any_left = any_left or left > 0
            amounts.append(gross)
            shown_variants.append(
                {
                    "id": to_global("ProductVariant", pk),
                    "name": label,
                    "sku": sku,
                    "quantityAvailable": min(left, limit or left),
                    "attributes": _selected(own),
                    "pricing": {
                        "price": {"gross": {"amount": gross / unit, "currency": currency}},
                        "priceUndiscounted": {"gross": {"amount": undiscounted / unit, "currency": currency}},
                    },
                }
            )
        return {
            "product": {
                "id": to_global("Product", id),
                "name": name,
                "slug": slug,
                "description": description and orjson.dumps(description).decode(),
                "seoTitle": seo_title,
                "seoDescription": seo_description,
                "isAvailable": on_sale and any_left,
                "thumbnail": first and _image(first, "1024/webp/"),
                "category": None
                if category_id is None
                else {"id": to_global("Category", category_id), "name": category_name, "slug": category_slug},
                "media": [{**_image(one, "1024/"), "type": one[1]} for one in pictures],
                "attributes": _selected(orjson.loads(attributes or "[]")),
                "pricing": price_range(min(amounts), max(amounts), currency, unit) if amounts else None,
                "variants": shown_variants,
            }
        }

    return Floor([(_DETAIL, [CHANNEL, datetime.now(UTC), asked.slug])], answer)


_ORDERS = """
SELECT u.id, u.email, u.first_name, u.last_name, o.id, o.number, o.created_at, o.status, o.currency, o.total_gross,
  paid.charged, paid.refunded, paid.charge_pending, paid.authorize_pending, paid.canceled, paid.authorized,
  (SELECT json_agg(json_build_array(l.id, l.product_name, l.variant_name, l.quantity, l.total_gross, m.id, m.type,
      m.storage_key, m.source_url, m.content_type, m.alt) ORDER BY l.position, l.id)
    FROM order_line l LEFT JOIN product_media m ON m.id = l.thumbnail_media_id WHERE l.order_id = o.id)
FROM account_user u
LEFT JOIN LATERAL (
  SELECT * FROM sales_order WHERE user_id = u.id AND status <> 'DRAFT' ORDER BY created_at DESC, id DESC LIMIT $2
) o ON true
LEFT JOIN LATERAL (
  SELECT sum(charged_amount)::bigint AS charged, sum(refunded_amount)::bigint AS refunded,
    sum(charge_pending_amount)::bigint AS charge_pending, sum(authorize_pending_amount)::bigint AS authorize_pending,
    sum(canceled_amount)::bigint AS canceled, sum(authorized_amount)::bigint AS authorized
  FROM transaction_item WHERE order_id = o.id
) paid ON true
WHERE u.id = $1 ORDER BY o.created_at DESC, o.id DESC
"""


def _line(line: list[Any], currency: str, unit: int) -> dict[str, Any]:
    id, product, variant, quantity, total, *media = line
    return {
        "id": to_global("OrderLine", id),
        "productName": product,
        "variantName": variant,
        "quantity": quantity,
        "thumbnail": None if media[0] is None else _image(media, "256/"),
        "totalPrice": {"gross": {"amount": total / unit, "currency": currency}},
    }


def orders(asked: Asked) -> Floor:
    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        rows = results[0]
        edges = []
        for row in rows[:ORDERS]:
            (_, _, _, _, id, number, created, status, currency, total, charged, refunded, charge_pending,
             authorize_pending, canceled, authorized, lines) = row  # fmt: skip
            if id is None:
                break
            unit = unit_of(currency)
            paid = Amounts(authorized or 0, charged or 0, refunded or 0, canceled or 0, authorize_pending or 0,
                           charge_pending or 0)  # fmt: skip
            edges.append(
                {
                    "node": {
                        "id": to_global("Order", id),
                        "number": str(number),
                        "created": created.isoformat(),
                        "status": status,
                        "paymentStatus": legacy_payment_status(paid, total),
                        "total": {"gross": {"amount": total / unit, "currency": currency}},
                        "lines": [_line(line, currency, unit) for line in orjson.loads(lines or "[]")],
                    }
                }
            )
        id, email, first_name, last_name = tuple(rows[0])[:4]
        return {
            "me": {
                "id": to_global("User", id),
                "email": email,
                "firstName": first_name,
                "lastName": last_name,
                "orders": {"edges": edges, "pageInfo": {"endCursor": _end(rows), "hasNextPage": len(rows) > ORDERS}},
            }
        }

    return Floor([(_ORDERS, [asked.customer_id, ORDERS + 1])], answer)


def _end(rows: Sequence[Record]) -> str | None:
    last = rows[:ORDERS][-1]
    return None if last[4] is None else b64encode(orjson.dumps([last[6].isoformat(), str(last[4])])).decode()
