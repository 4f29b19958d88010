"""A log's key is changed and revoked while others follow it, as real servers on loopback."""

from sameboat.cli.tests.test_log import speak
from sameboat.cli.tests.test_peers import Node, folders, joined, nodes  # noqa: F401


def keys_of(node):
    return [line.split()[0] for line in node("log", "keys").stdout.splitlines()]


def signatures(node):
    return node.get("/log/checkpoint").text.rpartition("\n\n")[2].splitlines()


def test_a_key_is_changed_while_others_follow_and_the_old_one_revoked(joined):  # noqa: F811
    jilin, harbin = joined
    jilin.start()
    speak(jilin.folder, 3)
    harbin("follow")
    (old,) = keys_of(jilin)

    assert jilin("log", "rotate").returncode == 0
    new = keys_of(jilin)[-1]
    Node.until(lambda: len(signatures(jilin)) == 2)
    assert harbin("follow").returncode == 0
    answer = jilin("log", "revoke", old)

    assert answer.returncode == 0, answer.stdout
    speak(jilin.folder, 1)
    last = harbin.followed(jilin)
    Node.until(lambda: harbin("follow").returncode == 0 and harbin.followed(jilin) >= last + 2)
    assert "cn:220200" in harbin("log", "check").stdout
    assert jilin("log", "key").stdout.strip() == new != old
    assert not (jilin.folder / "keys" / "log.1.key").exists()
    again = jilin("log", "revoke", new)
    assert again.returncode == 2
    assert "log rotate" in again.stdout + again.stderr


def test_who_was_away_for_both_joins_again_with_the_words(joined, tmp_path):  # noqa: F811
    jilin, harbin = joined
    (old,) = keys_of(jilin)
    jilin.start()
    harbin("follow")
    for words in (("log", "rotate"), ("log", "sign"), ("log", "revoke", old), ("log", "sign")):
        answer = jilin(*words)
        assert answer.returncode == 0, answer.stdout + answer.stderr

    assert harbin("follow").returncode == 1
    file = tmp_path / "again.json"
    jilin("invite", file, "--address", jilin.address)
    refused = harbin("join", file, "--yes")
    assert refused.returncode == 2
    assert "--replace" in refused.stdout + refused.stderr
    assert harbin("join", file, "--yes", "--replace").returncode == 0

    assert harbin("follow").returncode == 0
    assert harbin.followed(jilin) == 3  # peer.joined, key.rotated, key.revoked
