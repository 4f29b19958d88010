import io
import json
import shutil
import socket
import sqlite3
import stat
import tarfile

import pytest


@pytest.fixture
def copy(node, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(node, folder)
    return folder


def rows(folder, table):
    with sqlite3.connect(folder / "node.sqlite3") as database:
        return database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def test_a_node_is_one_private_folder(node):
    assert stat.S_IMODE(node.stat().st_mode) == 0o700
    for key in ("secret_key", "mfa_key"):
        assert stat.S_IMODE((node / "keys" / key).stat().st_mode) == 0o600
    assert 'place = "cn:220200"' in (node / "sameboat.toml").read_text("utf-8")


@pytest.mark.parametrize("place", ["cn:220200", "cn:230100"])
def test_making_a_node_again_keeps_its_keys_settings_and_place(copy, sameboat, place):
    before = (copy / "keys" / "secret_key").read_bytes(), (copy / "sameboat.toml").read_bytes()

    answer = sameboat("init", copy, "--place", place)

    assert answer.returncode == (0 if place == "cn:220200" else 2)
    assert ("already a node for cn:220200; nothing was changed" in answer.stderr) == (
        place == "cn:230100"
    )
    assert ((copy / "keys" / "secret_key").read_bytes(),
            (copy / "sameboat.toml").read_bytes()) == before  # fmt: skip


def test_an_interrupted_init_is_finished_by_the_next(copy, sameboat):
    (copy / "node.sqlite3").unlink()
    (copy / "keys" / "mfa_key").unlink()

    assert sameboat("init", copy, "--place", "cn:220200").returncode == 0

    assert (copy / "keys" / "mfa_key").exists()
    assert rows(copy, "places_place") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--place", "Jilin"), "not a place code"),
        (("--place", "cn:220200", "--zone", "Asia/Nowhere"), "not an IANA time zone"),
    ],
)
def test_a_wrong_place_or_zone_is_refused_and_nothing_is_made(sameboat, tmp_path, words, said):
    answer = sameboat("init", tmp_path / "new", *words)

    assert answer.returncode == 2
    assert said in answer.stderr
    assert not (tmp_path / "new").exists()


def test_a_place_in_no_pack_is_taken_and_said(sameboat, tmp_path):
    odd = sameboat("init", tmp_path / "odd", "--place", "cn:999999")

    assert odd.returncode == 0
    assert "no region pack that comes with the program has cn:999999" in odd.stderr


def test_a_folder_with_other_things_is_left_alone(sameboat, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")

    answer = sameboat("init", tmp_path, "--place", "cn:220200")

    assert answer.returncode == 2
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("# ours\nplace = ", "Mend line 2 of"), ('place = "cn:220200"\ncolour = "red"\n', "colour")],
)
def test_broken_settings_name_the_file_and_the_field(copy, sameboat, text, said):
    (copy / "sameboat.toml").write_text(text)

    answer = sameboat("doctor", home=copy)

    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_environment_wins_over_the_file(copy, sameboat):
    answer = sameboat("doctor", home=copy, SAMEBOAT_PLACE="cn:230100")

    assert "cn:230100" in answer.stdout


def test_without_a_home_the_next_step_is_told(sameboat):
    answer = sameboat("doctor")

    assert answer.returncode == 2
    assert "--home" in answer.stderr


def test_refusals_are_told_in_the_reader_s_language(sameboat):
    answer = sameboat("--language", "zh-Hans", "doctor")

    assert "节点" in answer.stderr


def test_a_healthy_node_has_nothing_to_mend(node, sameboat):
    answer = sameboat("doctor", home=node)

    assert answer.returncode == 0, answer.stdout
    assert "!!" not in answer.stdout


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(copy, sameboat):
    (copy / "keys" / "mfa_key").chmod(0o644)
    (copy / "keys" / "secret_key").unlink()

    answer = sameboat("doctor", home=copy)

    assert answer.returncode == 1
    assert "chmod 600" in answer.stdout
    assert "secret_key is missing" in answer.stdout


