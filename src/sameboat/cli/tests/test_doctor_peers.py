"""Why a peer does not answer: each cause with a server that has it, and the next step."""

import json
import socket
from datetime import UTC, datetime, timedelta

import pytest

from sameboat.cli.doctor_peers import Known, look_at
from sameboat.cli.tests.far_server import certificate, drips, says, server
from sameboat.cli.tests.test_log import speak
from sameboat.cli.tests.test_peers import folders, joined, nodes  # noqa: F401 (fixtures)
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog
from sameboat.lib.times import as_utc_text

US = "cn:220200"


def node_of(far, *, clock=timedelta(), place=HARBIN, follows=True, signed=True):
    """Return a way to answer as a node with this log would."""
    told = {"software": "sameboat", "version": "0.3.0", "place": place,
            "now": as_utc_text(datetime.now(UTC) + clock)}  # fmt: skip
    files = {"/version": json.dumps(told).encode()}
    if signed:
        files["/log/checkpoint"] = far.note()
    if follows:
        files[f"/log/of/{US}/checkpoint"] = b"any"

    def answer(connection, stopping, request):
        found = files.get(request.split()[1].decode("latin-1"))
        missing = says(b"", status="404 Not Found")
        (says(found) if found is not None else missing)(connection, stopping, request)

    return answer


def known(port, far, *, scheme="http", pin="", **changes):
    told = {"place": HARBIN, "address": f"{scheme}://127.0.0.1:{port}", "pin": pin,
            "verifier": str(far.signer.verifier), "entries": 5, "own_place": US, "own_size": 7,
            "cosigned": 7}  # fmt: skip
    return Known(**told | changes)


def lines(found):
    return [each.in_language("en") for each in look_at(found)]


def complaint(found):
    """Return the one complaint, the last thing said, in both languages."""
    findings = list(look_at(found))
    bad = [each for each in findings if not each.well]
    assert len(bad) == 1, findings
    assert bad[0].remedy
    assert bad[0].in_language("zh-Hans") != bad[0].in_language("en")
    return bad[0].in_language("en")


def test_of_a_peer_that_is_well_everything_is_said_and_nothing_complained_of():
    far = FarLog(5)
    with server(node_of(far)) as (port, _came):
        told = lines(known(port, far))

    assert all(each.startswith("ok ") for each in told)
    assert "0.3.0" in told[0]
    assert "clock" in told[1]
    assert "all its 5 entries" in told[2]
    assert "cosigned" in told[3]


@pytest.mark.parametrize(
    ("changes", "says_so"),
    [
        ({"clock": timedelta(seconds=150)}, "apart"),
        ({"clock": timedelta(minutes=-15)}, "is wrong"),
        ({"place": "cn:230800"}, "speaks for cn:230800"),
        ({"signed": False}, "no signed log"),
        ({"follows": False}, "does not follow our log"),
    ],
)
def test_what_a_node_tells_that_is_not_right_is_told(changes, says_so):
    far = FarLog(5)
    with server(node_of(far, **changes)) as (port, _came):
        assert says_so in complaint(known(port, far))


def test_another_key_and_a_shorter_log_are_told_and_how_far_we_are_behind():
    far, other = FarLog(5), FarLog(5)
    with server(node_of(far)) as (port, _came):
        assert "key that was joined" in complaint(known(port, other))
        assert "9 of it are here" in complaint(known(port, far, entries=9))
        assert any("3 entries of its 5" in each for each in lines(known(port, far, entries=2)))
        behind = lines(known(port, far, cosigned=4))
        assert behind[-1].startswith("ok ")
        assert "4 entries of our 7" in behind[-1]


def test_who_is_not_reached_is_told_why(tmp_path):
    far = FarLog(1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert "nothing listens" in complaint(known(port, far))
    for address, says_so in (
        ("http://node.invalid", "leads nowhere"), ("http://169.254.169.254", "no peer may be"),
    ):  # fmt: skip
        assert says_so in complaint(known(0, far, address=address))


def test_what_is_wrong_with_tls_is_told(tmp_path, monkeypatch):
    far = FarLog(1)
    files, pin = certificate(tmp_path / "theirs")
    with server(node_of(far), files) as (port, came):
        assert "another certificate" in complaint(known(port, far, scheme="https", pin="0" * 64))
        assert "no authority" in complaint(known(port, far, scheme="https"))
        assert came == []
        assert lines(known(port, far, scheme="https", pin=pin))[0].startswith("ok ")
    with server(node_of(far)) as (port, _came):
        assert "does not speak TLS" in complaint(known(port, far, scheme="https", pin=pin))
    old, _pin = certificate(tmp_path / "old", now=datetime.now(UTC) - timedelta(days=5000))
    monkeypatch.setenv("SSL_CERT_FILE", str(old.certificate))
    with server(node_of(far), old) as (port, _came):
        assert "expired" in complaint(known(port, far, address=f"https://localhost:{port}"))


@pytest.mark.parametrize(
    "answer", [says(b"<html>It works!</html>"), says(b"", status="404 Not Found"), says(b"[]"),
               says(b'{"software": "other"}'),
               lambda connection, *_rest: connection.sendall(b"x\r\n")],
)  # fmt: skip
def test_what_is_no_node_is_told_as_that(answer):
    with server(answer) as (port, _came):
        assert "no Sameboat node" in complaint(known(port, FarLog(1)))


def test_who_is_silent_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr("sameboat.cli.doctor_peers.LIMITS", {"idle": 0.3})
    with server(drips(b"", b"")) as (port, _came):
        assert "does not answer in time" in complaint(known(port, FarLog(1)))


def test_the_doctor_of_a_node_asks_its_peers_and_says_so_by_its_exit_code(joined, sameboat):  # noqa: F811
    jilin, harbin = joined
    speak(jilin.folder, 3)
    for node in joined:
        node.start()
    jilin.until(lambda: harbin.followed(jilin) == 4)
    jilin.until(lambda: b"harbin.example/log/witness" in jilin.get("/log/checkpoint").content)

    told = [each for each in harbin("doctor").stdout.splitlines() if jilin.place in each]
    assert len(told) >= 4
    assert all(each.startswith("ok ") for each in told), told
    jilin.stop()
    answer = harbin("doctor")
    assert answer.returncode == 1
    assert f"!! {jilin.place}: nothing listens" in answer.stdout
    chinese = sameboat("doctor", home=harbin.folder, SAMEBOAT_LANGUAGE="zh-Hans").stdout
    assert "没有程序" in chinese


def test_whoever_has_expelled_us_is_named_with_its_reason():
    far = FarLog(5)
    with server(node_of(far)) as (port, _came):
        told = known(port, far, expelled="It forged a receipt.")

        assert "expelled us, because: It forged a receipt." in complaint(told)
        assert not any("follows our log" in each for each in lines(told))
