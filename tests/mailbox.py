"""The mails a shop under test has sent: files, since it has no mail server."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import parse_qs, urlsplit

from engine.core.context import Ctx
from engine.core.jobs import run_pending
from engine.flows.wiring import WIRING


async def delivered(ctx: Ctx, to: str) -> list[EmailMessage]:
    """Run the jobs that are due; the mails to that address so far, oldest first."""
    await run_pending(ctx, WIRING)
    found = []
    for path in sorted((ctx.settings.data_dir / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
        message = message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        if message["To"] == to:
            found.append(message)
    return found


def link_in(message: EmailMessage) -> str:
    (line,) = [line for line in message.get_content().splitlines() if line.startswith("http")]
    return str(line)


def token_in(message: EmailMessage) -> str:
    (token,) = parse_qs(urlsplit(link_in(message)).query)["token"]
    return token
