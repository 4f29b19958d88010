"""Commands as an operator runs them: real processes on real folders."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def sameboat():
    """Run the command line in a process of its own."""

    def sameboat(*words, home=None, inside=(), **environment):
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("SAMEBOAT_", "DJANGO_"))
        }
        if home:
            kept["SAMEBOAT_HOME"] = str(home)
        return subprocess.run(
            [
                *inside,
                sys.executable,
                "-c",
                "from sameboat.cli import main; main()",
                *map(str, words),
            ],
            env={**kept, "SAMEBOAT_LANGUAGE": "en", **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return sameboat


@pytest.fixture(scope="session")
def node(sameboat, tmp_path_factory):
    """A node with the Songhua pack; tests that change it copy it first."""
    folder = tmp_path_factory.mktemp("node") / "jilin"
    assert sameboat("init", folder, "--place", "cn:220200").returncode == 0
    assert sameboat("region", "load", ROOT / "regions" / "songhua", home=folder).returncode == 0
    return folder
