import json

import pytest

from sameboat.proof.canon import canonical
from sameboat.proof.chain import BEGINNING, link


@pytest.fixture
def export(tmp_path):
    def export(*changes):
        chain, lines = BEGINNING, []
        for index in range(3):
            raw = canonical({"v": 1, "kind": "forecast.made", "number": index})
            chain = link(chain, raw)
            lines.append({"index": index, "entry": raw.decode(), "chain": chain})
        for line, field, value in changes:
            lines[line][field] = value
        file = tmp_path / "entries.jsonl"
        file.write_text("\n".join(json.dumps(line) for line in lines))
        return file

    return export


def test_entries_that_follow_are_verified_without_a_node(export, sameboat):
    answer = sameboat("verify", export())

    assert answer.returncode == 0
    assert "3 entries" in answer.stdout


@pytest.mark.parametrize(
    "change",
    [
        (1, "entry", '{"kind":"forecast.made","number":7,"v":1}'),
        (1, "chain", "0" * 64),
        (1, "index", 5),
    ],
)
def test_the_first_entry_that_does_not_follow_is_named(export, sameboat, change):
    answer = sameboat("verify", export(change))

    assert answer.returncode == 1
    assert "line 2" in answer.stdout


@pytest.mark.parametrize(
    "text", ["not json", "[]", '{"index": 0}', '{"index":0,"entry":"{ }","chain":""}']
)
def test_what_is_no_export_is_refused_by_line(tmp_path, sameboat, text):
    file = tmp_path / "x.jsonl"
    file.write_text(text)

    answer = sameboat("verify", file)

    assert answer.returncode == 2
    assert ":1:" in answer.stderr


def test_a_missing_file_is_told(tmp_path, sameboat):
    answer = sameboat("verify", tmp_path / "none.jsonl")

    assert answer.returncode == 2
    assert "none.jsonl" in answer.stderr
