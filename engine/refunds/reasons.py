"""Pages that say why money went back or goods came back, of the page type that staff chose for that."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.content.models import Page, PageType
from engine.core.context import Ctx, WriteCtx
from engine.core.errors import Refusal
from engine.core.statements import Statement
from engine.core.tables import table
from engine.refunds.models import ReasonSetting

Kind: TypeAlias = Literal["REFUND", "RETURN"]
_s, _p, _t = table(ReasonSetting), table(Page), table(PageType)
_TYPE = Statement(sa.select(_s.c.page_type_id).where(_s.c.kind == sa.bindparam("kind", type_=sa.Text)))
_TYPES_OF = Statement(
    sa.select(_p.c.id, _p.c.page_type_id).where(_p.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
)


async def page_type(ctx: Ctx, kind: Kind) -> int | None:
    """The type of the pages that are reasons; None: reasons are only written."""
    found: int | None = await ctx.value(_TYPE, kind=kind)
    return found


async def choose(tx: WriteCtx, kind: Kind, page_type_id: int | None) -> None:
    """None: reasons are only written from now on. Raises Refusal for a type that is none."""
    if page_type_id is None:
        await tx.execute(sa.delete(_s).where(_s.c.kind == kind))
        return
    known = (await tx.execute(sa.select(_t.c.id).where(_t.c.id == page_type_id))).first()
    if known is None:
        field = f"{kind.lower()}ReasonReferenceType"
        raise Refusal("Couldn't resolve to a PageType.", field=field, code="INVALID")
    chosen = insert(_s).values(kind=kind, page_type_id=page_type_id)
    await tx.execute(
        chosen.on_conflict_do_update(index_elements=["kind"], set_={"page_type_id": chosen.excluded.page_type_id})
    )


async def check(tx: WriteCtx, kind: Kind, page_id: int | None, others: Iterable[int | None] = ()) -> None:
    """`page_id` is the reason of the whole, which staff (not apps) must give where a type is chosen; `others` those of
    its lines. Raises Refusal (REQUIRED, NOT_CONFIGURED, INVALID)."""
    wanted = await page_type(tx, kind)
    given = [id for id in (page_id, *others) if id is not None]
    if wanted is None:
        if given:
            raise Refusal("No page type is chosen for reasons.", field="reasonReference", code="NOT_CONFIGURED")
        return
    if page_id is None and tx.caller.app_id is None:
        raise Refusal("A reason reference is required.", field="reasonReference", code="REQUIRED")
    types = {row["id"]: row["page_type_id"] for row in await tx.fetch(_TYPES_OF, ids=given)}
    if any(types.get(id) != wanted for id in given):
        raise Refusal("The reason is no page of the chosen type.", field="reasonReference", code="INVALID")
