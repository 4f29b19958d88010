"""Help and usage errors are told in the reader's language, every one of them."""

import re
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from sameboat import __version__
from sameboat.cli import app
from sameboat.cli.usage import texts_of
from sameboat.lib.language import translate

TREE = get_command(app)
TEXTS = list(texts_of(TREE, "sameboat"))
#: four English words in a row, beside the commands that are there to be typed
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}\b")


def commands_below(command, words=()):
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from commands_below(below, (*words, name))


ALL = list(commands_below(TREE))


@pytest.fixture
def run(monkeypatch):
    def run(language, *words, width="200"):
        monkeypatch.setenv("SAMEBOAT_LANGUAGE", language)
        monkeypatch.setenv("COLUMNS", width)
        return CliRunner().invoke(app, list(words))

    return run


@pytest.mark.parametrize(("where", "text"), TEXTS, ids=[where for where, _text in TEXTS])
def test_every_help_has_its_chinese(where, text):
    chinese = translate(text, "zh-Hans")

    assert re.search("[一-鿿]", chinese), where


@pytest.mark.parametrize("words", ALL, ids=[" ".join(words) or "sameboat" for words in ALL])
def test_the_help_of_every_command_has_no_english_sentence(run, words):
    answer = run("zh-Hans", *words, "--help")

    assert answer.exit_code == 0
    assert "用法：" in answer.stdout
    assert "显示本帮助后退出。" in answer.stdout
    typed = re.sub(r"(?m)^ *sameboat .*$", "", answer.stdout)
    assert ENGLISH.findall(typed) == []


@pytest.mark.parametrize("words", ALL, ids=[" ".join(words) or "sameboat" for words in ALL])
def test_english_help_is_as_it_is_written(run, words):
    run("zh-Hans", "--help")

    answer = run("en", *words, "--help")

    assert "Usage: " in answer.stdout
    assert "Show this message and exit." in answer.stdout
    assert "─ Options " in answer.stdout
    assert not re.search("[一-鿿]", answer.stdout.replace("同舟", ""))


def test_chinese_without_spaces_is_folded_and_never_cut(run):
    answer = run("zh-Hans", "forecast", "--help", width="80")

    assert "…" not in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "chinese", "english"),
    [
        (["forecast", "--foo"], "没有这个选项：--foo（相近的选项：--format, --option）",
         "No such option: --foo (Possible options: --format, --option)"),
        (["forecas"], "没有 'forecas' 这个命令。您要的是不是 'forecast'？",
         "No such command 'forecas'. Did you mean 'forecast'?"),
        (["nothing"], "没有 'nothing' 这个命令。", "No such command 'nothing'."),
        (["region", "check"], "缺少参数 'folder'。", "Missing argument 'folder'."),
        (["region", "check", "a", "b"], "多出的参数：b",
         "Got unexpected extra argument(s) (b)"),
        (["init", "x"], "缺少选项 '--place'。", "Missing option '--place'."),
        (["serve", "--port"], "选项 '--port' 后面需要一个值。",
         "Option '--port' requires an argument."),
        (["serve", "--port", "70000"], "'--port' 的值无效：超出范围。 允许：≤ 65535。",
         "Invalid value for '--port': Input should be less than or equal to 65535"),
        (["serve", "--port", "x"], "'--port' 的值无效：应为整数。",
         "Invalid value for '--port': Input should be a valid integer"),
        (["serve", "--home", __file__], "'--home' （环境变量：'SAMEBOAT_HOME'） 的值无效：",
         "Invalid value for '--home' (env var: 'SAMEBOAT_HOME'): dir "),
        (["region", "check", "a", "--format", "x"],
         "'--format' 的值无效：'x' 不是可选的值。可选：'text', 'json'。",
         "Value error, 'x' is not one of 'text', 'json'."),
    ],
)  # fmt: skip
def test_a_usage_error_is_told_in_the_readers_language(run, words, chinese, english):
    in_chinese, in_english = run("zh-Hans", *words), run("en", *words)

    assert in_chinese.exit_code == in_english.exit_code == 2
    assert chinese in in_chinese.stderr
    assert "─ 错误 " in in_chinese.stderr
    assert english in in_english.stderr
    assert "─ Error " in in_english.stderr


def test_the_language_of_the_command_line_holds_for_its_help(run):
    assert "用法：" in run("en", "--language", "zh-CN", "--help").stdout
    assert "Usage: " in run("zh-Hans", "--language", "en", "--help").stdout


@pytest.mark.parametrize("words", [["--language", "xx", "version"],
                                   ["forecast", "x.toml", "--language", "xx"]])  # fmt: skip
def test_a_language_that_is_not_spoken_is_refused_with_those_that_are(sameboat, words):
    answer = sameboat(*words)

    assert answer.returncode == 2
    assert "--language 'xx'" in answer.stderr
    assert "Allowed: zh-Hans · en." in answer.stderr


def test_help_needs_neither_django_nor_the_models():
    loaded = "import sys, sameboat.cli as c\ntry: c.app(['--help'])\nexcept SystemExit: pass\n"
    show = "print([m for m in ('django', 'numpy', 'pydantic') if m in sys.modules])"

    answer = subprocess.run(
        [sys.executable, "-c", loaded + show], capture_output=True, text=True, check=True
    )

    assert answer.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command_where_its_script_is_not_on_the_path():
    said = subprocess.run(
        [sys.executable, "-m", "sameboat", "version"], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == __version__
