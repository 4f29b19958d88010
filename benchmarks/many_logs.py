"""Many places' logs in one small server, each growing by an entry a second, signed and cosigning.

Run as a program: `python -m benchmarks.many_logs PORT COUNT`; a line on its standard input adds an
entry to every log, and one line that tells the time of processor comes back.
"""

import asyncio
import re
import sys
import time
from typing import Any

from benchmarks.nodes import entry_bytes
from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.merkle import leaf_hash, root_of
from sameboat.proof.note import read_note, sign_note
from sameboat.proof.tiles import HEIGHT, WIDTH, read_tile, tile_root, write_bundle
from sameboat.proof.witness import read_request

_PATH = re.compile(r"/p/([0-9]+)/(log|witness)/(.*)")


class SmallLog:
    """One place's log, in memory; with fewer than 65,536 entries it has two levels of tiles."""

    def __init__(self, number: int) -> None:
        self.place = place_of(number)
        self.signer = make_signer(f"n{number}.example/log")
        self.witness = make_signer(f"n{number}.example/log/witness", COSIGNER)
        self.entries: list[bytes] = []
        self.leaves: list[bytes] = []
        self.note = b""

    def invitation(self, address: str) -> dict[str, str]:
        return {
            "form": "sameboat-invitation@v1", "place": self.place, "address": address,
            "key": str(self.signer.verifier), "witness": str(self.witness.verifier),
        }  # fmt: skip

    def grow(self) -> None:
        raw = entry_bytes(self.place, len(self.entries))
        self.entries.append(raw)
        self.leaves.append(leaf_hash(raw))
        text = str(Checkpoint(self.signer.name, len(self.leaves), root_of(self.leaves)))
        self.note = sign_note(text, self.signer).to_bytes()

    def file(self, path: str) -> bytes | None:
        if path == "checkpoint":
            return self.note
        tile = read_tile(path)
        first = tile.index * WIDTH
        if tile.level is None:
            return write_bundle(self.entries[first : first + tile.width])
        row = self.leaves
        for _level in range(tile.level):
            full = range(0, len(row) - WIDTH + 1, WIDTH)
            row = [tile_root(b"".join(row[each : each + WIDTH])) for each in full]
        assert tile.level < 64 // HEIGHT
        return b"".join(row[first : first + tile.width])

    def cosigned(self, body: bytes) -> bytes:
        text = read_note(read_request(body).note).text
        return f"{cosign(text, self.witness, time=int(time.time()))}\n".encode()


def place_of(number: int) -> str:
    """Return the code of the place whose log has this number."""
    return f"cn:{500_000 + number}"


class Server:
    def __init__(self, count: int) -> None:
        self.logs = [SmallLog(number) for number in range(count)]
        self.asked = self.sent = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                method, path, _version = line.decode().split()
                length = 0
                while (header := await reader.readline()) not in (b"\r\n", b""):
                    if header.lower().startswith(b"content-length:"):
                        length = int(header[15:])
                body = await reader.readexactly(length)
                status, content = self.answer(method, path, body)
                self.asked, self.sent = self.asked + 1, self.sent + len(content)
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n"
                writer.write(head.encode() + content)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def answer(self, method: str, path: str, body: bytes) -> tuple[str, bytes]:
        match = _PATH.fullmatch(path)
        found: bytes | None = None
        if match:
            own, (_number, door, rest) = self.logs[int(match[1])], match.groups()
            if door == "log" and method == "GET":
                found = own.file(rest)
            elif rest == "add-checkpoint":
                found = own.cosigned(body)
            elif rest == "hint":
                return "202 Accepted", b""
        return ("404 Not Found", b"") if found is None else ("200 OK", found)


async def serve(port: int, count: int) -> None:
    import json

    server = Server(count)
    for own in server.logs:
        own.grow()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", port)
    loop = asyncio.get_running_loop()
    lines: Any = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    address = f"http://127.0.0.1:{port}/p"
    told = [own.invitation(f"{address}/{n}") for n, own in enumerate(server.logs)]
    print(json.dumps(told), flush=True)
    while await lines.readline():
        for own in server.logs:
            own.grow()
        print(json.dumps([server.asked, server.sent, time.process_time()]), flush=True)
    listening.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
