"""The load: so many connections on loopback, for so long, then it ends by itself."""

import asyncio
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

WARM = 0.3  # seconds at the start that are not counted
STUCK = 20.0  # an answer that takes longer ends the measurement


@dataclass
class Measured:
    """Seconds per request, and what did not answer as expected."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def mean(self) -> float:
        return statistics.fmean(self.seconds)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)]


def request(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if method != "GET":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, int, bool]:
    """(status, bytes of the body, does the server close?)"""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    _, found, rest = head.partition(b"content-length:")
    length = int(rest.split(b"\r\n", 1)[0]) if found else 0
    if length:
        await reader.readexactly(length)
    return status, length, b"connection: close" in head


async def _worker(
    port: int, asks: Iterable[bytes], want: int, begin: float, until: float, into: Measured
) -> None:
    """One connection, one request after the other."""
    reader = writer = None
    for ask in asks:
        at = time.perf_counter()
        if at > until:
            break
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            at = time.perf_counter()
        writer.write(ask)
        assert reader is not None
        status, into.size, closes = await asyncio.wait_for(_answer(reader), STUCK)
        if at > begin:
            into.seconds.append(time.perf_counter() - at)
        if status != want:
            into.wrong.append(f"{status} instead of {want}")
        if closes:
            writer.close()
            reader = writer = None
    if writer:
        writer.close()


def measure(
    port: int, asks: list[Iterator[bytes]], *, want: int, seconds: float, most: int
) -> Measured:
    """As many connections as there are iterators, each for `seconds` or `most` requests."""
    into = Measured()

    async def all_of_them() -> None:
        begin = time.perf_counter() + (WARM if most > 100 else 0)
        until = begin + seconds
        await asyncio.gather(
            *(_worker(port, islice(a, most), want, begin, until, into) for a in asks)
        )

    asyncio.run(all_of_them())
    return into
