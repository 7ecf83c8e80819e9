"""Apps for tests."""

from engine.accounts.models import App, AppToken
from engine.accounts.tokens import app_token_hash, new_app_token
from engine.core.context import Ctx, WriteCtx, transact


async def make_app(ctx: Ctx, name: str, *permissions: str) -> tuple[int, str]:
    """Its id and token."""
    token = new_app_token()

    async def work(tx: WriteCtx) -> int:
        app = App(name=name, permissions=sorted(permissions))
        tx.add(app)
        await tx.session.flush()
        tx.add(AppToken(app_id=app.id or 0, token_hash=app_token_hash(token), last_4=token[-4:]))
        return app.id or 0

    return await transact(ctx, work), token
