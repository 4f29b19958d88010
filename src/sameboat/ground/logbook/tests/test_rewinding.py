"""Old database and old keys: what a peer holds stops us if we signed it, and gives it back."""

from contextlib import suppress
from shutil import copytree, rmtree

import pytest
from django.db import transaction

from sameboat.ground.logbook.checking import check_log
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.own import open_own, rotate_own, sign_staged
from sameboat.ground.logbook.proving import export_files, newest_note
from sameboat.ground.logbook.refusals import LogRewound, SaidSince
from sameboat.ground.logbook.rewinding import note_copy, recover, rewound
from sameboat.ground.logbook.tests.far_log import NOON
from sameboat.ground.logbook.tests.test_rotating import PLACE, keys, speak  # noqa: F401
from sameboat.proof.checkpoint import Checkpoint
from sameboat.proof.keys import make_signer
from sameboat.proof.note import sign_note

pytestmark = pytest.mark.django_db


class Lost(Exception):
    """Undoes a transaction, as an old database does."""


@pytest.fixture
def restored(keys, tmp_path):  # noqa: F811
    """A node whose database and keys are of yesterday; what a peer holds of its log."""
    speak(3)
    sign_staged(now=NOON)
    copytree(keys.folder, tmp_path / "yesterday")
    held = {}
    with suppress(Lost), transaction.atomic():
        speak(4)
        sign_staged(now=NOON)
        held.update(export_files(PLACE))
        raise Lost
    rmtree(keys.folder)
    copytree(tmp_path / "yesterday", keys.folder)
    assert rewound(keys) is None
    return held


def got(held):
    return lambda path, _most: held.get(path)


def test_a_copy_that_we_signed_stops_the_signing_until_it_is_taken_back(keys, restored):  # noqa: F811
    assert note_copy(raw=restored["checkpoint"], keys=keys)
    assert note_copy(raw=restored["checkpoint"], keys=keys)
    assert (keys.head().size, rewound(keys).facts["here"]) == (7, 3)
    with pytest.raises(LogRewound):
        sign_staged(now=NOON)

    assert recover(fetch=got(restored), address="https://harbin.example", now=NOON) == 4
    assert recover(fetch=got(restored), address="https://harbin.example", now=NOON) == 0

    assert rewound(keys) is None
    speak(1)
    assert sign_staged(now=NOON).size == 8
    assert check_log(PLACE) == 8


def test_a_liar_stops_nothing(keys, restored):  # noqa: F811
    name = open_own().name
    text = str(Checkpoint(name, 999, bytes(32)))
    other = sign_note(str(Checkpoint("other.example/log", 999, bytes(32))), open_own()).to_bytes()
    for lie in (sign_note(text, make_signer(name)).to_bytes(), other, b"999\n", b""):
        assert not note_copy(raw=lie, keys=keys)

    speak(1)
    assert sign_staged(now=NOON).size == 4


def test_what_is_here_already_is_no_news(keys):  # noqa: F811
    speak(3)
    sign_staged(now=NOON)
    copy = newest_note(PLACE)
    speak(2)
    sign_staged(now=NOON)

    assert not note_copy(raw=copy, keys=keys)
    assert not note_copy(raw=newest_note(PLACE), keys=keys)


def test_what_was_said_meanwhile_is_named_and_nothing_is_overwritten(keys, restored):  # noqa: F811
    speak(2)
    rotate_own(by="operator", now=NOON)
    note_copy(raw=restored["checkpoint"], keys=keys)

    with pytest.raises(SaidSince):
        recover(fetch=got(restored), address="https://harbin.example", now=NOON)

    assert Entry.objects.count() == 6
    with pytest.raises(LogRewound):
        sign_staged(now=NOON)
