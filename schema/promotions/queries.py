import strawberry

from engine.core.ids import uuid_pk
from engine.core.paging import page_args
from engine.promotions import queries
from schema.execution.fields import root_field
from schema.execution.info import BatchInfo
from schema.promotions.inputs import PromotionSortingInput, PromotionWhereInput, where_wish
from schema.promotions.types import DISCOUNTS, Promotion, PromotionCountableConnection


@strawberry.type
class PromotionsQueries:
    @root_field(DISCOUNTS, description="A promotion by its id.")
    async def promotion(self, info: BatchInfo, id: strawberry.ID) -> Promotion | None:
        (row,) = await queries.by_ids(info.context, [uuid_pk(id, "Promotion")])
        return row

    @root_field(DISCOUNTS, description="Promotions, by name unless another order is asked for.")
    async def promotions(
        self,
        info: BatchInfo,
        where: PromotionWhereInput | None = None,
        sort_by: PromotionSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> PromotionCountableConnection | None:
        args = page_args("promotions", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        wish, order = where_wish(where), sort_by.field if sort_by else "NAME"
        descending = sort_by is not None and sort_by.direction == "DESC"
        page = await queries.page(info.context, args, order, wish, descending=descending)
        return page.as_connection(wish=wish)  # type: ignore[return-value]
