"""Which attribute values a shopper's wish names: the groups of a `ListingFilter`."""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.core.context import Ctx
from engine.core.statements import Statement
from engine.listing.rules import ReferenceCriterion, ValueCriterion

_NONE = ReferenceCriterion()
_IDS = sa.ARRAY(sa.BigInteger)
_TEXTS = sa.ARRAY(sa.Text)
_TIME = sa.DateTime(timezone=True)

_MATCHING = Statement(
    sa.text(
        """
SELECT v.id FROM attribute_value v JOIN attribute a ON a.id = v.attribute_id
WHERE (:attribute_slug IS NULL OR a.slug = :attribute_slug)
  AND (:slugs IS NULL OR v.slug = ANY(:slugs))
  AND (:names IS NULL OR v.name = ANY(:names))
  AND (:numbers IS NULL OR v.numeric = ANY(:numbers))
  AND (:number_from IS NULL OR v.numeric >= :number_from)
  AND (:number_to IS NULL OR v.numeric <= :number_to)
  AND (:is_true IS NULL OR v.boolean = :is_true)
  AND (:date_from IS NULL OR v.date >= :date_from)
  AND (:date_to IS NULL OR v.date <= :date_to)
  AND (:moment_from IS NULL OR v.date_time >= :moment_from)
  AND (:moment_to IS NULL OR v.date_time <= :moment_to)
  AND (NOT :by_reference
    OR v.reference_page_id = ANY(:page_ids)
    OR v.reference_product_id = ANY(:product_ids)
    OR v.reference_variant_id = ANY(:variant_ids)
    OR v.reference_category_id = ANY(:category_ids)
    OR v.reference_collection_id = ANY(:collection_ids)
    OR v.reference_page_id IN (SELECT id FROM page WHERE slug = ANY(:page_slugs))
    OR v.reference_product_id IN (SELECT id FROM product WHERE slug = ANY(:product_slugs))
    OR v.reference_variant_id IN (SELECT id FROM product_variant WHERE sku = ANY(:variant_skus))
    OR v.reference_category_id IN (SELECT id FROM category WHERE slug = ANY(:category_slugs))
    OR v.reference_collection_id IN (SELECT id FROM collection WHERE slug = ANY(:collection_slugs)))
ORDER BY v.id
"""
    ).bindparams(
        sa.bindparam("attribute_slug", type_=sa.Text),
        sa.bindparam("slugs", type_=_TEXTS),
        sa.bindparam("names", type_=_TEXTS),
        sa.bindparam("numbers", type_=sa.ARRAY(sa.Double)),
        sa.bindparam("number_from", type_=sa.Double),
        sa.bindparam("number_to", type_=sa.Double),
        sa.bindparam("is_true", type_=sa.Boolean),
        sa.bindparam("date_from", type_=sa.Date),
        sa.bindparam("date_to", type_=sa.Date),
        sa.bindparam("moment_from", type_=_TIME),
        sa.bindparam("moment_to", type_=_TIME),
        sa.bindparam("by_reference", type_=sa.Boolean),
        *(sa.bindparam(f"{name}_ids", type_=_IDS) for name in ("page", "product", "variant", "category", "collection")),
        *(sa.bindparam(f"{name}_slugs", type_=_TEXTS) for name in ("page", "product", "category", "collection")),
        sa.bindparam("variant_skus", type_=_TEXTS),
    )
)


async def value_groups(ctx: Ctx, criteria: Sequence[ValueCriterion]) -> tuple[tuple[int, ...], ...]:
    """For each criterion the ids of the values that meet it; a criterion that none meets has an empty group."""
    return tuple([tuple([row["id"] for row in await _matching(ctx, criterion)]) for criterion in criteria])


async def _matching(ctx: Ctx, criterion: ValueCriterion) -> list[dict[str, int]]:
    reference = criterion.reference or _NONE
    return await ctx.fetch(
        _MATCHING,
        attribute_slug=criterion.attribute_slug,
        slugs=_list(criterion.slugs),
        names=_list(criterion.names),
        numbers=_list(criterion.numbers),
        number_from=criterion.number_from,
        number_to=criterion.number_to,
        is_true=criterion.boolean,
        date_from=criterion.date_from,
        date_to=criterion.date_to,
        moment_from=criterion.moment_from,
        moment_to=criterion.moment_to,
        by_reference=criterion.reference is not None,
        **{name: list(getattr(reference, name)) for name in reference.__dataclass_fields__},
    )


def _list(values: Sequence[object] | None) -> list[object] | None:
    return None if values is None else list(values)
