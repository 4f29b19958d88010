"""Who is given what was said under a compact: its members and its body, and nobody else, always."""

from importlib import import_module

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.books.compacts.queries import audience_of
from sameboat.books.compacts.terms import read_terms
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.bodies import NotForYou, give_body
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.tests.far_log import NOON, entry, joined, log_of
from sameboat.ground.logbook.tests.test_bodies import asked_by

pytestmark = pytest.mark.django_db
JILIN = "cn:220200"
PLACES = ["cn:230100", "cn:230800", "cn:231200", "cn:220700", "org:songhua-joint"]


@st.composite
def topologies(draw):
    """A compact among any of five places: who signs it, who leaves it, whose log is read when."""
    members = draw(st.sets(st.sampled_from(PLACES[:4]), min_size=2))
    body = draw(st.sampled_from(["", PLACES[4]]))
    required = members | ({body} if body else set())
    missing = draw(st.sets(st.sampled_from(PLACES), max_size=1))
    strangers = draw(st.sets(st.sampled_from(PLACES), max_size=2))
    left = draw(st.sets(st.sampled_from(PLACES), max_size=2))
    return {
        "owner": draw(st.sampled_from(sorted(required))), "members": members, "body": body,
        "signed": (required - missing) | strangers, "left": left,
        "order": draw(st.permutations(PLACES)),
    }  # fmt: skip


def expected(story):
    """Say who must be given it, without the code that is under test."""
    required = story["members"] | ({story["body"]} if story["body"] else set())
    if not required <= story["signed"] or len(story["members"] - story["left"]) < 2:
        return set()
    return required - story["left"]


def told(logs, story):
    """Let each place say its part in its own log; return the compact's address."""
    owner = story["owner"]
    about = f"{owner}/compact/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a12"
    terms = read_terms(
        {"names": {"en": "x"}, "purpose": {"en": "x"}, "members": sorted(story["members"]),
         "coordinating_body": story["body"], "led_from": "beside", "amends": ""}
    )  # fmt: skip
    proposal = f"{owner}/entry/0"
    said = {"about": about, "after": [proposal]}

    def speak(place, kind, body, **more):
        logs[place].entries.append(entry(0, kind=kind, place=place, body=body, **said | more))

    speak(owner, "compact.proposed", terms.as_dict() | {"key": "k"}, after=[])
    for place in sorted(story["signed"]):
        speak(place, "compact.signed", {"proposal": proposal, "digest": terms.digest})
    for place in sorted(story["left"]):
        speak(place, "compact.left", {"proposal": proposal})
    return about


@settings(deadline=None, max_examples=40)
@given(topologies())
def test_what_is_said_under_a_compact_is_given_to_its_members_and_to_nobody_else(story):
    import_module("sameboat.books.compacts.reactions")
    with transaction.atomic():
        logs = {place: log_of(place) for place in PLACES}
        peers = {place: joined(logs[place], place=place) for place in PLACES}
        about = told(logs, story)
        for place in story["order"]:
            follow(peer=peers[place], fetch=logs[place].fetch, now=NOON)
            deliver(now=NOON)
        deliver(now=NOON)

        audience = audience_of(about)
        said = say(
            kind="alert.issued", place=JILIN, about=f"{JILIN}/alert/1", body={"text": "members"},
            audience=audience, by="worker", now=NOON,
        )  # fmt: skip
        given_to = set()
        for place in PLACES:
            try:
                give_body(request=asked_by(logs[place], said, place=place), now=NOON)
                given_to.add(place)
            except NotForYou:
                pass

        assert given_to == set(audience) == expected(story)
        transaction.set_rollback(True)
