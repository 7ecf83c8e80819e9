"""Every answer out of the very statements that our own plan ran for it, told apart by what they bring."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from engine.core.ids import to_global
from engine.core.money import tax_on_net
from engine.payments.rules import Amounts, legacy_payment_status
from tests.benchmarks.floors.pieces import Answer, Floor, Record, picture, price_range, unit_of
from tests.benchmarks.recording import Ran
from tests.benchmarks.workloads import LISTED, ORDERS, Workload

MOST_SHOWN = 50


def of(workload: Workload, seen: Sequence[Ran]) -> Floor:
    """Raises LookupError where no statement brings what the answer is made of."""
    return Floor([(ran.sql, ran.arguments) for ran in seen], _ANSWERS[workload.name](seen))


def _place(seen: Sequence[Ran], *columns: str, sql: str = "") -> int:
    """Which statement brings these columns, with that in its text; the last, if several do."""
    for place in reversed(range(len(seen))):
        ran = seen[place]
        if ran.columns.issuperset(columns) and sql in ran.sql:
            return place
    raise LookupError(f"no statement brings {', '.join(columns)}")


def _number(seen: Sequence[Ran]) -> int:
    """Which statement brings a number and no more."""
    for place, ran in enumerate(seen):
        if ran.rows == 1 and len(ran.columns) == 1:
            return place
    raise LookupError("no statement brings a number alone")


class _Prices:
    """What the variants of each product cost; and the tax that other amounts of the answer have."""

    def __init__(self, rows: Sequence[Record]):
        self._rates: dict[int | None, int] = {}
        self._ranges: dict[int, Record] = {}
        for row in rows:
            if row["product_id"] is None:
                self._rates[row["tax_class_id"]] = row["rate"]
            else:
                self._ranges[row["product_id"]] = row

    def gross(self, amount: int, row: Record, prefix: str = "") -> int:
        if row[prefix + "entered_with_tax"] or not row[prefix + "charge_taxes"]:
            return amount
        default = self._rates.get(None, 0)
        return amount + tax_on_net(amount, self._rates.get(row[prefix + "tax_class_id"], default))

    def of(self, product_id: int) -> dict[str, Any] | None:
        row = self._ranges.get(product_id)
        if row is None:
            return None
        currency = row["currency"]
        return price_range(self.gross(row["low"], row), self.gross(row["high"], row), currency, unit_of(currency))


def _thumbnail(row: Record, prefix: str, copy: str) -> dict[str, Any] | None:
    id = row[prefix + "id"]
    if id is None:
        return None
    url = picture(
        id, row[prefix + "type"], row[prefix + "storage_key"], row[prefix + "source_url"],
        row[prefix + "content_type"], copy,
    )  # fmt: skip
    return {"url": url, "alt": row[prefix + "alt"]}


def _node(row: Record, prices: _Prices) -> dict[str, Any]:
    id, category_id = row["id"], row["category__id"]
    return {
        "id": to_global("Product", id),
        "name": row["name"],
        "slug": row["slug"],
        "thumbnail": _thumbnail(row, "image__", "1024/webp/"),
        "category": category_id and {"id": to_global("Category", category_id), "name": row["category__name"]},
        "pricing": prices.of(id),
    }


def _cursor(*values: Any) -> str:
    return b64encode(orjson.dumps(values)).decode()


def _connection(rows: Sequence[Record], prices: _Prices, cursors: Sequence[str], more: bool) -> dict[str, Any]:
    return {
        "edges": [{"node": _node(row, prices), "cursor": cursor} for row, cursor in zip(rows, cursors, strict=True)],
        "pageInfo": {"endCursor": cursors[-1] if cursors else None, "hasNextPage": more},
    }


def _page(rows: Sequence[Record], prices: _Prices) -> dict[str, Any]:
    kept = rows[:LISTED]
    return _connection(kept, prices, [_cursor(row["sort_0"], row["sort_1"]) for row in kept], len(rows) > LISTED)


def _listing(seen: Sequence[Ran]) -> Answer:
    page, priced = _place(seen, "slug", "sort_0", "category__id", "image__id"), _place(seen, "product_id", "low")
    return lambda results: {"products": _page(results[page], _Prices(results[priced]))}


def _search(seen: Sequence[Ran]) -> Answer:
    ranked, page = _place(seen, "kind", "number", "parent"), _place(seen, "slug", "category__id", "image__id")
    priced = _place(seen, "product_id", "low")

    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        total, places = 0, {}
        for row in results[ranked]:
            if row["kind"] == "hit":
                places[row["id"]] = row["number"] - 1
            elif row["kind"] == "total":
                total = row["number"]
        rows = sorted(results[page], key=lambda row: places[row["id"]])
        cursors = [_cursor(place) for place in range(len(rows))]
        found = _connection(rows, _Prices(results[priced]), cursors, len(rows) < total)
        return {"products": {"totalCount": total, **found}}

    return answer


def _category(seen: Sequence[Ran]) -> Answer:
    shelf, page = _place(seen, "level", "description"), _place(seen, "slug", "sort_0", "category__id", "image__id")
    priced, counted = _place(seen, "product_id", "low"), _number(seen)
    carried = _place(seen, "attribute__slug", "sort_order", "products")

    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        (row,) = results[shelf]
        return {
            "category": {
                "id": to_global("Category", row["id"]),
                "name": row["name"],
                "description": row["description"] and orjson.dumps(row["description"]).decode(),
                "seoTitle": row["seo_title"],
                "seoDescription": row["seo_description"],
                "products": {
                    "totalCount": results[counted][0][0],
                    **_page(results[page], _Prices(results[priced])),
                    "facets": _facets(results[carried]),
                },
            }
        }

    return answer


def _facets(rows: Sequence[Record]) -> list[dict[str, Any]]:
    """The rows of one attribute follow each other."""
    found: dict[int, list[Record]] = {}
    for row in rows:
        found.setdefault(row["attribute_id"], []).append(row)
    return [
        {
            "attribute": {"slug": own[0]["attribute__slug"], "name": own[0]["attribute__name"]},
            "values": [
                {"value": {"slug": row["slug"], "name": row["name"]}, "count": row["products"]}
                for row in sorted(own, key=lambda row: (row["sort_order"], row["name"], row["id"]))
            ],
        }
        for own in found.values()
    ]


def _selected(rows: Sequence[Record]) -> Mapping[int, list[dict[str, Any]]]:
    """What each product or variant carries; the rows of one attribute of one owner follow each other."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    last: tuple[int, int] | None = None
    for row in rows:
        key = row["owner_id"], row["attribute__id"]
        if key != last:
            last = key
            attribute = {"slug": row["attribute__slug"], "name": row["attribute__name"]}
            found[key[0]].append({"attribute": attribute, "values": []})
        if row["id"] is not None:
            found[key[0]][-1]["values"].append({"slug": row["slug"], "name": row["name"]})
    return found


