"""Every address of the node, asked by everybody: what is not for them is in no answer.

One entry with a body that is for nobody, one for a named place and one for everyone, and a draft of
an alert, each with a word of its own; every address that Django knows and those that are answered
before it, filled with what belongs to these; everybody from a stranger to an administrator.
"""

import re
from base64 import b64encode
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sameboat.console.tests.conftest import AREAS, BACKEND, NOON
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.own import key_folder
from sameboat.ground.logbook.publishing import begin_log, publish
from sameboat.ground.people.actions import OPERATOR, make_token
from sameboat.ground.places.tests.small_pack import LOWER, UPPER
from sameboat.watch.alerts import actions as alerts
from sameboat.watch.alerts.tests.small_province import make_content

pytestmark = pytest.mark.django_db
NOBODY, NAMED, DRAFT = "word-for-nobody", "word-for-a-named-place", "word-of-a-draft"
EVERYONE = "word-for-everyone"
SECRETS = (NOBODY, NAMED, DRAFT)
ROLES = ("viewer", "duty_officer", "approver", "administrator")
FILES = [
    "/log/checkpoint", "/log/body", "/witness/hint", "/witness/add-checkpoint", "/events",
    *(f"/log/{of}tile/{tile}" for of in ("", f"of/{settings.PLACE}/", f"of/{LOWER}/")
      for tile in ("0/000.p/{n}", "entries/000.p/{n}", "entries/000", "1/000.p/1")),
]  # fmt: skip


def patterns(resolver, before=""):
    """Yield every route of the node as Django writes it."""
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        elif isinstance(each, URLPattern):
            yield route


def filled(route, known):
    """Return the addresses that a route stands for, with everything that could be meant."""
    route = re.sub(r"^\^|\$$|\\Z", "", route.replace("^", ""))
    found = [route]
    for name in re.findall(r"<(?:\w+:)?(\w+)>", route):
        hole = re.compile(rf"<(?:\w+:)?{name}>")
        values = known.get(name, [str(uuid4()), "x", "0"])
        found = [hole.sub(lambda _m, v=value: v, each, count=1)
                 for each in found for value in values]  # fmt: skip
    return [f"/{each}" for each in found if not re.search(r"[()?*]", each)]


@pytest.fixture
def told(settings, db, wang, now, tmp_path):
    """Say it all and sign it; return what belongs into the holes of addresses."""
    settings.LOG_KEYS = tmp_path
    settings.ALLOWED_HOSTS = ["testserver"]
    place = settings.PLACE
    assert place == UPPER
    common = {"place": place, "by": "worker", "now": NOON}
    entries = [
        say(kind="observation.recorded", about=f"{place}/observation/{number}",
            body={"words": word}, audience=audience, **common)
        for number, (word, audience) in enumerate(
            ((EVERYONE, ["*"]), (NOBODY, []), (NAMED, [LOWER])))
    ]  # fmt: skip
    texts = make_content()["texts"]
    texts["en-US"]["headline"] = texts["zh-CN"]["headline"] = DRAFT
    draft = alerts.draft_alert(
        place=place, content=make_content(areas=AREAS, texts=texts), key=uuid4(), by=wang, now=NOON
    )
    signer, _witness = key_folder().make("jilin.example/log", b"open sesame")
    begin_log(origin=place, signer=signer, now=NOON)
    point = publish(origin=place, signer=signer, keys=key_folder(), now=NOON)
    return {
        "n": point.size, "entries": entries, "draft": draft,
        "known": {
            "uuid": [str(draft.uuid)], "origin": [place, LOWER], "code": [place, LOWER],
            "index": [str(each.index) for each in entries], "form": ["json", "csv", "xml"],
            "deed": ["submit", "issue", "return"], "digest": [entries[1].digest or "0" * 64],
            "hazard": ["flood"], "identifier": [str(draft.uuid)], "place": [place, LOWER],
        },
    }  # fmt: skip


def addresses(told):
    """Return every address there is, filled; without those that end the session."""
    routes = [route for route in patterns(get_resolver()) if "logout" not in route]
    found = [each for route in routes for each in filled(route, told["known"])]
    files = [each.format(n=told["n"]) for each in FILES]
    return [*dict.fromkeys([*files, *found])]


def browsers(person):
    """Return how somebody asks: signed in, and by a token that may all."""
    if person is None:
        return [Client(headers={"accept-language": "en"})]
    signed_in = Client(headers={"accept-language": "en"})
    signed_in.force_login(person, BACKEND)
    _token, secret = make_token(
        person=person, name="all", scopes=["read", "forecast", "alert"], by=OPERATOR, now=NOON
    )
    by_token = Client(headers={"authorization": f"Bearer {secret}"})
    return [signed_in, by_token]


def words_read(person, told, methods=("get",)):
    """Return which of the words somebody can read anywhere, with the address of each."""
    found = {}
    for browser in browsers(person):
        browser.raise_request_exception = False
        for address in addresses(told):
            for method in methods:
                answer = getattr(browser, method)(address)
                content = b"".join(answer) if answer.streaming else answer.content
                whole = content + str(dict(answer.headers)).encode()
                for word in (*SECRETS, EVERYONE):
                    if any(form in whole for form in forms_of(word)):
                        found.setdefault(word, f"{method} {address}")
    return found


def forms_of(word):
    """Return a word as it is, and the middle of it as it stands in base64, wherever it begins."""
    shifted = (b64encode(b"." * shift + word.encode())[4:-4] for shift in range(3))
    return [word.encode(), *shifted]


def test_the_walk_reaches_what_matters(told):
    found = addresses(told)

    assert len(found) > 100
    for part in ("/api/entries", "/api/alerts", "/alerts/feed.xml", "/log/cn:220200/1/receipt",
                 "/forecasts/", "/accounts/login/", "/log/tile/entries/000.p/"):  # fmt: skip
        assert any(part in each for each in found), part


def test_a_stranger_reads_what_is_for_everyone_and_nothing_else(told):
    assert set(words_read(None, told, ("get", "post", "put", "delete"))) == {EVERYONE}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_whoever_has_no_role_here_reads_nothing_that_is_not_for_everyone(told, add_person, role):
    person = add_person("far", 70, *(((role, LOWER),) if role else ()))

    methods = ("get", "post", "put", "delete") if role == "administrator" else ("get",)
    found = words_read(person, told, methods)

    assert not set(found) & set(SECRETS), found
    assert EVERYONE in found


@pytest.mark.parametrize("role", ROLES)
def test_whoever_has_a_role_here_reads_what_was_said_here(told, add_person, role):
    found = words_read(add_person("near", 71, (role, UPPER)), told)

    assert set(found) == {EVERYONE, *SECRETS}
