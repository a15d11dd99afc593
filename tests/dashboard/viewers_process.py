"""A crowd of viewers: ``viewers_process URL READING PAUSING DEAF SECONDS LAST_SEQ``.

READING viewers read all the time, PAUSING ones sleep until told to go on by a line on stdin and
then read, DEAF ones never read. Prints ``ready`` when all are connected and, at the end, one line
of JSON: for each viewer that read, which numbers and how many snapshots it got, and its close code.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

_SMALL_BUFFER_BYTES = 4096


@dataclass
class Heard:
    seqs: list[int] = field(default_factory=list)
    snapshots: list[int] = field(default_factory=list)
    closed: int | None = None


async def read(line: ClientConnection, last_seq: int) -> Heard:
    """Everything up to the message `last_seq`, or to the end of the line."""
    heard = Heard()
    try:
        while not heard.seqs or heard.seqs[-1] < last_seq:
            told = await line.recv()
            if isinstance(told, bytes):
                continue
            message = json.loads(told)
            if message["type"] == "snapshot":
                heard.snapshots.append(message["seq"])
                if message["seq"] >= last_seq:
                    break
            elif "seq" in message:
                heard.seqs.append(message["seq"])
    except ConnectionClosed as over:
        heard.closed = 0 if over.rcvd is None else over.rcvd.code
    return heard


async def deaf_line(url: str) -> socket.socket:
    """A connection that shakes hands, and then takes nothing any more."""
    place = urlsplit(url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
    line.connect((place.hostname, place.port))
    line.sendall(
        f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert line.recv(12) == b"HTTP/1.1 101"
    return line


async def pausing_line(url: str) -> ClientConnection:
    place = urlsplit(url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
    line.connect((place.hostname, place.port))
    # A short queue: what is not read stays with the server. No pings: sleeping is allowed here.
    return await connect(url, sock=line, max_queue=1, ping_interval=None, compression=None)


async def main(
    url: str, reading: int, pausing: int, deaf: int, seconds: float, last_seq: int
) -> None:
    lines = [await connect(url, compression=None, ping_interval=None) for _ in range(reading)]
    sleepers = [await pausing_line(url) for _ in range(pausing)]
    held = [await deaf_line(url) for _ in range(deaf)]
    readers = [asyncio.create_task(read(line, last_seq)) for line in lines]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    late = [asyncio.create_task(read(line, last_seq)) for line in sleepers]
    done, _ = await asyncio.wait([*readers, *late], timeout=seconds)
    heard = [asdict(task.result()) if task in done else None for task in (*readers, *late)]
    print(json.dumps({"reading": heard[:reading], "pausing": heard[reading:]}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for line in held:
        line.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *(int(word) for word in sys.argv[2:7])))
