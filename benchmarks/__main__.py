"""Run the benchmarks: `python -m benchmarks [NAME …]`; writes benchmarks/results/latest.json."""

import importlib
import json
import os
import platform
import sys
from pathlib import Path

HERE = Path(__file__).parent
FIELDS = (
    "name", "work_unit", "ours_s", "peer", "peer_s", "ratio", "goal", "holds", "memory", "floor_s",
    "floor_share",
)  # fmt: skip


def main() -> None:
    found = {}
    for path in sorted(HERE.glob("[a-z]*.py")):
        module = importlib.import_module(f"benchmarks.{path.stem}")
        found.update(getattr(module, "BENCHMARKS", {}))
    wanted = sys.argv[1:] or list(found)
    unknown = [name for name in wanted if name not in found]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are: {', '.join(found)}")
    rows = []
    for name in wanted:
        print(f"running {name} …", file=sys.stderr, flush=True)
        rows += [{field: row.get(field) for field in FIELDS} for row in found[name]()]
    for row in rows:
        row["machine"] = machine()
    show(rows)
    results = HERE / "results" / "latest.json"
    results.parent.mkdir(exist_ok=True)
    known = json.loads(results.read_text()) if results.exists() and sys.argv[1:] else []
    fresh = {row["name"] for row in rows}
    kept = [row for row in known if row["name"] not in fresh]
    results.write_text(json.dumps(kept + rows, indent=1, ensure_ascii=False) + "\n")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def show(rows: list[dict[str, object]]) -> None:
    def cell(value: object) -> str:
        return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)

    for row in rows:
        holds = {True: "holds", False: "MISSED", None: "reported"}[row["holds"]]  # type: ignore[index]
        print(f"{row['name']}: {cell(row['ours_s'])} s [{row['work_unit']}]")
        if row["peer"]:
            print(f"  peer {row['peer']}: {cell(row['peer_s'])} s, ratio {cell(row['ratio'])}")
        memory = row["memory"]
        if isinstance(memory, int | float):
            print(f"  memory {memory / 1e6:.0f} MB")
        if row["floor_s"]:
            share = f", reached to {row['floor_share']:.0%}" if row["floor_share"] else ""
            print(f"  physical floor {cell(row['floor_s'])} s{share}")
        if row["goal"]:
            print(f"  goal {row['goal']}: {holds}")


if __name__ == "__main__":
    main()
