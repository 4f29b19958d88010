"""`sameboat alert import`: files and addresses that the user gave."""

import json
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import typer
from django.conf import settings

from sameboat.cli import alert_import
from sameboat.watch.alerts.cap.tests.messages import message


class Answers(BaseHTTPRequestHandler):
    """What a far server may answer, by path."""

    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.invalid/alert.xml")
            self.end_headers()
            return
        self.send_response({"/gone": 410}.get(self.path, 200))
        self.end_headers()
        size = alert_import.MOST_BYTES + 1 if self.path == "/large" else 7
        self.wfile.write(b"<alert>"[:size].ljust(size, b" "))

    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture(scope="module")
def server():
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address_is_read(server):
    assert alert_import.read_source(f"{server}/alert.xml") == b"<alert>"


def test_a_redirect_is_shown_and_not_followed(server):
    with pytest.raises(alert_import.PointsElsewhere) as refusal:
        alert_import.fetch(f"{server}/moved")

    assert refusal.value.facts["target"] == "http://elsewhere.invalid/alert.xml"


def test_more_bytes_than_an_alert_has_are_not_taken(server):
    with pytest.raises(alert_import.TooLarge):
        alert_import.fetch(f"{server}/large")


def test_what_is_gone_is_said(server):
    with pytest.raises(alert_import.NotFetched) as refusal:
        alert_import.fetch(f"{server}/gone")

    assert "410" in refusal.value.facts["problem"]


def test_a_server_that_is_not_there_is_said():
    with pytest.raises(alert_import.NotFetched):
        alert_import.fetch("http://127.0.0.1:9/alert.xml")


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/a", "file:///etc/hostname", "http://"])
def test_only_http_and_https_are_fetched(address):
    with pytest.raises(alert_import.NotAnAddress):
        alert_import.read_source(address)


def test_a_file_is_read_to_the_byte(tmp_path):
    file = tmp_path / "alert.xml"
    file.write_bytes(b"\xef\xbb\xbf<alert/>\r\n")

    assert alert_import.read_source(str(file)) == b"\xef\xbb\xbf<alert/>\r\n"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(alert_import.NotReadable):
        alert_import.read_source(str(tmp_path / "nothing.xml"))


def test_a_file_too_large_is_not_taken(tmp_path):
    file = tmp_path / "large.xml"
    file.write_bytes(b" " * (alert_import.MOST_BYTES + 1))

    with pytest.raises(alert_import.TooLarge):
        alert_import.read_source(str(file))


@pytest.mark.django_db
def test_an_imported_file_is_kept_and_named_with_its_verdict(tmp_path, capsys):
    file = tmp_path / "alert.xml"
    file.write_bytes(b"<alert/>")

    with pytest.raises(typer.Exit) as ended:
        alert_import.import_alerts(
            [str(file), str(tmp_path / "gone.xml")], settings.HOME.folder, "json"
        )

    kept, gone = json.loads(capsys.readouterr().out)
    assert ended.value.exit_code == 2
    assert (kept["verdict"], kept["kept"]) == ("refused", sha256(b"<alert/>").hexdigest())
    assert gone["kept"] is None
    assert "gone.xml" in gone["reason"]


@pytest.mark.django_db
def test_a_feed_is_kept_itself_and_named_before_the_alerts_in_it(tmp_path, capsys):
    file = tmp_path / "feed.xml"
    raw = b"<rss><item>%s</item></rss>" % message().partition(b"\n")[2]
    file.write_bytes(raw)

    with pytest.raises(typer.Exit) as ended:
        alert_import.import_alerts([str(file)], settings.HOME.folder, "json")

    feed, alert = json.loads(capsys.readouterr().out)
    assert ended.value.exit_code == 0
    assert (feed["verdict"], feed["kept"]) == ("feed", sha256(raw).hexdigest())
    assert (alert["file"], alert["verdict"]) == (f"{file}#1", "valid")