def test_a_backup_restores_to_the_same_node(copy, sameboat, tmp_path):
    (copy / "raw" / "ab").write_bytes(b"members")
    (copy / "policy.txt").write_text("quorum none\n")
    with (copy / "sameboat.toml").open("a") as settings:
        settings.write('policy = "policy.txt"\n')
    file, folder = tmp_path / "node.tar.gz", tmp_path / "restored"

    saved = sameboat("backup", file, home=copy)
    restored = sameboat("restore", file, folder)

    assert (saved.returncode, restored.returncode) == (0, 0), saved.stderr + restored.stderr
    for table in ("places_place", "places_placeversion", "django_migrations"):
        assert rows(folder, table) == rows(copy, table)
    assert (folder / "raw" / "ab").read_bytes() == b"members"
    assert (folder / "policy.txt").read_text() == "quorum none\n"
    assert sameboat("doctor", home=folder).returncode == 0


def test_keys_are_in_a_backup_only_when_asked_for(node, sameboat, tmp_path):
    sameboat("backup", tmp_path / "plain.tar.gz", home=node)
    sameboat("backup", tmp_path / "whole.tar.gz", "--with-keys", home=node)

    with (
        tarfile.open(tmp_path / "plain.tar.gz") as plain,
        tarfile.open(tmp_path / "whole.tar.gz") as whole,
    ):
        assert not any(name.startswith("keys/") for name in plain.getnames())
        assert "keys/mfa_key" in whole.getnames()
    assert stat.S_IMODE((tmp_path / "whole.tar.gz").stat().st_mode) == 0o600


def test_a_backup_lets_nobody_in_as_somebody(copy, sameboat, tmp_path):
    with sqlite3.connect(copy / "node.sqlite3") as database:
        database.execute(
            "INSERT INTO django_session VALUES ('thekeyofalivesession', 'x', '2099-01-01')"
        )
    file = tmp_path / "node.tar.gz"

    sameboat("backup", file, home=copy)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        assert b"thekeyofalivesession" not in archive.extractfile("node.sqlite3").read()
    assert len(rows(copy, "django_session")) == 1


def _packed(file, manifest, **members):
    with tarfile.open(file, "w:gz") as archive:
        for name, content in {"manifest.json": json.dumps(manifest).encode(), **members}.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize(
    ("files", "members"),
    [
        ({}, {"../outside": b"x"}), ({}, {"/tmp/outside": b"x"}), ({}, {"keys/secret_key": b"x"}),
        ({"/dev/zero": "0"}, {}), ({"../node.sqlite3": "0"}, {}), ({"raw": "0"}, {"raw": "."}),
        ({"raw": "0"}, {"raw": "/etc"}), ([], {}), (None, {}),
    ],
)  # fmt: skip
def test_a_backup_with_other_files_than_it_lists_is_refused(sameboat, tmp_path, files, members):
    _packed(tmp_path / "node.tar.gz", {"format": 1, "files": files}, **members)

    answer = sameboat("restore", tmp_path / "node.tar.gz", tmp_path / "restored")

    assert answer.returncode == 2, answer.stderr
    assert "not a whole backup" in answer.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["node.tar.gz"]


def test_a_backup_taken_while_others_write_is_of_one_moment(copy, sameboat, tmp_path):
    with sqlite3.connect(copy / "node.sqlite3") as writer:
        writer.execute("INSERT INTO places_place (code) VALUES ('cn:990000')")
        answer = sameboat("backup", tmp_path / "node.tar.gz", home=copy)
        writer.rollback()

    assert answer.returncode == 0, answer.stderr
    sameboat("restore", tmp_path / "node.tar.gz", tmp_path / "restored")
    assert "cn:990000" not in str(rows(tmp_path / "restored", "places_place"))


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(node, sameboat, tmp_path):
    answer = sameboat("backup", tmp_path / "no" / "such" / "folder.tar.gz", home=node)

    assert answer.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_backup_is_refused_before_anything_is_kept(node, sameboat, tmp_path):
    file = tmp_path / "node.tar.gz"
    sameboat("backup", file, home=node)
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path / "open")
    manifest = json.loads((tmp_path / "open" / "manifest.json").read_text())
    (tmp_path / "open" / "sameboat.toml").write_text("place = 'cn:230100'\n")
    with tarfile.open(file, "w:gz") as archive:
        for name in [*manifest["files"], "manifest.json"]:
            archive.add(tmp_path / "open" / name, name)

    answer = sameboat("restore", file, tmp_path / "restored")

    assert answer.returncode == 2
    assert "sameboat.toml" in answer.stderr
    assert not (tmp_path / "restored").exists()


