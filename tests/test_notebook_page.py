"""The page that a newcomer copies from: what stands there must run."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "start" / "notebook.md"


def test_the_code_of_the_notebook_page_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks

    exec(compile("\n".join(blocks), str(PAGE), "exec"), {"__name__": "notebook"})
