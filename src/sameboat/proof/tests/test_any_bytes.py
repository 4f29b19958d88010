"""Whatever comes in is read, or refused by the one family of errors: nothing else ever gets out."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.proof.checkpoint import read_checkpoint
from sameboat.proof.cosignature import cosignatures_of
from sameboat.proof.faults import BadProof
from sameboat.proof.keys import COSIGNER, LOG, lock, read_verifier, unlock
from sameboat.proof.note import open_note, read_line, read_note
from sameboat.proof.policy import read_policy
from sameboat.proof.receipt import Receipt, verify_receipt
from sameboat.proof.tests.seeded import signer
from sameboat.proof.tests.test_receipts import policy, receipt
from sameboat.proof.tests.test_witness import WITNESS, asked, noted, seen, sent
from sameboat.proof.tiles import read_bundle, read_tile, reader, write_bundle
from sameboat.proof.witness import origin_of

OWN = signer("log.example/jilin")
LOCKED = lock(OWN, b"x", cost=10)


def text_of(raw):
    return raw.decode("utf-8", "surrogateescape")


def look_at_tiles(raw):
    read = reader(300, lambda _tile: raw, root=bytes(32))
    read(0, 0)


#: what reads -> something that it reads
READERS = {
    "note": (read_note, noted(9)),
    "signed note": (lambda raw: open_note(raw, [OWN.verifier, WITNESS.verifier]), noted(9)),
    "cosignatures": (
        lambda raw: cosignatures_of(read_note(raw), [WITNESS.verifier]), receipt().note
    ),
    "line": (lambda raw: read_line(text_of(raw)), b"\xe2\x80\x94 a AAAAAAA="),
    "checkpoint": (lambda raw: read_checkpoint(text_of(raw)), noted(9).split(b"\n\n")[0] + b"\n"),
    "key": (lambda raw: read_verifier(text_of(raw)), str(OWN.verifier).encode()),
    "policy": (read_policy, str(policy()).encode()),
    "path": (lambda raw: read_tile(text_of(raw)), b"tile/0/x001/x234/067.p/8"),
    "bundle": (lambda raw: read_bundle(raw, 3), write_bundle([b"a", b"", b"ccc"])),
    "tiles": (look_at_tiles, bytes(44 * 32)),
    "receipt": (
        lambda raw: verify_receipt(raw, b"3", [OWN.verifier], policy()), receipt().to_bytes()
    ),
}  # fmt: skip


def changed(data, good):
    """Return bytes from nowhere, or good ones with parts cut out, doubled or put in."""
    if data.draw(st.booleans()):
        return data.draw(st.binary(max_size=300))
    found = good
    for _turn in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(found)))
        last = data.draw(st.integers(first, len(found)))
        odd = data.draw(
            st.sampled_from(
                [b"", b"\n", b"\n\n", b" ", b"+", b"\0", b"\xff", found[first:last] * 2]
            )
            | st.binary(max_size=8)
        )
        found = found[:first] + odd + found[last:]
    return found


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_whatever_comes_in_is_read_or_refused_by_its_name(name, data):
    read, good = READERS[name]

    with suppress(BadProof):
        read(changed(data, good))


@pytest.mark.parametrize("name", [name for name in READERS if name != "tiles"])
def test_what_is_good_is_read(name):
    read, good = READERS[name]

    read(good)


@given(data=st.data())
def test_whatever_is_sent_to_a_witness_is_answered(data):
    body = changed(data, sent(5, 9))
    found = asked(body, seen(5))

    assert found.status in (200, 400, 403, 404, 409, 422)
    assert (found.seen is None) == (found.status != 200)
    assert found.fork is None
    assert found.status == 400 or origin_of(body) is not None


@given(data=st.data())
def test_whatever_is_said_to_be_a_locked_key_opens_or_does_not(data):
    body = data.draw(st.binary(max_size=200)) if data.draw(st.booleans()) else LOCKED
    kind = data.draw(st.sampled_from([LOG, COSIGNER]))

    with suppress(BadProof):
        assert unlock(body, b"x", name=OWN.name, kind=kind).verifier == OWN.verifier


@given(st.integers(), st.lists(st.binary(max_size=40), max_size=70), st.binary(max_size=60))
def test_a_receipt_put_together_wrongly_proves_nothing(index, proof, note):
    with pytest.raises(BadProof):
        verify_receipt(Receipt(index, tuple(proof), note), b"3", [OWN.verifier])
