"""Compacts as an operator makes them: real processes, and two nodes that sign one."""

import json
import shutil

import pytest

from sameboat.cli.tests.test_peers import NAMES, Node

KEY = "0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a11"
TEXT = ("--name-en", "Songhua river", "--name-zh", "松花江", "--purpose-en", "Warn each other.",
        "--purpose-zh", "互相预警。", "--member", "cn:220200", "--member", "cn:230100")  # fmt: skip


@pytest.fixture(scope="module")
def both(sameboat, tmp_path_factory):
    """The folders of Jilin and Harbin, each with a key and each following the other."""
    whole = tmp_path_factory.mktemp("pair")
    made = [Node(sameboat, whole / name, place) for place, name in NAMES.items()]
    for node in made:
        node.make()
        invited = node("invite", whole / f"{node.folder.name}.json", "--address", node.address)
        assert invited.returncode == 0
    for node, other in zip(made, reversed(made), strict=True):
        assert node("join", whole / f"{other.folder.name}.json", "--yes").returncode == 0
    return whole


@pytest.fixture
def pair(sameboat, both, tmp_path):
    """A copy of them; what one says the other reads from a stick."""
    made = []
    for place, name in NAMES.items():
        shutil.copytree(both / name, tmp_path / name)
        made.append(Node(sameboat, tmp_path / name, place))
    return made


def carry(sender, reader, stick):
    """Bring what one has signed to the other, and let it react."""
    assert sender("log", "sign").returncode == 0
    shutil.rmtree(stick, ignore_errors=True)
    assert sender("export", stick).returncode == 0
    assert reader("import", stick, "--place", sender.place).returncode == 0
    assert reader("work", "--once").returncode == 0


def proposed(node, *words):
    answer = node("compact", "propose", *TEXT, "--key", KEY, *words)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()


def test_two_nodes_propose_sign_amend_and_leave_one_compact(pair, tmp_path):
    jilin, harbin = pair
    address, proposal = proposed(jilin)
    assert proposed(jilin) == [address, proposal]  # twice is once
    assert jilin("compact", "sign", address).returncode == 0
    carry(jilin, harbin, tmp_path / "stick")
    assert "waits for us" in harbin("compact", "list").stdout
    assert harbin("compact", "sign", proposal).returncode == 0
    assert "in force" in harbin("compact", "sign", address).stderr  # twice is once
    carry(harbin, jilin, tmp_path / "stick")

    shown = jilin("compact", "show", address).stdout
    assert shown == harbin("compact", "show", address).stdout
    assert "Version 1: in force" in shown
    assert "Songhua river" in shown
    assert "互相预警。" in shown
    assert "cn:230100/entry/" in shown

    amended = jilin("compact", "amend", address, "--purpose-en", "Warn and help each other.")
    later = amended.stdout.split()[1]
    for node in pair:
        assert node("compact", "sign", later).returncode == (0 if node is jilin else 2)
    carry(jilin, harbin, tmp_path / "stick")
    assert "Version 2: in force" in harbin("compact", "sign", address).stderr.replace("\n", " ")
    carry(harbin, jilin, tmp_path / "stick")
    assert "Version 1: amended" in jilin("compact", "show", address).stdout
    assert "Warn and help each other." in jilin("compact", "show", address).stdout
    assert "互相预警。" in jilin("compact", "show", address).stdout.split("Version 2")[1]

    assert harbin("compact", "leave", address, "--because", "reorganised").returncode == 0
    assert "ended" in harbin("compact", "list").stdout


def test_what_one_declines_is_over(pair):
    jilin, _harbin = pair
    address, proposal = proposed(jilin)

    answer = jilin("compact", "decline", address, "--because", "too early")

    assert "declined" in answer.stderr
    assert "too early" in jilin("compact", "show", address).stdout
    again = jilin("compact", "sign", proposal)
    assert again.returncode == 2
    assert "said already: declined" in again.stderr


@pytest.mark.parametrize("form", ["toml", "json"])
def test_terms_come_from_a_file_and_options_take_its_place(pair, tmp_path, form):
    terms = {"names": {"en": "River"}, "purpose": {"en": "Warn."},
             "members": ["cn:220200", "cn:230100"]}  # fmt: skip
    file = tmp_path / f"terms.{form}"
    file.write_text(
        json.dumps(terms)
        if form == "json"
        else (
            'members = ["cn:220200", "cn:230100"]\n[names]\nen = "River"\n[purpose]\nen = "Warn."\n'
        )
    )

    made = pair[0]("compact", "propose", "--file", file, "--name-zh", "松花江")

    assert made.returncode == 0, made.stderr
    shown = pair[0]("compact", "show", made.stdout.split()[0]).stdout
    assert "en: River" in shown
    assert "zh-Hans: 松花江" in shown


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.toml", 'names = {en = "A"}\npurpose = \n', "x.toml:2: cannot be read"),
        ("x.json", '{"names":\n}', "x.json:2: cannot be read"),
        ("x.json", "[]", "x.json:1: cannot be read"),
        ("x.toml", b"names = '\xff'", "not UTF-8"),
        ("x.toml", "\nmember = ['cn:220200']\n", "x.toml:2: member: is no field"),
        ("x.toml", "members = 'cn:220200'", "members 'cn:220200': has another form"),
        ("x.toml", "led = 7", "led '7': has another form"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line_or_field(pair, tmp_path, name, content,
                                                                    says):  # fmt: skip
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    answer = pair[0]("compact", "propose", "--file", file)

    assert answer.returncode == 2
    assert says in answer.stderr
    assert pair[0]("compact", "list").stdout == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("propose", "--name-en", "A"), "purpose"),
        (("propose", *TEXT, "--key", "7"), "--key '7': is no UUID"),
        (("propose", *TEXT, "--member", "Jilin"), "members 'Jilin'"),
        (("propose", *TEXT, "--led", "above"), "led_from 'above'"),
        (("propose", *TEXT, "--member", "cn:230800"), "The log of cn:230800 is not followed"),
        (("show", "cn:220200/compact/7"), "is no compact"),
        (("sign", "cn:220200/compact/7"), "is no compact"),
        (("sign", "nonsense"), "is no compact"),
        (("amend", "cn:220200/compact/7"), "is no compact"),
        (("leave", "cn:220200/compact/7"), "is no compact"),
        (("propose", "--file", "/nowhere.toml"), "/nowhere.toml: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(pair, words, says):
    answer = pair[0]("compact", *words)

    assert answer.returncode == 2
    assert says in answer.stderr
    assert pair[0]("compact", "list").stdout == ""


def test_where_none_is_known_it_says_how_to_begin(pair):
    assert "sameboat compact propose" in pair[0]("compact", "list").stderr
