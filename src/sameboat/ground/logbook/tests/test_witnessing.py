"""This node cosigns what its peers sign, and never two histories of one log."""

import pytest

from sameboat.ground.logbook.models import Cosignature, Fork, Witnessed
from sameboat.ground.logbook.tests.far_log import HARBIN, NOON, FarLog, entry, joined
from sameboat.ground.logbook.witnessing import witness
from sameboat.proof.keys import COSIGNER, make_signer
from sameboat.proof.note import read_line
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