def _detail(seen: Sequence[Ran]) -> Answer:
    product, media = _place(seen, "slug", "description", "category__id"), _place(seen, "storage_key", "product_id")
    priced, stocked = _place(seen, "product_id", "low"), _place(seen, "quantity", "available_for_purchase_at")
    variants = _place(seen, "sku", "price__amount")
    own = _place(seen, "owner_id", "attribute__slug", sql="product_attribute_value")
    variants_own = _place(seen, "owner_id", "attribute__slug", sql="product_variant_attribute_value")
    now: datetime = next(value for value in seen[product].arguments if isinstance(value, datetime))

    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        (row,) = results[product]
        prices, selected = _Prices(results[priced]), _selected(results[variants_own])
        left = {
            stock["id"]: max(min(stock["quantity"], MOST_SHOWN), 0) if stock["track_inventory"] else MOST_SHOWN
            for stock in results[stocked]
        }
        since = results[stocked][0]["available_for_purchase_at"] if results[stocked] else None
        return {
            "product": {
                "id": to_global("Product", row["id"]),
                "name": row["name"],
                "slug": row["slug"],
                "description": row["description"] and orjson.dumps(row["description"]).decode(),
                "seoTitle": row["seo_title"],
                "seoDescription": row["seo_description"],
                "isAvailable": since is not None and since <= now and any(left.values()),
                "thumbnail": _thumbnail(row, "image__", "1024/webp/"),
                "category": row["category__id"]
                and {
                    "id": to_global("Category", row["category__id"]),
                    "name": row["category__name"],
                    "slug": row["category__slug"],
                },
                "media": [{**(_thumbnail(one, "", "1024/") or {}), "type": one["type"]} for one in results[media]],
                "attributes": _selected(results[own])[row["id"]],
                "pricing": prices.of(row["id"]),
                "variants": [_variant(variant, prices, left, selected) for variant in results[variants]],
            }
        }

    return answer


