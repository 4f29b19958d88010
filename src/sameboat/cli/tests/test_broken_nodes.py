"""A node that is not whole: each command says what is wrong, and none half does its work."""

import shutil

import pytest


@pytest.fixture
def copy(node, tmp_path):
    return shutil.copytree(node, tmp_path / "node")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('zone = "Asia/Shanghai"', 'zone = "X/Y"', "X/Y is no IANA time zone"),
        ('place = "cn:220200"', 'place = "zz"', "The setting place is wrong"),
        ('place = "cn:220200"', 'nonsense = 1\nplace = "cn:220200"', "nonsense"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(sameboat, copy, old, new, says):
    settings = copy / "sameboat.toml"
    text = settings.read_text("utf-8")
    assert old in text
    settings.write_text(text.replace(old, new), "utf-8")

    answer = sameboat("doctor", home=copy)

    assert answer.returncode == 2
    assert says in answer.stderr
    assert "sameboat.toml" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("content", [None, b"no database at all " * 300])
def test_doctor_says_that_the_database_is_lost(sameboat, copy, content):
    database = copy / "node.sqlite3"
    database.unlink()
    if content:
        database.write_bytes(content)

    answer = sameboat("doctor", home=copy)

    assert answer.returncode == 1
    assert "!! the database cannot be read" in answer.stdout
    assert database.exists() == bool(content)


def test_an_account_whose_role_is_refused_is_not_made(sameboat, copy):
    refused = sameboat("user", "add", "chen", "--role", "boss", home=copy)
    again = sameboat("user", "add", "chen", "--role", "viewer", home=copy)

    assert refused.returncode == 2
    assert again.returncode == 0


def test_nobody_signs_in_without_a_name(sameboat, copy):
    answer = sameboat("user", "add", "", home=copy)

    assert answer.returncode == 2
    assert "no name to sign in with" in answer.stderr


def test_a_node_is_not_made_of_a_file_nor_in_an_unknown_language(sameboat, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")

    of_a_file = sameboat("init", file, "--place", "cn:220200")
    in_french = sameboat("init", tmp_path / "new", "--place", "cn:220200", "--language", "fr")

    assert (of_a_file.returncode, file.read_text()) == (2, "mine")
    assert in_french.returncode == 2
    assert not (tmp_path / "new").exists()


def test_an_address_of_another_machine_is_not_called_taken(sameboat, copy):
    answer = sameboat("serve", "--host", "203.0.113.9", "--port", "8143", home=copy)

    assert answer.returncode == 2
    assert "Name an address of this machine" in answer.stderr


def test_serving_without_a_readable_database_points_to_the_doctor(sameboat, copy):
    (copy / "node.sqlite3").write_bytes(b"no database at all " * 300)

    answer = sameboat("serve", "--port", "8144", home=copy)

    assert answer.returncode == 2
    assert "sameboat doctor" in answer.stderr
    assert "Traceback" not in answer.stderr
