"""Every error is a problem (RFC 9457), whatever went wrong and wherever."""

import json
from uuid import uuid4

import pytest

from sameboat.api.tests.conftest import Program
from sameboat.api.urls import api
from sameboat.watch.alerts import actions, queries
from sameboat.watch.alerts.tests.small_province import JILIN, make_content

pytestmark = pytest.mark.django_db


def problem_of(answer, status):
    assert answer.status_code == status, answer.content[:500]
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert body["status"] == status
    assert {"type", "title", "status", "detail"} <= body.keys()
    return body


def test_without_a_token_nobody_is_signed_in():
    answer = Program().get("/alerts")

    problem_of(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_unknown_token_is_nobody():
    problem_of(Program("not-a-token").get("/alerts"), 401)


def test_a_token_without_the_scope_is_refused(program_of, li):
    answer = program_of(li, "read").post("/alerts", {"place": JILIN, "content": make_content()})

    problem_of(answer, 403)


def test_a_role_that_is_missing_is_refused_by_name(program_of, sun):
    answer = program_of(sun, "alert").post("/alerts", {"place": JILIN, "content": make_content()})

    assert problem_of(answer, 403)["refusal"] == "NotAllowed"


def test_an_unknown_address_is_a_problem(program_of, li):
    problem_of(program_of(li).get("/nothing"), 404)


def test_a_wrong_method_names_the_right_ones(program_of, li):
    answer = program_of(li).put("/alerts", {})

    problem_of(answer, 405)
    assert {each.strip() for each in answer["Allow"].split(",")} == {"GET", "POST"}


def test_what_is_not_json_is_said(program_of, li):
    program = program_of(li, "alert")

    answer = program.client.post("/api/alerts", b"{", content_type="application/json")

    problem_of(answer, 400)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"null", b"[]", b'"x"', b"5"])
def test_a_body_of_another_type_is_a_problem(program_of, li, body):
    program = program_of(li, "alert")

    answer = program.client.post("/api/alerts", body, content_type="application/json")

    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b'{"revision": 1e999}', b'{"revision": NaN}', b'{"revision": -Infinity}',
        b'{"note": "\\ud800"}', b'{"\\udfff": 1}', b'{"list": [{"note": "a\\u0000b"}]}',
        b"[" * 100_000, b'{"revision": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_others_could_not_read_back_is_not_json(program_of, places, li, body):
    draft = actions.draft_alert(place=JILIN, content=make_content(), key=uuid4(), by=li, now=_now())
    program = program_of(li, "alert")

    answer = program.client.post(
        f"/api/alerts/{draft.uuid}/submit", body, content_type="application/json"
    )

    problem_of(answer, 400)


def test_a_whole_character_may_be_written_as_two_escapes(program_of, li, places):
    content = json.dumps(make_content()).replace("Stop", "Stop \\ud83d\\udea3")
    body = f'{{"place": "{JILIN}", "content": {content}}}'

    answer = program_of(li, "alert").client.post(
        "/api/alerts", body, content_type="application/json"
    )

    assert answer.status_code == 201
    assert "🚣" in answer.json()["content"]["texts"]["en-US"]["instruction"]


def test_a_form_is_not_read(program_of, li):
    answer = program_of(li, "alert").client.post("/api/alerts", {"place": JILIN})

    problem_of(answer, 415)


def test_a_wrong_field_is_named(program_of, li):
    answer = program_of(li, "alert").post("/alerts", {"place": 5, "colour": "red"})

    fields = {fault["field"] for fault in problem_of(answer, 422)["faults"]}
    assert fields == {"body.draft.place", "body.draft.colour"}


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "body.draft.kind 'rumour': is none of the allowed values. "
               "Allowed: warning · information · search_report. "
               "Choose one of them, letter for letter."),
        ("zh-CN", "body.draft.kind 'rumour': 不是可选的值。 "
                  "允许：warning · information · search_report。 请照原样选用其中一个。"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_the_readers_language(program_of, li, language, says):
    program = program_of(li, "alert", language=language)
    draft = {"place": JILIN, "content": make_content(), "kind": "rumour"}

    answer = program.post("/alerts", draft)

    (fault,) = problem_of(answer, 422)["faults"]
    assert fault == {
        "code": "literal_error", "field": "body.draft.kind", "value": "rumour", "message": says,
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_fault_of_a_query_names_what_is_allowed(program_of, li, language):
    answer = program_of(li, language=language).get("/alerts", limit=1000)

    (fault,) = problem_of(answer, 422)["faults"]
    assert "query.limit '1000'" in fault["message"]
    assert "≤ 200" in fault["message"]


def test_faults_of_the_content_are_named(program_of, li):
    content = make_content(severity="Awful")

    answer = program_of(li, "alert").post("/alerts", {"place": JILIN, "content": content})

    assert problem_of(answer, 422)["faults"][0]["field"] == "severity"


def test_a_refusal_has_its_name_and_facts(program_of, places, li):
    draft = actions.draft_alert(place=JILIN, content=make_content(), key=uuid4(), by=li, now=_now())
    program = program_of(li, "alert")

    answer = program.post(f"/alerts/{draft.uuid}/submit", {"revision": 7})

    body = problem_of(answer, 409)
    assert (body["refusal"], body["facts"]) == ("AlertHasChanged", {"seen": 7, "revision": 1})
    assert body["type"] == "urn:sameboat:problem:AlertHasChanged"


def test_problems_speak_the_readers_language(program_of, li):
    answer = program_of(li, language="zh-CN").get(f"/alerts/{uuid4()}")

    assert answer["Content-Language"] == "zh-Hans"
    problem_of(answer, 404)


def test_a_body_too_large_is_not_read(program_of, li, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = program_of(li, "alert").post("/alerts", {"place": "x" * 200})

    assert "100" in problem_of(answer, 413)["detail"]


def test_too_many_requests_are_told_to_wait(program_of, li, monkeypatch):
    monkeypatch.setattr(api.throttle[0], "per_minute", 1)
    program = program_of(li)
    program.get("/alerts")

    answer = program.get("/alerts")

    problem_of(answer, 429)
    assert int(answer["Retry-After"]) >= 1


def test_a_fault_of_ours_is_a_problem_without_its_traceback(program_of, li, monkeypatch):
    def broken(**_arguments):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(queries, "list_alerts", broken)

    body = problem_of(program_of(li).get("/alerts"), 500)

    assert "secret" not in json.dumps(body)


def test_a_session_without_its_csrf_token_changes_nothing(places, li):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(li, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.get("/api/alerts").status_code == 200
    problem_of(browser.post("/api/alerts", {"place": JILIN}, content_type="application/json"), 403)


def _now():
    from sameboat.watch.alerts.tests.small_province import NOW

    return NOW
