import os

import pytest

from sameboat.lib.private import write_private


def test_a_private_file_is_its_owners_alone_and_written_over_whole(tmp_path):
    file = tmp_path / "secret"

    for content in (b"first", b"second"):
        write_private(file, content)
        assert file.read_bytes() == content
        assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_what_was_there_stays_where_it_cannot_be_written(tmp_path, monkeypatch):
    file = tmp_path / "secret"
    write_private(file, b"first")

    def fails(_handle):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="disk is full"):
        write_private(file, b"second")

    assert file.read_bytes() == b"first"
