"""What the last import made of each product, part by part, so that the next one writes only what the file changed.

A product has two `import_record` rows: one for what all channels share (source `shopify`) and one for a channel
(`shopify:<id>`). Each holds a JSON object from part to digest; the channel's also `whole`, the digest of all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from engine.catalog.imports import import_records, save_import_records
from engine.core.context import WriteCtx
from engine.flows.import_shopify.drafts import Draft, VariantDraft
from engine.flows.import_shopify.places import Place

SHARED = "shopify"
_VERSION = 1
"""Raised when a part comes to mean something else, so that everything is compared anew."""

Parts = dict[str, Any]


@dataclass
class Known:
    """What was recorded; `shared` and `own` (of the channel) become what is to be recorded."""

    shared: Parts = field(default_factory=dict)
    own: Parts = field(default_factory=dict)
    before: tuple[str, str] = ("", "")

    def texts(self) -> tuple[str, str]:
        return _text(self.shared), _text(self.own)


async def load(tx: WriteCtx, place: Place, handles: Sequence[str]) -> dict[str, Known]:
    found = {handle: Known() for handle in handles}
    for row in await import_records(tx, [SHARED, place.source], handles):
        known, parts = found[row["key"]], orjson.loads(row["digest"])
        if row["source"] == SHARED:
            known.shared = parts
        else:
            known.own = parts
    for known in found.values():
        known.before = known.texts()
    return found


async def save(tx: WriteCtx, place: Place, items: Iterable[tuple[str, int, Known]]) -> None:
    """Handle, product id and parts; those that are as they were cause no write."""
    rows = [
        {"source": source, "key": handle, "digest": text, "product_id": product_id}
        for handle, product_id, known in items
        for source, text, before in zip((SHARED, place.source), known.texts(), known.before, strict=True)
        if text != before
    ]
    await save_import_records(tx, rows)


def whole(draft: Draft, place: Place) -> str:
    return _hash([_VERSION, sorted(place.columns), str(place.warehouse_id), _plain(draft)])


def product_parts(draft: Draft, columns: frozenset[str]) -> Parts:
    """Those parts of the product that the file has columns for."""
    parts: Parts = {
        "name": draft.title,
        "type": [draft.type, draft.gift_card, draft.shipped, draft.option_names],
    }
    for part, needs, value in (
        ("body", "body", draft.html),
        ("seo_title", "seo_title", draft.seo_title),
        ("seo_description", "seo_description", draft.seo_description),
        ("vendor", "vendor", draft.vendor),
        ("tags", "tags", draft.tags),
        ("media", "image", draft.pictures),
    ):
        if needs in columns:
            parts[part] = value
    if columns & {"category", "type"}:
        parts["category"] = draft.category
    return {part: _hash(value) for part, value in parts.items()}


def publication_part(draft: Draft) -> str:
    return _hash([draft.is_published, draft.for_sale])


def fields_part(variant: VariantDraft, position: int) -> str:
    return _hash(
        [variant.options, variant.sku, variant.grams, variant.track, variant.barcode, variant.picture, position]
    )


def price_part(variant: VariantDraft) -> str:
    return _hash([variant.amount, variant.compare_at, variant.cost])


def _plain(draft: Draft) -> list[Any]:
    names = [name for name in Draft.__dataclass_fields__ if name not in ("lines", "variants")]
    own = [name for name in VariantDraft.__dataclass_fields__ if name != "line"]
    return [
        [getattr(draft, name) for name in names],
        [[getattr(variant, name) for name in own] for variant in draft.variants],
    ]


def _hash(value: Any) -> str:
    return blake2b(orjson.dumps(value, default=list), digest_size=9).hexdigest()


def _text(parts: Mapping[str, Any]) -> str:
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS).decode()
