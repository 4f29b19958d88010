import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from sameboat.config.node import NodeSettings

SETTINGS = "from sameboat.config import settings as s; print(s.{name})"


@pytest.mark.parametrize("hosts", [["*"], ["node.example", "*.example"], [], [""], ["."]])
def test_a_node_answers_to_names_only(hosts):
    with pytest.raises(ValidationError, match=r"node\.example"):
        NodeSettings(hosts=hosts)


def test_a_name_with_everything_below_it_is_a_name():
    assert NodeSettings(hosts=[".node.example"]).hosts == [".node.example"]


@pytest.mark.parametrize(("https", "seconds"), [("true", "31536000"), ("false", "0")])
def test_a_node_behind_tls_tells_browsers_to_come_over_tls_only(https, seconds):
    code = SETTINGS.format(name="SECURE_HSTS_SECONDS")

    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "SAMEBOAT_HTTPS": https},
    )  # fmt: skip

    assert told.stdout.strip() == seconds


def test_nobody_trusts_more_proxies_than_there_can_be():
    with pytest.raises(ValidationError):
        NodeSettings(trusted_proxies=-1)
