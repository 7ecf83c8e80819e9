"""Mail as the shop sends it: from whom its settings say."""

from email.headerregistry import Address

from engine.core import mail
from engine.core.context import Ctx
from engine.shop import queries


async def send(ctx: Ctx, letter: mail.Mail) -> None:
    """As `engine.core.mail.send`, from the sender that staff have set, or else the process was set up with."""
    settings = await queries.settings(ctx)
    address = settings["mail_sender_address"] or ctx.settings.mail_from
    name = settings["mail_sender_name"] or settings["name"]
    sender = str(Address(name, addr_spec=address)) if name else address
    await mail.send(ctx, letter, sender=sender)