def _variant(row: Record, prices: _Prices, left: Mapping[int, int], selected: Mapping[int, Any]) -> dict[str, Any]:
    id, currency = row["id"], row["price__currency"]
    unit = unit_of(currency)
    gross = prices.gross(row["price__amount"], row, "price__")
    before = prices.gross(row["price__undiscounted_amount"], row, "price__")
    return {
        "id": to_global("ProductVariant", id),
        "name": row["name"],
        "sku": row["sku"],
        "quantityAvailable": min(left[id], row["quantity_limit_per_customer"] or left[id]),
        "attributes": selected[id],
        "pricing": {
            "price": {"gross": {"amount": gross / unit, "currency": currency}},
            "priceUndiscounted": {"gross": {"amount": before / unit, "currency": currency}},
        },
    }


def _orders(seen: Sequence[Ran]) -> Answer:
    person, listed = _place(seen, "email", "first_name"), _place(seen, "number", "total_gross", "paid__charged")
    sold = _place(seen, "order_id", "product_name", "picture__id")

    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        (user,) = results[person]
        lines: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for line in results[sold]:
            lines[line["order_id"]].append(_line(line))
        kept = results[listed][:ORDERS]
        end = _cursor(kept[-1]["created_at"].isoformat(), str(kept[-1]["id"])) if kept else None
        return {
            "me": {
                "id": to_global("User", user["id"]),
                "email": user["email"],
                "firstName": user["first_name"],
                "lastName": user["last_name"],
                "orders": {
                    "edges": [{"node": _order(row, lines[row["id"]])} for row in kept],
                    "pageInfo": {"endCursor": end, "hasNextPage": len(results[listed]) > ORDERS},
                },
            }
        }

    return answer


def _order(row: Record, lines: list[dict[str, Any]]) -> dict[str, Any]:
    currency, total = row["currency"], row["total_gross"]
    return {
        "id": to_global("Order", row["id"]),
        "number": str(row["number"]),
        "created": row["created_at"].isoformat(),
        "status": row["status"],
        "paymentStatus": legacy_payment_status(_paid(row), total),
        "total": {"gross": {"amount": total / unit_of(currency), "currency": currency}},
        "lines": lines,
    }


def _paid(row: Record) -> Amounts:
    if row["paid__charged"] is None:
        return _NONE
    return Amounts(
        row["paid__authorized"], row["paid__charged"], row["paid__refunded"], row["paid__canceled"],
        row["paid__authorize_pending"], row["paid__charge_pending"],
    )  # fmt: skip


_NONE = Amounts()


def _line(row: Record) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "id": to_global("OrderLine", row["id"]),
        "productName": row["product_name"],
        "variantName": row["variant_name"],
        "quantity": row["quantity"],
        "thumbnail": _thumbnail(row, "picture__", "256/"),
        "totalPrice": {"gross": {"amount": row["total_gross"] / unit_of(currency), "currency": currency}},
    }


_ANSWERS: Mapping[str, Callable[[Sequence[Ran]], Answer]] = {
    "listing": _listing,
    "search": _search,
    "category": _category,
    "detail": _detail,
    "orders": _orders,
}