def test_a_backup_with_a_name_that_leads_outside_is_refused(sameboat, tmp_path):
    (tmp_path / "letter").write_text("dear city")
    with tarfile.open(tmp_path / "node.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "letter", "../outside")

    answer = sameboat("restore", tmp_path / "node.tar.gz", tmp_path / "deep" / "restored")

    assert answer.returncode == 2
    assert "outside does not belong" in answer.stderr
    assert list((tmp_path / "deep").iterdir()) == []


def test_restoring_over_a_node_is_refused(node, sameboat, tmp_path):
    sameboat("backup", tmp_path / "node.tar.gz", home=node)

    answer = sameboat("restore", tmp_path / "node.tar.gz", node)

    assert answer.returncode == 2
    assert "not empty" in answer.stderr


def test_an_upgrade_backs_up_first(copy, sameboat):
    answer = sameboat("upgrade", home=copy)

    assert answer.returncode == 0, answer.stderr
    assert len(list((copy / "backups").glob("*.tar.gz"))) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["upgrade"],
        ["init", "HOME", "--place", "cn:220200"],
        ["region", "load", "regions/haihe"],
        ["user", "add", "zhao"],
        ["work", "--once"],
        ["alert", "import", "README.md"],
    ],
)
def test_a_database_newer_than_the_program_is_refused(copy, sameboat, words):
    with sqlite3.connect(copy / "node.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('alerts', '0099_from_the_future', '2030-01-01')"
        )
    database.close()

    answer = sameboat(*(copy if word == "HOME" else word for word in words), home=copy)

    assert answer.returncode == 2
    assert "alerts.0099_from_the_future" in answer.stderr
    assert not (copy / "backups").exists()


def test_a_demo_stays_on_loopback(copy, sameboat):
    text = (copy / "sameboat.toml").read_text("utf-8")
    (copy / "sameboat.toml").write_text("demo = true\n" + text)

    answer = sameboat("serve", "--host", "0.0.0.0", "--port", "8399", home=copy)

    assert answer.returncode == 2
    assert "loopback" in answer.stderr


def test_a_taken_port_is_named(node, sameboat):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = sameboat("serve", "--port", port, home=node)

    assert answer.returncode == 2
    assert str(port) in answer.stderr


def test_accounts_are_opened_listed_and_given_roles(copy, sameboat):
    added = sameboat("user", "add", "wang", "--role", "duty_officer", home=copy)
    sameboat("user", "role", "wang", "viewer", "cn:220000", home=copy)
    token = sameboat("user", "token", "wang", "gauge", "--scope", "read", home=copy)
    listed = sameboat("user", "list", home=copy)

    assert len(added.stdout.strip()) >= 12
    assert token.stdout.startswith("sbt_")
    assert "duty_officer@cn:220200" in listed.stdout
    assert "viewer@cn:220000" in listed.stdout


def test_a_closed_account_is_listed_as_closed_and_its_reset_says_what_ended(copy, sameboat):
    sameboat("user", "add", "wang", "--role", "viewer", home=copy)
    sameboat("user", "token", "wang", "gauge", "--days", "30", home=copy)

    reset = sameboat("user", "reset-password", "wang", home=copy)
    closed = sameboat("user", "close", "wang", home=copy)

    assert "revoked: 1" in reset.stderr
    assert closed.returncode == 0
    assert sameboat("user", "list", home=copy).stdout.rstrip().endswith("closed")


def test_nobody_of_that_name_is_told_so(node, sameboat):
    answer = sameboat("user", "role", "nobody", "viewer", "cn:220200", home=node)

    assert answer.returncode == 2
    assert "sameboat user list" in answer.stderr


@pytest.mark.parametrize(
    "words", [("--role", "duty_officer", "--place", "cn:999999"), ("--role", "king")]
)
def test_an_account_whose_role_is_refused_is_not_opened(copy, sameboat, words):
    refused = sameboat("user", "add", "zhao", *words, home=copy)

    added = sameboat("user", "add", "zhao", "--role", "administrator", home=copy)

    assert (refused.returncode, added.returncode) == (2, 0), added.stderr
    assert refused.stdout == ""
