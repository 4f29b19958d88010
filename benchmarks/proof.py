"""Proof: hashing and proving a log of a million entries, and signing what is said of it."""

import hashlib
import json
import resource
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import peer_python, quickest
from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.merkle import (
    Peaks,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sameboat.proof.note import open_note, sign_note
from sameboat.proof.receipt import Receipt, verify_receipt
from sameboat.proof.tiles import Tile, new_tiles, read_bundle, reader, tile_above, write_bundle
from sameboat.proof.witness import Request, Seen, answer

ENTRIES, FOLLOWED, PEERS, PROOFS, SIGNED = 1_000_000, 100_000, 20_000, 10_000, 5_000
#: A usual entry of a logbook, bytes.
LENGTH = 400
#: Following a peer, 100,000 entries may take 60 s with all that reacts: hashing is little of it.
GOAL_S = 6.0


def pymerkle(size: int, proofs: int) -> dict[str, Any]:
    program = Path(__file__).parent / "peers" / "pymerkle_tree.py"
    python = peer_python("pymerkle", "pymerkle==7.0.0")
    words = [str(python), str(program), str(size), str(proofs)]
    told = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def row(name: str, unit: str, seconds: float, count: int, **more: object) -> dict[str, object]:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    unit = f"{unit}; {count / seconds:,.0f} a second"
    return {
        "name": name,
        "work_unit": unit,
        "ours_s": seconds,
        "memory": memory,
        "holds": None,
    } | more


def sha256_s(count: int, length: int) -> float:
    """Return the seconds of so many SHA-256 alone, as Python calls it."""
    text = bytes(length)
    began = time.perf_counter()
    for _turn in range(100_000):
        hashlib.sha256(text).digest()
    return (time.perf_counter() - began) * count / 100_000


def hashing() -> list[dict[str, object]]:
    entries = [b"%07d" % number + bytes(LENGTH - 7) for number in range(ENTRIES)]
    floor = sha256_s(ENTRIES, LENGTH + 1)
    leaf_s = quickest(lambda: [leaf_hash(each) for each in entries], 3)
    leaves = [leaf_hash(each) for each in entries]
    tree_s = quickest(lambda: root_of(leaves), 3)
    grow_s = quickest(lambda: Peaks().grown(leaves), 1)
    above = sha256_s(ENTRIES, 65)
    of = f"{ENTRIES:,} leaves"
    return [
        row("proof-leaves", f"{ENTRIES:,} entries of {LENGTH} bytes", leaf_s, ENTRIES,
            floor_s=floor, floor_share=floor / leaf_s),
        row("proof-tree", f"the root of {of}", tree_s, ENTRIES, floor_s=above,
            floor_share=above / tree_s),
        row("proof-append", f"{of} appended one by one", grow_s, ENTRIES, floor_s=above,
            floor_share=above / grow_s),
    ]  # fmt: skip


def following() -> list[dict[str, object]]:
    """Verify what a peer's 100,000 entries bring: bundles, leaves, the root."""
    entries = [b"%07d" % number + bytes(LENGTH - 7) for number in range(FOLLOWED)]
    parts = range(0, FOLLOWED, 256)
    bundles = [write_bundle(entries[at : at + 256]) for at in parts]
    signer = make_signer("log.example/bench")
    root = root_of(map(leaf_hash, entries))
    note = sign_note(str(Checkpoint(signer.name, FOLLOWED, root)), signer).to_bytes()

    def work() -> None:
        open_note(note, [signer.verifier])
        found: list[bytes] = []
        for at, content in zip(parts, bundles, strict=True):
            found += map(leaf_hash, read_bundle(content, min(256, FOLLOWED - at)))
        assert root_of(found) == root

    ours = quickest(work, 3)
    return [
        row("proof-follow", f"{FOLLOWED:,} entries of {LENGTH} bytes: bundles, leaves, root", ours,
            FOLLOWED, goal=f"under {GOAL_S:g} s, a tenth of what following may take",
            holds=ours < GOAL_S),
    ]  # fmt: skip


def log_in_tiles(leaves: list[bytes]) -> dict[Tile, bytes]:
    files: dict[Tile, bytes] = {}
    for tile in new_tiles(len(leaves)):
        part = range(tile.index * 256, tile.index * 256 + tile.width)
        if tile.level == 0:
            files[tile] = b"".join(leaves[part.start : part.stop])
        elif tile.level is not None:
            files[tile] = tile_above(files[Tile(tile.level - 1, each)] for each in part)
    return files


def proving() -> list[dict[str, object]]:
    leaves = [leaf_hash(b'{"entry":%d}' % number) for number in range(ENTRIES)]
    files, root = log_in_tiles(leaves), root_of(leaves)
    places = [number * 7919 % ENTRIES for number in range(PROOFS)]
    sizes = [1 + number * 7907 % ENTRIES for number in range(PROOFS)]

    def make() -> list[list[bytes]]:
        read = reader(ENTRIES, files.__getitem__, root=root)
        return [inclusion_proof(place, ENTRIES, read) for place in places]

    def make_old() -> list[list[bytes]]:
        read = reader(ENTRIES, files.__getitem__, root=root)
        return [consistency_proof(size, ENTRIES, read) for size in sizes]

    def check() -> None:
        for place, proof in zip(places, made, strict=True):
            assert verify_inclusion(leaves[place], place, ENTRIES, proof, root)

    made, made_s = make(), quickest(make, 3)
    check_s, old_s = quickest(check, 3), quickest(make_old, 3)
    old = sizes[1]
    read = reader(ENTRIES, files.__getitem__)
    proof = consistency_proof(old, ENTRIES, read)
    assert verify_consistency(old, ENTRIES, root_of(leaves[:old]), root, proof)
    cut_s = quickest(lambda: log_in_tiles(leaves), 1)
    of = f"of a log of {ENTRIES:,}"
    return [
        row("proof-tiles", f"all tiles {of}", cut_s, ENTRIES),
        row("proof-make", f"{PROOFS:,} inclusion proofs {of}, from verified tiles", made_s, PROOFS),
        row("proof-consistency", f"{PROOFS:,} consistency proofs {of}, from verified tiles", old_s,
            PROOFS),
        row("proof-check", f"{PROOFS:,} inclusion proofs {of} verified", check_s, PROOFS),
        *against_pymerkle(leaves[:PEERS]),
    ]  # fmt: skip


def against_pymerkle(leaves: list[bytes]) -> list[dict[str, object]]:
    """The same small tree as a peer's: appended, proved."""
    size, count = len(leaves), 100
    peer = pymerkle(size, count)
    places = [number * 7919 % size for number in range(count)]
    entries = [b'{"entry":%d}' % number for number in range(size)]
    files, root = log_in_tiles(leaves), root_of(leaves)
    assert root.hex() == peer["root"]

    def grow() -> None:
        assert Peaks().grown(map(leaf_hash, entries)).root == root

    read = reader(size, files.__getitem__, root=root)

    def make() -> None:
        for place in places:
            inclusion_proof(place, size, read)

    name = f"pymerkle {peer['version']}, in memory"
    rows = []
    for what, work, key, total, how in (
        ("append", grow, "built", size, "appended"),
        ("make", make, "proved", count, "proofs from tiles read before"),
    ):  # fmt: skip
        ours = quickest(work, 3)
        unit = f"{total:,} of a log of {size:,}, {how}"
        rows.append(
            row(f"proof-{what}-peer", unit, ours, total, peer=name, peer_s=peer[key],
                ratio=peer[key] / ours)
        )  # fmt: skip
    return rows


def signing() -> list[dict[str, object]]:
    signer, witness = make_signer("log.example/b"), make_signer("w.example/b", COSIGNER)
    leaves = [leaf_hash(b"%d" % number) for number in range(4)]
    text = str(Checkpoint(signer.name, 4, root_of(leaves)))
    note = sign_note(text, signer)
    both = note.with_lines([cosign(text, witness, time=1)]).to_bytes()
    keys = [signer.verifier, witness.verifier]
    files = log_in_tiles(leaves)
    read = reader(4, files.__getitem__)
    receipt = Receipt(2, tuple(inclusion_proof(2, 4, read)), both).to_bytes()
    body = Request(4, (), note.to_bytes()).to_bytes()
    seen = {signer.name: Seen(4, root_of(leaves), note.to_bytes())}

    def repeat(work: Any) -> float:
        return quickest(lambda: [work() for _turn in range(SIGNED)], 3)

    def witnessed() -> object:
        return answer(body, {signer.name: [signer.verifier]}, seen, witness, time=1)

    return [
        row("proof-sign", f"{SIGNED:,} checkpoints signed", repeat(lambda: sign_note(text, signer)),
            SIGNED),
        row("proof-open", f"{SIGNED:,} checkpoints of two signatures opened",
            repeat(lambda: open_note(both, keys)), SIGNED),
        row("proof-witness", f"{SIGNED:,} requests to a witness answered",
            repeat(witnessed), SIGNED),
        row("proof-receipt", f"{SIGNED:,} receipts verified",
            repeat(lambda: verify_receipt(receipt, b"2", keys)), SIGNED),
    ]  # fmt: skip


def proof() -> list[dict[str, object]]:
    return [*hashing(), *following(), *proving(), *signing()]


BENCHMARKS = {"proof": proof}
