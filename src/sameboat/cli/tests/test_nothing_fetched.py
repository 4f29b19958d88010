"""What an alert points to is never fetched: no author of one makes nodes knock anywhere."""

import ast
import json

import pytest
import typer
from django.conf import settings

from sameboat.cli import alert_import
from sameboat.cli.tests.conftest import ROOT
from sameboat.cli.tests.far_server import says, server
from sameboat.watch.alerts.cap.tests.messages import info, message

#: Where a connection is opened at all: the line between nodes, what an operator imports by its
#: address, and the demo that looks at its own node.
CONNECT = {"cli/line.py", "cli/alert_import.py", "cli/demo.py", "cli/serve.py"}
WAYS_OUT = {"httpx2", "httpcore2", "socket", "urllib.request", "http.client", "requests",
            "aiomqtt", "ftplib", "smtplib"}  # fmt: skip


@pytest.mark.django_db
def test_the_resources_and_addresses_of_an_imported_alert_are_not_fetched(tmp_path, capsys):
    with server(says()) as (port, came):
        address = f"http://127.0.0.1:{port}"
        resource = (
            f"<resourceDesc>map</resourceDesc><mimeType>image/png</mimeType>"
            f"<uri>{address}/map.png</uri>"
        )
        file = tmp_path / "alert.xml"
        file.write_bytes(message(info(resource=resource, web=f"{address}/more")))

        with pytest.raises(typer.Exit):
            alert_import.import_alerts([str(file)], settings.HOME.folder, "json")

        assert json.loads(capsys.readouterr().out)[0]["verdict"] == "valid"
    assert came == []


def test_nothing_else_in_the_program_opens_a_connection():
    source = ROOT / "src" / "sameboat"
    found = {}
    for path in source.rglob("*.py"):
        name = path.relative_to(source).as_posix()
        if "tests" in path.parts or name in CONNECT:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if ways := WAYS_OUT.intersection(names):
                found[name] = ways

    assert not found, f"connect through cli/line.py: {found}"
