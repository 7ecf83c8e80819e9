"""Mail: by SMTP when `ARGOSY_SMTP_URL` is set, else as files in `<data-dir>/mail` for the developer to read.

Called from jobs only. A job may run again after a crash, so a mail can come twice, but it is never lost.
"""

import asyncio
import secrets
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound

from engine.core.context import Ctx
from engine.core.errors import ConfigurationError
from engine.core.outside import outside_call

SEND_SECONDS = 30.0
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Mail:
    """Plain text to one person."""

    to: str
    subject: str
    text: str


def render(package: str, name: str, to: str, **values: object) -> Mail:
    """From `<package>/templates/<name>.txt`, a Jinja template: a line of subject, an empty one, the text.

    A value left out is an error. Values that strangers typed do not belong in mail to somebody else.
    """
    subject, _, text = _environment(package).get_template(name).render(**values).partition("\n\n")
    return Mail(to, " ".join(subject.split()), text.strip() + "\n")


async def send(ctx: Ctx, mail: Mail, *, sender: str | None = None) -> None:
    """Raises what the mail server answered; the job then tries again.

    `sender` is `Name <address>`; None: as the process is set up.
    """
    message = _message(ctx, mail, sender)
    if ctx.settings.smtp_url is None:
        await asyncio.to_thread(
            _write, ctx.settings.data_dir / "mail", ctx.clock.now().strftime("%Y%m%dT%H%M%S"), message
        )
        return
    parts = urlsplit(ctx.settings.smtp_url.get_secret_value())
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigurationError("ARGOSY_SMTP_URL is not understood; use smtp://user:password@host:port or smtps://….")
    async with outside_call(ctx, "mail server", seconds=SEND_SECONDS):
        await aiosmtplib.send(
            message,
            hostname=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            # a password crosses a network only encrypted; without one, encryption is used where it is offered
            start_tls=True if parts.scheme == "smtp" and parts.username and not _loopback(parts.hostname) else None,
            timeout=SEND_SECONDS,
        )


def _message(ctx: Ctx, mail: Mail, sender: str | None) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender or ctx.settings.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(ctx.clock.now())
    message["Message-ID"] = make_msgid(domain=ctx.settings.mail_from.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    # left as it is where that is allowed (RFC 5322: lines under 998), so that a link in a file can be clicked
    plain = mail.text.isascii() and all(len(line) < 998 for line in mail.text.splitlines())
    message.set_content(mail.text, cte="7bit" if plain else "quoted-printable")
    return message


def _write(folder: Path, stamp: str, message: EmailMessage) -> None:
    # readable by the owner alone: these mails hold keys to accounts
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{stamp}-{secrets.token_hex(4)}"
    draft.touch(mode=0o600)
    draft.write_bytes(message.as_bytes())
    draft.rename(folder / f"{draft.name[1:]}.eml")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Templates(BaseLoader):
    def __init__(self, package: str):
        self._package = package

    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        found = files(self._package).joinpath("templates", f"{template}.txt")
        if not found.is_file():
            raise TemplateNotFound(template)
        return found.read_text(encoding="utf-8"), None, None


@cache
def _environment(package: str) -> Environment:
    # plain text: there is no markup to escape
    return Environment(loader=_Templates(package), undefined=StrictUndefined, autoescape=False)  # noqa: S701
