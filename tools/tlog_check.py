"""Let an independent program in Go judge what `sameboat.proof` writes and answers.

`tlogcheck` (../shared/tools/tlogcheck, on golang.org/x/mod's note and tlog) reads static logs that
our code wrote, and plays a log against our witness on the loopback.  It is built where `go` and the
Debian package golang-golang-x-mod-dev are installed, or given with `--tlogcheck`.
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import COSIGNER, Signer, Verifier, make_signer, read_verifier
from sameboat.proof.merkle import leaf_hash, root_of
from sameboat.proof.note import sign_note
from sameboat.proof.tiles import Tile, new_tiles, tile_above, write_bundle
from sameboat.proof.witness import MOST_BYTES, Seen, answer, log_id, origin_of
from tools.comparing import Table

GO_MODULES = Path("/usr/share/gocode")
#: Sizes at which tiles begin, are full, and reach another level; the last has three.
SIZES = (0, 1, 2, 255, 256, 257, 1000, 65_536, 70_000)
LINE = re.compile(r"^(PASS|FAIL) (.*)$", re.M)


def build(source: Path, into: Path) -> Path | str:
    """Return the program, built, or why it cannot be."""
    go = shutil.which("go")
    if go is None:
        return "go is not installed"
    if not (GO_MODULES / "src/golang.org/x/mod").is_dir():
        return "golang-golang-x-mod-dev is not installed"
    shutil.copy(source / "main.go", into)
    program = into / "tlogcheck"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_MODULES)}
    command = [go, "build", "-o", program, "."]
    subprocess.run(command, cwd=into, env=environment, check=True)
    return program


def write_log(folder: Path, signer: Signer, witness: Signer, size: int, *, since: int = 0) -> bytes:
    """Write a log of so many entries as static files, beside what was there at an earlier size."""
    entries = [f'{{"entry":{number}}}'.encode() for number in range(size)]
    leaves = [leaf_hash(each) for each in entries]
    for tile in new_tiles(size, since=since):
        part = slice(tile.index * 256, tile.index * 256 + tile.width)
        if tile.level is None:
            content = write_bundle(entries[part])
        elif tile.level == 0:
            content = b"".join(leaves[part])
        else:
            below = (Tile(tile.level - 1, index) for index in range(part.start, part.stop))
            content = tile_above((folder / each.path).read_bytes() for each in below)
        path = folder / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    note = sign_note(str(Checkpoint(signer.name, size, root_of(leaves))), signer)
    note = note.with_lines([cosign(note.text, witness, time=1_700_000_000 + size)])
    (folder / "checkpoint").write_bytes(note.to_bytes())
    return note.to_bytes()


def judge_logs(program: Path) -> Table:
    """Logs of several sizes, each grown from the one before, cosigned once."""
    table = Table("tlogcheck log: static logs that we wrote")
    signer = make_signer("log.example/conformance")
    witness = make_signer("witness.example/conformance", COSIGNER)
    with tempfile.TemporaryDirectory() as name:
        folder, before = Path(name) / "log", Path(name) / "before"
        folder.mkdir()
        since = 0
        for size in SIZES:
            note = write_log(folder, signer, witness, size, since=since)
            words = ["log", "-url", str(folder), "-vkey", str(signer.verifier),
                     "-witness", str(witness.verifier), "-quorum", "1"]  # fmt: skip
            take(table, program, [*words, *(["-old", str(before)] if since else [])], f"{size}: ")
            before.write_bytes(note)
            since = size
    return table


def judge_witness(program: Path) -> Table:
    """Our witness, asked all that the program knows to ask."""
    table = Table("tlogcheck witness: what our witness answers")
    signer = make_signer("harbin.example/witness", COSIGNER)
    made = subprocess.run(
        [program, "keygen", "log.example/asked"], check=True, capture_output=True, text=True
    )
    private, public = made.stdout.split()
    with tempfile.TemporaryDirectory() as name, serving(signer, read_verifier(public)) as url:
        key = Path(name) / "key"
        key.write_text(private)
        words = ["witness", "-url", url, "-monitor", url, "-log-skey", str(key)]
        take(table, program, [*words, "-vkey", str(signer.verifier)], "")
    return table


def take(table: Table, program: Path, words: list[str], name: str) -> None:
    """Put what the program said into a table."""
    said = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    for verdict, text in LINE.findall(said.stdout):
        table.expect(name + text, verdict == "PASS", "it says")
    table.expect(f"{name}result", said.returncode == 0, said.stdout[-200:] + said.stderr[-200:])


@contextmanager
def serving(signer: Signer, log: Verifier) -> Iterator[str]:
    """Serve the witness of one log on the loopback, as the pure functions answer."""
    recorded: dict[str, Seen] = {}
    shown: dict[str, bytes] = {}
    lock = threading.Lock()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            if length > MOST_BYTES:
                self.close_connection = True
                return self.tell(413, b"too long\n")
            body = self.rfile.read(length)
            # The look at the old tree and the record of the new are one step.
            with lock:
                found = answer(body, {log.name: [log]}, recorded, signer, time=int(time.time()))
                origin = origin_of(body)
                if found.seen is not None and origin is not None:
                    recorded[origin] = found.seen
                    path = f"/{log_id(origin)}/checkpoint"
                    shown[path] = found.seen.note + found.body.encode()
            return self.tell(found.status, found.body.encode(), found.content_type)

        def do_GET(self) -> None:
            text = shown.get(self.path)
            return self.tell(404, b"not here\n") if text is None else self.tell(200, text)

        def tell(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing of each request."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
