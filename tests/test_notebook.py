"""The page for notebooks is run as it stands, where only [spread] is installed."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "start" / "notebook.md"
PYTHON = ROOT / ".cache" / "extras" / "spread" / "bin" / "python"


def test_every_block_of_the_page_runs_in_order(tmp_path):
    if not PYTHON.exists():
        pytest.skip("[spread] is not installed alone; `make setup-test` does that")
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)

    ran = subprocess.run(
        [PYTHON, "-c", "\n".join(blocks)], cwd=tmp_path, capture_output=True, text=True,
        timeout=300, check=False, env={"PATH": "", "HOME": str(tmp_path)},
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "flood.png").stat().st_size > 5_000
    assert "Allowed" in ran.stdout


def test_the_first_block_takes_no_more_than_five_lines():
    first = re.search(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)

    assert first is not None
    assert len([line for line in first.group(1).splitlines() if line.strip()]) <= 5
