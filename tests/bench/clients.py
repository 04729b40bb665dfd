"""Eight clients that ask for one page over and over, on connections kept open."""

import asyncio
import time
from dataclasses import dataclass

CLIENTS = 8


@dataclass(frozen=True)
class Page:
    """What is asked for: a server's port, a path, a session's cookie."""

    port: int
    path: str
    cookie: str

    @property
    def request(self) -> bytes:
        """Return the bytes of the request."""
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
            f"Cookie: {self.cookie}\r\nAccept: text/html\r\n\r\n"
        ).encode()


@dataclass(frozen=True)
class Run:
    """What a round took on the clock."""

    requests: int
    seconds: float


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, await reader.readexactly(length)


async def _client(page: Page, share: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    try:
        for _ in range(share):
            status, body = await _ask(reader, writer, page.request)
            if status != 200 or not body:
                raise AssertionError(f"{page.path} answered {status}, {len(body)} bytes")
    finally:
        writer.close()


def run(page: Page, requests: int) -> Run:
    """Ask `requests` times, eight at once; raises when one answer is not a page."""

    async def all_of_them() -> None:
        await asyncio.gather(*(_client(page, requests // CLIENTS) for _ in range(CLIENTS)))

    started = time.perf_counter()
    asyncio.run(all_of_them())
    return Run(requests // CLIENTS * CLIENTS, time.perf_counter() - started)


def fetch(page: Page) -> tuple[int, str]:
    """Return the status and the text of one answer."""

    async def once() -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
        try:
            return await _ask(reader, writer, page.request)
        finally:
            writer.close()

    status, body = asyncio.run(once())
    return status, body.decode()
