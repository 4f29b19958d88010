"""Hold what `sameboat.proof` reads and writes against vectors and small logs of others.

Each function compares one file or folder of `corpora/tlog`; `tools.conformance` prints the counts,
and the tests of `proof` ask that nothing is missed.
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sameboat.proof.checkpoint import Checkpoint, read_checkpoint
from sameboat.proof.cosignature import cosign, read_cosignature, told_time
from sameboat.proof.keys import COSIGNER, LOG, Signer, Verifier, read_verifier, timed
from sameboat.proof.merkle import (
    Peaks,
    Read,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sameboat.proof.note import open_note, read_note, sign_note
from sameboat.proof.subtree import verify_subtree_consistency, verify_subtree_inclusion
from sameboat.proof.tiles import Tile, levels_of, read_bundle, read_tile, reader, tiles_of
from sameboat.proof.witness import read_request
from tools.comparing import Table


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def hashes(texts: Sequence[str] | None) -> list[bytes]:
    return [raw(each) for each in texts or ()]


def refused(work: Callable[[], object]) -> str | None:
    """Return what is said against it, None where it is taken."""
    try:
        work()
    except ValueError as problem:
        return str(problem)
    return None


def signer_of(told: str, kind: int) -> Signer:
    """Return the key of a private key as Go's note package writes it."""
    _private, _key, name, _hash, rest = told.split("+", 4)
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(raw(rest)[1:]))


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def trees(folder: Path) -> Table:
    """Proofs of transparency-dev: right ones verify, broken ones do not."""
    table = Table("merkle: inclusion, consistency, parts of trees")
    for path in sorted((folder / "merkle").rglob("*.json")):
        told = load(path)
        proof, kind = hashes(told["proof"]), path.relative_to(folder / "merkle").parts[0]
        if kind == "inclusion":
            good = verify_inclusion(
                raw(told["leafHash"]), told["leafIdx"], told["treeSize"], proof, raw(told["root"])
            )
        elif kind == "consistency":
            good = verify_consistency(
                told["size1"], told["size2"], raw(told["root1"]), raw(told["root2"]), proof
            )
        elif kind == "subtreeinclusion":
            good = verify_subtree_inclusion(
                raw(told["leafHash"]), told["leafIdx"], told["start"], told["end"], proof,
                raw(told["root"]),
            )  # fmt: skip
        else:
            good = verify_subtree_consistency(
                told["start"], told["end"], told["size"], raw(told["root1"]), raw(told["root2"]),
                proof,
            )  # fmt: skip
        name = str(path.relative_to(folder))
        table.expect(name, good != told["wantErr"], f"{told['desc']}: {good}")
    return table


def perfect_trees(leaves: Sequence[bytes]) -> Read:
    """Return the way to read perfect trees over leaf hashes, kept level by level."""
    rows = [list(leaves)]
    while len(rows[-1]) > 1:
        below = rows[-1]
        rows.append([node_hash(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)])
    return lambda level, index: rows[level][index]


def go_trees(folder: Path) -> Table:
    """Roots and proofs of Go's tlog package over "entry 0", "entry 1" …, byte for byte."""
    table = Table("Go's tlog: roots of 1 … 1100 entries, proofs, as ours")
    roots = [line.split() for line in (folder / "gomod_roots_1_1100.txt").read_text().splitlines()]
    leaves = [leaf_hash(f"entry {number}".encode()) for number in range(len(roots))]
    peaks = Peaks()
    for size, root in roots:
        peaks = peaks.grown([leaves[peaks.size]])
        same = peaks.root == root_of(leaves[: int(size)]) == raw(root)
        table.expect(f"root of {size}", same and peaks.size == int(size), peaks.root.hex())
    read = perfect_trees(leaves)
    for number, line in enumerate((folder / "gomod_proofs_40.jsonl").read_text().splitlines(), 1):
        told = json.loads(line)
        proof, size, root = hashes(told["proof"]), told["size"], raw(told["root"])
        if told["type"] == "inclusion":
            index = told["index"]
            ours = inclusion_proof(index, size, read)
            good = verify_inclusion(raw(told["leaf"]), index, size, proof, root)
        else:
            ours = consistency_proof(told["old"], size, read)
            good = verify_consistency(told["old"], size, raw(told["old_root"]), root, proof)
        table.expect(f"gomod_proofs_40.jsonl:{number}", good and ours == proof, f"{good}")
    return table


