"""A whole node folder of yesterday is put back, keys and all, as real servers on loopback."""

import shutil

import pytest

from sameboat.cli.tests.test_log import speak
from sameboat.cli.tests.test_peers import folders, joined, nodes  # noqa: F401


@pytest.fixture
def put_back(joined, tmp_path):  # noqa: F811
    """Jilin as it was before it said five more things, which Harbin has; Harbin answers."""
    jilin, harbin = joined
    yesterday = tmp_path / "yesterday"
    jilin("log", "sign")
    shutil.copytree(jilin.folder, yesterday)
    speak(jilin.folder, 5)
    jilin("log", "sign")
    jilin.start()
    harbin("follow")
    jilin.stop()
    shutil.rmtree(jilin.folder)
    shutil.copytree(yesterday, jilin.folder)
    harbin.start()
    return jilin, harbin


def said(answer):
    return answer.stdout + answer.stderr


def test_nothing_is_signed_until_what_is_missing_is_taken_back(put_back):
    jilin, harbin = put_back

    refused = jilin("log", "sign")
    assert refused.returncode == 2
    assert "sameboat log recover" in said(refused)
    assert "sameboat log recover" in said(jilin("log", "status"))
    assert jilin("doctor").returncode == 1
    assert "sameboat log recover" in said(jilin("doctor"))

    back = jilin("log", "recover")

    assert back.returncode == 0, said(back)
    speak(jilin.folder, 2)
    assert jilin("log", "sign").returncode == 0
    assert "recover" not in said(jilin("log", "status"))
    jilin.start()
    harbin.until(lambda: harbin.followed(jilin) == 8)  # peer.joined, 5 and 2
    assert jilin("log", "check").returncode == 0


def test_the_worker_looks_before_it_signs_anything(put_back):
    jilin, _harbin = put_back
    speak(jilin.folder, 1)  # somebody said something before anybody noticed

    jilin("work", "--once")

    assert "1 entries signed, 1 staged" in said(jilin("log", "status"))
    refused = jilin("log", "recover")
    assert refused.returncode == 2
    assert "were said since" in said(refused)


def test_a_copy_on_a_stick_is_enough(put_back, tmp_path):
    jilin, harbin = put_back
    harbin.stop()
    harbin("export", tmp_path / "stick", "--place", "cn:220200")

    assert jilin("log", "recover").returncode == 2
    assert jilin("log", "recover", "--from", tmp_path / "stick").returncode == 0

    assert "6 entries signed, 0 staged" in said(jilin("log", "status"))
