"""The mail server: what leaves is the same sentence and the same link for everyone.

No name, no reference, no kind: a mailbox is read by others, and kept (domain.md 1.2, 2.7).
"""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from service.jobs.outbox import Taken
from service.settings import LOOPBACK, Settings

PATIENCE_SECONDS: Final = 15
"""How long the server may take for one answer."""

SUBJECT: Final = "Une activité vous attend"
SENTENCE: Final = "Une activité vous attend."

_PORTS: Final = {"smtp": 587, "smtps": 465}
_NEVER: Final = 500
"""From this reply code on, the server will not change its mind (RFC 5321, 4.2.1)."""


class NeverAccepted(Exception):
    """The server refuses this recipient for good."""


@dataclass(frozen=True, slots=True)
class Post:
    """Where mails go, from whom, and what link they carry."""

    host: str
    port: int
    implicit_tls: bool
    login: str
    password: str
    sender: str
    origin: str

    @classmethod
    def of(cls, settings: Settings) -> "Post | None":
        """Return the post of these settings, checked at the start; None when none is set."""
        if not settings.smtp_url:
            return None
        url = urlsplit(settings.smtp_url)
        return cls(
            host=url.hostname or "",
            port=url.port or _PORTS[url.scheme],
            implicit_tls=url.scheme == "smtps",
            login=unquote(url.username or ""),
            password=settings.smtp_password,
            sender=settings.mail_from,
            origin=settings.origin,
        )

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[aiosmtplib.SMTP, None]:
        """Open one conversation: TLS everywhere but on this machine itself.

        Raises aiosmtplib.SMTPException or OSError.
        """
        here = self.host in LOOPBACK
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.implicit_tls,
            start_tls=not (self.implicit_tls or here),
            username=self.login or None,
            password=self.password or None,
            timeout=PATIENCE_SECONDS,
            tls_context=None if here and not self.implicit_tls else ssl.create_default_context(),
        )
        async with client:
            yield client

    async def send(self, client: aiosmtplib.SMTP, taken: Taken, address: str) -> None:
        """Send one mail.

        Raises NeverAccepted; aiosmtplib.SMTPResponseException or SMTPRecipientsRefused when this
        mail is refused for now; anything else when the conversation is over.
        """
        try:
            await client.send_message(self.letter(taken, address))
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(one.code >= _NEVER for one in refused.recipients):
                raise NeverAccepted from refused
            raise

    def letter(self, taken: Taken, address: str) -> EmailMessage:
        """Return the mail: only its address, its date and its identifier are its own."""
        letter = EmailMessage(policy=WIRE)
        letter["From"] = self.sender
        letter["To"] = address
        letter["Subject"] = SUBJECT
        letter["Date"] = format_datetime(taken.written_at)
        letter["Message-ID"] = f"<{taken.mail_id}@{urlsplit(self.origin).hostname}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(f"{SENTENCE}\n\n{self.origin}/\n")
        return letter