def notes(folder: Path) -> Table:
    """Signed notes and verifier keys, good and bad; a signature of ours as Go's."""
    table = Table("signed notes, verifier keys")
    for told in load(folder / "note_vectors.json"):
        name, expected = f"note_vectors.json: {told['name']}", told["expect"]
        try:
            verifiers = [read_verifier(each) for each in told["vkeys"]]
        except ValueError as problem:
            table.expect(name, expected == "bad-vkey", str(problem))
            continue
        try:
            note, signed = open_note(raw(told["note_b64"]), verifiers)
        except ValueError as problem:
            table.expect(name, expected in ("reject", "reject-or-limit"), str(problem))
            continue
        counts = told.get("verified", len(signed)) == len(signed)
        same = note.to_bytes() == raw(told["note_b64"])
        # More signatures than Go's limit are one key's, many times: we read the note.
        good = expected in ("ok", "reject-or-limit") and counts
        table.expect(name, good and (same or "101" in name), f"signed by {len(signed)}")
    told = load(folder / "note_sign_vector.json")
    note = sign_note(told["text"], signer_of(told["skey"], LOG))
    table.expect("note_sign_vector.json", note.to_bytes() == told["note"].encode(), "differs")
    return table


def checkpoints(folder: Path) -> Table:
    """Texts of checkpoints: good ones are read and written again, bad ones refused."""
    table = Table("checkpoints")
    for told in load(folder / "checkpoint_bodies.json"):
        said = refused(lambda told=told: read_checkpoint(told["body"]))
        good = (said is None) == told["valid"]
        if said is None:
            good = good and str(read_checkpoint(told["body"])) == told["body"]
        table.expect(f"checkpoint_bodies.json: {told['name']}", good, str(said))
    return table


def cosignatures(folder: Path) -> Table:
    """Cosignatures of Ed25519 verify and are ours, byte for byte; those of ML-DSA-44 are kept."""
    table = Table("cosignatures: Ed25519 as ours, ML-DSA-44 kept")
    for number, told in enumerate(load(folder / "cosignature_vectors.json")):
        log = read_verifier(told["Log_vkey"])
        note, _signed = open_note(told["Note"].encode(), [log])
        name, _hash, rest = told["Witness_vkey"].split("+", 2)
        line = next(each for each in note.lines if each.name == name)
        good = note.text == told["Checkpoint_body"] and note.to_bytes() == told["Note"].encode()
        if "0x04" in told["Type"]:
            witness = Verifier(name, COSIGNER, read_verifier(told["Witness_vkey"]).public)
            seen = read_cosignature(note.text, line, witness)
            signer = signer_of(told["Witness_skey"], COSIGNER)
            good = good and cosign(note.text, signer, time=seen.time) == line
        else:
            good = good and told_time(line, name, raw(rest)[1:]) is not None
        table.expect(f"cosignature_vectors.json: {number}", good, told["Type"])
    told = load(folder / "cosignature_spec_example.json")
    note = read_note(told["note"].encode())
    line, time = note.lines[1], told["cosignature_timestamp"]
    good = timed(time, note.text.encode()) == told["signed_message"].encode()
    good = good and int.from_bytes(line.signature[:8], "big") == time
    good = good and len(line.id + line.signature) == told["cosignature_blob_len"]
    table.expect("cosignature_spec_example.json", good and note.text == told["checkpoint"], "")
    return table


def requests(folder: Path) -> Table:
    """The specification's request to a witness is read, and written again."""
    table = Table("request to a witness")
    told = load(folder / "witness_request_example.json")["add_checkpoint_body"]
    # The example stands indented in the specification, with an empty line after it.
    body = re.sub("^    ", "", told, flags=re.M).rstrip("\n").encode() + b"\n"
    request = read_request(body)
    good = request.old == 20852014 and len(request.proof) == 4 and request.to_bytes() == body
    point = read_checkpoint(read_note(request.note).text)
    table.expect("witness_request_example.json", good and point.size == 20852163, str(request))
    return table


