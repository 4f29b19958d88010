"""This node cosigns what its peers sign, and never two histories of one log."""

import pytest

from sameboat.ground.logbook.models import Cosignature, Fork, Witnessed
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.logbook.signing import KeyFolder
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined
from sameboat.ground.logbook.witnessing import keep_cosignature, witness
from sameboat.proof.cosignature import cosign
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.note import BadNote, read_line, read_note
from sameboat.proof.tests.test_witness import sent
from sameboat.proof.witness import Request

pytestmark = pytest.mark.django_db
WITNESS = make_signer("jilin.example/log/witness", COSIGNER)


def cosigned(far, old, size, proof=()):
    body = Request(old, tuple(proof), far.note(size)).to_bytes()
    return witness(request=body, signer=WITNESS, now=NOON)


def test_a_peers_tree_is_cosigned_and_recorded_before_it_is_answered():
    far = FarLog(9)
    joined(far)

    found = cosigned(far, 0, 9)

    assert found.status == 200
    assert read_line(found.body.rstrip("\n")).name == WITNESS.name
    assert Witnessed.objects.get().size == 9
    assert cosigned(far, 9, 9).status == 200
    assert cosigned(far, 0, 9).status == 409


def test_a_stranger_is_not_witnessed():
    far = FarLog(3)

    assert cosigned(far, 0, 3).status == 404
    assert witness(request=sent(0, 3), signer=WITNESS, now=NOON).status == 404
    assert not Witnessed.objects.exists()


def test_a_witness_never_signs_two_histories_and_keeps_the_proof():
    far = FarLog(9)
    joined(far)
    cosigned(far, 0, 9)
    far.entries[2] = entry(2, about=f"{HARBIN}/observation/another")

    assert cosigned(far, 9, 9).status == 422

    assert Fork.objects.count() == 1
    assert Witnessed.objects.get().size == 9
    assert not Cosignature.objects.exists()


def test_an_answer_that_tells_a_time_that_is_none_is_not_kept(tmp_path):
    far = FarLog(3)
    peer = joined(far)
    keys = KeyFolder(tmp_path)
    signer, _witness = keys.make("jilin.example/log", b"open sesame")
    begin_log(origin="cn:220200", signer=signer, now=NOON)
    point = publish(origin="cn:220200", signer=signer, keys=keys, now=NOON)
    text = read_note(bytes(point.note)).text

    for time, kept in ((2**62, False), (1_700_000_000, True)):
        body = f"{cosign(text, far.witness, time=time)}\n"
        if kept:
            keep_cosignature(point=point, peer=peer, body=body)
        else:
            with pytest.raises(BadNote):
                keep_cosignature(point=point, peer=peer, body=body)
        assert Cosignature.objects.exists() is kept
