"""Who a token says the caller is."""

from engine.core.context import ANONYMOUS, Caller, Ctx


async def caller_of(ctx: Ctx, token: str | None) -> Caller:
    """The caller behind an `Authorization` token (JWT or app token); anonymous, with `token_fault`, when invalid."""
    return ANONYMOUS