def paths(folder: Path) -> Table:
    """Paths of tiles and bundles, good and bad; how a log of 70,000 entries is cut."""
    table = Table("paths of tiles and bundles")
    told = load(folder / "tile_paths.json")
    for level, index, width, path in told["tile_path"]:
        tile = Tile(level, index, width or 256)
        table.expect(path, tile.path == path and read_tile(path) == tile, tile.path)
    for index, width, path in told["entries_path"]:
        tile = Tile(None, index, width or 256)
        table.expect(path, tile.path == path and read_tile(path) == tile, tile.path)
    for entry, size, path in told["entries_path_for_index_size"]:
        tile = next(tiles_of(size, None, entry // 256))
        table.expect(f"{entry} of {size}", tile.path == path, tile.path)
    for level, rest, own, index, width in told["parse_ok"]:
        tile = read_tile(f"tile/{level}/{rest}")
        table.expect(rest, tile == Tile(own, index, width or 256), tile.path)
    for level, rest in told["parse_bad"]:
        said = refused(lambda path=f"tile/{level}/{rest}": read_tile(path))
        table.expect(f"tile/{level}/{rest}", said is not None, "read")
    cut = told["partial_widths"]
    widths = [[each.width for each in tiles_of(cut["size"], level)] for level in range(3)]
    expected = [
        [256] * cut["full_l0"] + [cut["partial_l0"]],
        [256] * cut["full_l1"] + [cut["partial_l1"]], [cut["partial_l2"]],
    ]  # fmt: skip
    table.expect("70,000 entries", widths == expected and levels_of(cut["size"]) == 3, str(widths))
    return table


def bundles(folder: Path) -> Table:
    """Bundles of entries, good and bad."""
    table = Table("bundles of entries")
    for told in load(folder / "entry_bundles.json"):
        content = b"\xff\xff" + b"x" * 65_535
        if told["bundle_hex"] is not None:
            content = bytes.fromhex(told["bundle_hex"])
        widths = range(258) if told["entries"] is None else [told["entries"]]
        read = [width for width in widths if refused(partial(read_bundle, content, width)) is None]
        good = read == ([] if told["entries"] is None else [told["entries"]])
        table.expect(f"entry_bundles.json: {told['name']}", good, f"read as {read}")
    return table


def small_log(folder: Path) -> Table:
    """A log that Tessera wrote: checkpoints, tiles, bundles, and each tree within the next."""
    table = Table("a log of Tessera's")
    own = folder / "logs/tessera"
    key = read_verifier(re.findall("^vkey: (.*)$", (own / "README").read_text(), re.M)[0])
    entries = re.findall("^entries: (.*);", (own / "README").read_text(), re.M)[0].split()
    prefix, before = own / "testdata/log", Checkpoint("none", 0, root_of([]))
    for size in range(len(entries) + 1):
        note, _signed = open_note((prefix / f"checkpoint.{size}").read_bytes(), [key])
        point = read_checkpoint(note.text)
        read = reader(size, lambda tile: (prefix / tile.path).read_bytes(), root=point.root)
        found: list[bytes] = []
        for tile in tiles_of(size, None):
            found += read_bundle((prefix / tile.path).read_bytes(), tile.width)
        texts = [each.encode() for each in entries[:size]]
        good = found == texts and root_of(map(leaf_hash, found)) == point.root
        proof = consistency_proof(before.size, size, read)
        good = good and verify_consistency(before.size, size, before.root, point.root, proof)
        table.expect(f"checkpoint.{size}", good and point.size == size, str(found))
        before = point
    return table


def rekor(folder: Path) -> Table:
    """Entries of Rekor's staging log: the checkpoint is read, the entry proved."""
    table = Table("entries of Rekor's")
    for path in sorted((folder / "rekor").glob("*.sigstore.json")):
        for told in load(path)["verificationMaterial"]["tlogEntries"]:
            proof = told["inclusionProof"]
            point = read_checkpoint(read_note(proof["checkpoint"]["envelope"].encode()).text)
            leaf = leaf_hash(raw(told["canonicalizedBody"]))
            good = verify_inclusion(
                leaf, int(proof["logIndex"]), point.size, hashes(proof["hashes"]), point.root
            )
            same = point.size == int(proof["treeSize"]) and point.root == raw(proof["rootHash"])
            table.expect(path.name, good and same, str(point))
    return table


ALL = (
    trees, go_trees, notes, checkpoints, cosignatures, requests, paths, bundles, small_log, rekor,
)  # fmt: skip
