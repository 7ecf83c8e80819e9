"""One batch of products into the shop, in one transaction and a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.catalog import imports, variant_imports
from engine.core.context import Row, WriteCtx
from engine.core.locking import lock_name
from engine.core.text import editorjs_to_text, fold, html_to_editorjs
from engine.flows.import_shopify import categories, digests, pictures, shelves, variants
from engine.flows.import_shopify.digests import Known, Parts
from engine.flows.import_shopify.drafts import Draft, Note, VariantDraft
from engine.flows.import_shopify.places import Place
from engine.flows.import_shopify.shelves import Shelf
from engine.flows.import_shopify.variants import Matched
from engine.inventory.counts import set_many_on_hand
from engine.listing.service import refresh
from engine.pricing.service import set_many_prices

LOCK = "argosy:import"


@dataclass
class Outcome:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    notes: list[tuple[str, Note]] = field(default_factory=list)


@dataclass
class _Item:
    """A product on its way. `complete` turns False when something of it has to be tried again next time."""

    draft: Draft
    known: Known
    product_id: int = 0
    new: bool = False
    complete: bool = True
    parts: Parts = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    touched: bool = False
    matched: list[Matched] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


async def apply(tx: WriteCtx, place: Place, drafts: Sequence[Draft]) -> Outcome:
    """Create or update these products (of different handles) as far as their parts differ from the last import."""
    await lock_name(tx, f"{LOCK}:batch")
    outcome = Outcome()
    known = await digests.load(tx, place, [draft.handle for draft in drafts])
    items = []
    for draft in drafts:
        if known[draft.handle].own.get("whole") == digests.whole(draft, place):
            outcome.unchanged += 1
        else:
            items.append(_Item(draft, known[draft.handle]))
    items = await _without_clashes(tx, items, outcome)
    if items:
        await _write(tx, place, items, outcome)
    return outcome


async def _without_clashes(tx: WriteCtx, items: list[_Item], outcome: Outcome) -> list[_Item]:
    """Those whose slug and SKUs are theirs to have; the rest is refused, row by row."""
    references = {_reference(item.draft): item for item in items}
    handles = [item.draft.handle for item in items]
    slugs = {}
    for row in await imports.find_products(tx, list(references), handles):
        slugs[row["slug"]] = row
        if row["external_reference"] in references:
            references[row["external_reference"]].product_id = row["id"]
    skus = [variant.sku for item in items for variant in item.draft.variants if variant.sku]
    owners = await variant_imports.owners_of_skus(tx, skus)
    kept = []
    for item in items:
        item.new = not item.product_id
        if item.new and item.draft.handle in slugs:
            reason = "a product with this slug is in the shop already and is not from this import"
            outcome.notes.append((item.draft.handle, Note(item.draft.lines, reason, True)))
            outcome.refused += 1
            continue
        good = [one for one in item.draft.variants if not _taken(item, one, owners, outcome)]
        if len(good) < len(item.draft.variants):
            item.complete = False
            item.draft = replace(item.draft, variants=tuple(good))
        if good:
            kept.append(item)
        else:
            outcome.refused += 1
    return kept


def _taken(item: _Item, variant: VariantDraft, owners: dict[str, Row], outcome: Outcome) -> bool:
    owner = owners.get(variant.sku or "")
    if owner is None or owner["product_id"] == item.product_id:
        return False
    reason = f"the SKU {variant.sku!r} belongs to the product {owner['slug']!r}"
    outcome.notes.append((item.draft.handle, Note((variant.line,), reason, True, variant.sku or "")))
    return True


def _reference(draft: Draft) -> str:
    return f"shopify:{draft.handle}"


async def _write(tx: WriteCtx, place: Place, items: list[_Item], outcome: Outcome) -> None:
    for item in items:
        item.parts = digests.product_parts(item.draft, place.columns)
        item.changed = {part for part, digest in item.parts.items() if item.known.shared.get(part) != digest}
    drafts = [item.draft for item in items]
    shelf = await shelves.stand(tx, drafts)
    tree = await categories.grow(tx, drafts)
    await _products(tx, items, shelf, tree)
    await _values(tx, items, shelf)
    await pictures.hang(tx, {item.product_id: item.draft for item in items if "media" in item.changed})
    await _variants(tx, place, items, shelf, outcome)
    await _prices(tx, place, items)
    await _publish(tx, place, items)
    await _stock(tx, place, items, outcome)
    for item in items:
        item.known.shared.update(item.parts)
        item.known.own["whole"] = digests.whole(item.draft, place) if item.complete else ""
        if item.new:
            outcome.created += 1
            tx.emit("product.created", "Product", item.product_id)
        elif item.touched or item.changed:
            outcome.updated += 1
            tx.emit("product.updated", "Product", item.product_id)
        else:
            outcome.unchanged += 1
    await digests.save(tx, place, [(item.draft.handle, item.product_id, item.known) for item in items])
    await refresh(tx, [item.product_id for item in items if item.new or item.touched or item.changed])


async def _products(tx: WriteCtx, items: list[_Item], shelf: Shelf, tree: dict[categories.Path, int]) -> None:
    new = {_reference(item.draft): item for item in items if item.new}
    made = await imports.add_products(tx, [_product_row(item, shelf, tree) for item in new.values()])
    for reference, id in made.items():
        new[reference].product_id = id
    columns = {"name", "type", "category", "body", "seo_title", "seo_description"}
    changed = [item for item in items if not item.new and item.changed & columns]
    await imports.change_products(tx, [_product_row(item, shelf, tree) for item in changed])


def _product_row(item: _Item, shelf: Shelf, tree: dict[categories.Path, int]) -> dict[str, Any]:
    draft, changed = item.draft, item.changed
    row: dict[str, Any] = {
        "id": item.product_id, "slug": draft.handle, "reference": _reference(draft),
        "type_id": shelf.type_of(draft), "category_id": tree.get(categories.same(draft.category)),
        "seo_title": draft.seo_title or None, "seo_description": draft.seo_description or None,
        "description": None, "description_text": "",
    }  # fmt: skip
    row |= {f"set_{part}": part in changed for part in ("type", "category", "body", "seo_title", "seo_description")}
    if item.new or "name" in changed:
        row |= {"name": draft.title, "name_key": fold(draft.title)}
    if draft.html and (item.new or "body" in changed):
        row["description"] = html_to_editorjs(draft.html)
        row["description_text"] = editorjs_to_text(row["description"])
    return row


async def _values(tx: WriteCtx, items: list[_Item], shelf: Shelf) -> None:
    rows = []
    for name, of in ((shelves.VENDOR, shelf.vendor_of), (shelves.TAGS, shelf.tags_of)):
        changed = [item for item in items if name in item.changed]
        old = [item.product_id for item in changed if not item.new]
        await imports.clear_values(tx, old, shelf.attributes[name, ""])
        rows += [
            {"product_id": item.product_id, "value_id": value, "position": position}
            for item in changed
            for position, value in enumerate(of(item.draft))
        ]
    await imports.set_values(tx, rows)


async def _variants(tx: WriteCtx, place: Place, items: list[_Item], shelf: Shelf, outcome: Outcome) -> None:
    by_id = {item.product_id: item for item in items}
    old = [item.product_id for item in items if not item.new]
    for row in await variant_imports.variants_of(tx, old):
        by_id[row["product_id"]].rows.append(row)
    written: list[tuple[_Item, Matched]] = []
    for item in items:
        found, gone = variants.match(item.draft.variants, item.rows)
        for row in gone:
            if (row["external_reference"] or "").startswith("shopify:"):
                reason = f"the variant {row['name'] or row['sku'] or 'without options'!r} left the file and was kept"
                outcome.notes.append((item.draft.handle, Note(item.draft.lines[:1], reason, sku=row["sku"] or "")))
        for position, draft in enumerate(item.draft.variants):
            matched = Matched(
                item.product_id, draft, position, variants.reference(item.draft.handle, draft),
                shelf.options_of(item.draft, draft.options), found.get(draft.line),
            )  # fmt: skip
            item.matched.append(matched)
            if matched.row is not None:
                matched.id = matched.row["id"]
            if "type" in item.changed or item.known.shared.get(f"v{matched.id}") != digests.fields_part(
                draft, position
            ):
                written.append((item, matched))
    await variants.write(tx, [matched for _, matched in written], place.columns)
    for item, matched in written:
        item.touched = True
        item.known.shared[f"v{matched.id}"] = digests.fields_part(matched.draft, matched.position)
    if "variant_image" in place.columns:
        await pictures.link(tx, [(one.id, one.product_id, one.draft.picture) for _, one in written])


async def _prices(tx: WriteCtx, place: Place, items: list[_Item]) -> None:
    rows = []
    for item in items:
        for matched in item.matched:
            part, digest = f"p{matched.id}", digests.price_part(matched.draft)
            if item.known.own.get(part) != digest:
                item.known.own[part], item.touched = digest, True
                draft = matched.draft
                rows.append({"variant_id": matched.id, "amount": draft.amount, "compare_at": draft.compare_at,
                             "cost": draft.cost})  # fmt: skip
    await set_many_prices(
        tx, place.channel_id, place.currency, rows,
        compare_at="compare_at" in place.columns, cost="cost" in place.columns,
    )  # fmt: skip


async def _publish(tx: WriteCtx, place: Place, items: list[_Item]) -> None:
    """A file without either column publishes what is new and leaves the rest."""
    rows = []
    for item in items:
        digest = digests.publication_part(item.draft)
        known = item.known.own.get("publication")
        if known is None or (known != digest and place.columns & {"published", "status"}):
            item.known.own["publication"], item.touched = digest, True
            rows.append({"product_id": item.product_id, "published": item.draft.is_published,
                         "for_sale": item.draft.for_sale})  # fmt: skip
    await imports.publish_products(tx, place.channel_id, rows)


async def _stock(tx: WriteCtx, place: Place, items: list[_Item], outcome: Outcome) -> None:
    counts: dict[int, tuple[_Item, VariantDraft]] = {}
    for item in items:
        for matched in item.matched:
            quantity = matched.draft.quantity
            if quantity is not None and item.known.shared.get(f"s{matched.id}@{place.warehouse_id}") != quantity:
                counts[matched.id] = (item, matched.draft)
    if place.warehouse_id is None:
        return
    claimed = await set_many_on_hand(
        tx,
        warehouse_id=place.warehouse_id,
        counts={id: draft.quantity or 0 for id, (_, draft) in counts.items()},
        cause_type="import",
        cause_id=place.source,
    )
    for id, (item, draft) in counts.items():
        if id in claimed:
            reason = f"the stock was left as it is: {claimed[id]} are sold or held, more than {draft.quantity}"
            outcome.notes.append((item.draft.handle, Note((draft.line,), reason, sku=draft.sku or "")))
            item.complete = False
        else:
            item.known.shared[f"s{id}@{place.warehouse_id}"] = draft.quantity
            item.touched = True
