"""A real SMTP server in this process, and what it received."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from service.jobs.post import Post


@dataclass
class Mailbox:
    """Receives, or answers what it is told to answer."""

    letters: list[Message] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """Address, or `*` → the reply to RCPT instead of 250."""
    port: int = 0

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        said = self.answers.get(address) or self.answers.get("*")
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.to += envelope.rcpt_tos
        return "250 OK"

    def post(self, origin: str = "https://cellule.example") -> Post:
        """Return the post that leads here."""
        return Post(
            host="127.0.0.1",
            port=self.port,
            implicit_tls=False,
            login="",
            password="",
            sender="cellule@valmaurin.example",
            origin=origin,
        )


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Listen on a free port of this machine."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=20)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
