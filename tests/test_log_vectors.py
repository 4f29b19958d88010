"""What others wrote, where it is: the corpora lie beside the repository and not in it."""

from pathlib import Path

import pytest

from tools.tlog_vectors import ALL

CORPUS = Path(__file__).parents[2] / "shared" / "corpora" / "tlog"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora/tlog is not here")
@pytest.mark.parametrize("compare", ALL, ids=lambda compare: compare.__name__)
def test_what_others_wrote_is_read_as_they_say(compare):
    table = compare(CORPUS)

    assert not table.missed
    assert table.held
