"""Two nodes that speak TLS with certificates of their own, and somebody between them."""

import json
import ssl

import httpx2
import pytest

from sameboat.cli.tests.far_server import certificate, says, server
from sameboat.cli.tests.test_log import speak
from sameboat.cli.tests.test_peers import NAMES, folders, nodes  # noqa: F401 (fixtures)


@pytest.fixture
def sealed(nodes, tmp_path):  # noqa: F811
    """Jilin and Harbin, each serving TLS, each having joined the other."""
    for node in nodes:
        node.address = f"https://127.0.0.1:{node.port}"
        node.options, node.verify = ("--tls",), unchecked()
        node.start()
        file = tmp_path / f"{NAMES[node.place]}.json"
        assert node("invite", file, "--address", node.address).returncode == 0
    for node, other in zip(nodes, reversed(nodes), strict=True):
        file = tmp_path / f"{NAMES[other.place]}.json"
        answer = node("join", file, "--yes")
        assert answer.returncode == 0
        assert "its certificate is pinned" in answer.stdout
    return nodes


def unchecked():
    """A browser whose user has looked at the certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_two_nodes_follow_and_cosign_each_other_over_tls_and_nothing_answers_without(sealed):
    jilin, harbin = sealed
    speak(jilin.folder, 3)

    jilin.until(lambda: harbin.followed(jilin) == 4)
    jilin.until(lambda: b"harbin.example/log/witness" in jilin.get("/log/checkpoint").content)

    assert "its certificate is pinned" in harbin("peers").stdout
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"http://127.0.0.1:{jilin.port}/log/checkpoint", timeout=5.0)
    page = jilin.get("/accounts/login/")
    assert "Secure" in page.headers["set-cookie"]
    assert "strict-transport-security" not in page.headers
    for name in ("tls.key", "tls.crt"):
        assert (jilin.folder / "keys" / name).stat().st_mode & 0o077 == 0


def test_a_man_in_the_middle_is_refused_and_named_and_a_new_certificate_needs_new_words(
    sealed, tmp_path
):
    jilin, harbin = sealed
    harbin.stop()
    jilin.stop()
    his, _pin = certificate(tmp_path / "his")
    with server(says(), his, port=jilin.port) as (_port, came):
        answer = harbin("follow")

    assert answer.returncode == 1
    assert "another certificate" in answer.stdout
    assert jilin.address in answer.stdout
    assert came == []

    for name in ("tls.key", "tls.crt"):
        (jilin.folder / "keys" / name).unlink()
    jilin.start()
    assert "another certificate" in harbin("follow").stdout
    file = tmp_path / "jilin.json"
    old = harbin("join", file).stdout  # shown, and not confirmed
    file.unlink()
    jilin("invite", file, "--address", jilin.address)
    shown = harbin("join", file, "--yes")
    assert "another certificate was pinned" in shown.stderr + shown.stdout
    assert shown.stdout.splitlines()[0] not in old
    assert harbin("follow").returncode == 0


def test_a_certificate_is_made_once_and_never_by_accident(nodes, tmp_path):  # noqa: F811
    node = nodes[0]
    with (node.folder / "sameboat.toml").open("a") as settings:
        settings.write("tls = true\n")
    file = tmp_path / "x.json"

    for words in (
        ("serve", "--port", node.port),
        ("invite", file, "--address", "https://a.example"),
    ):
        answer = node(*words)
        assert answer.returncode == 2
        assert "serve --tls" in answer.stderr
    assert not file.exists()
    node.address, node.options, node.verify = (
        f"https://127.0.0.1:{node.port}",
        ("--tls",),
        unchecked(),
    )
    node.start()
    first = (node.folder / "keys" / "tls.crt").read_bytes()
    node.stop()
    node.options = ()
    node.start()
    assert (node.folder / "keys" / "tls.crt").read_bytes() == first
    assert node("invite", file, "--address", "https://a.example").returncode == 0
    assert len(json.loads(file.read_text())["certificate"]) == 64


def test_what_a_server_in_front_shows_can_be_pinned_instead(nodes, tmp_path):  # noqa: F811
    files, pin = certificate(tmp_path / "proxy")
    node, file = nodes[0], tmp_path / "x.json"
    words = ("invite", file, "--address", "https://a.example", "--certificate")

    assert node(*words, tmp_path / "nothing").returncode == 2
    assert node(*words, files.key).returncode == 2
    assert not file.exists()
    assert node(*words, files.certificate).returncode == 0
    assert json.loads(file.read_text())["certificate"] == pin


def test_an_address_without_tls_and_a_public_one_are_told_as_what_they_are(nodes, tmp_path):  # noqa: F811
    jilin, harbin = nodes
    for address, says_so in (
        ("http://10.1.2.3", "no TLS"),
        ("https://a.example", "public authority"),
    ):
        file = tmp_path / "x.json"
        file.unlink(missing_ok=True)
        assert jilin("invite", file, "--address", address).returncode == 0
        assert "certificate" not in json.loads(file.read_text())
        assert says_so in harbin("join", file, "--yes").stdout
        assert says_so in harbin("peers").stdout
