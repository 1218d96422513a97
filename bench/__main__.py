"""Lists the benches, or runs them: `python -m bench [--list] [NAME ...] [-- OPTIONS]`.

A bench is a module of this folder with `main(argv) -> int` that prints a table; the first line of
its docstring says what it measures.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


def benches(folder: Path = HERE) -> dict[str, str]:
    """Name and first docstring line of every bench in `folder`, without importing any: one that
    lacks a model or a library must not hide the others."""
    found = {}
    for path in sorted(folder.glob("[!_]*.py")):
        module = ast.parse(path.read_text("utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in module.body):
            found[path.stem] = (ast.get_docstring(module) or "").split("\n", 1)[0]
    return found


def run_one(name: str, options: list[str]) -> int:
    """Run one bench in this process. Returns its exit code."""
    main = importlib.import_module(f"bench.{name}").main
    return int(main(options))


def run_many(names: list[str], options: list[str]) -> int:
    """Run benches one after another, each in a process of its own: two at a time would disturb
    each other, and in one process the second would inherit the first one's models and threads.

    Returns 0, or 1 if one of them failed; the others run all the same.
    """
    failed = []
    for name in names:
        print(f"\n== {name} ==", flush=True)
        started = time.perf_counter()
        command = [sys.executable, "-m", "bench", name, "--", *options]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
        print(f"({time.perf_counter() - started:.0f} s)", flush=True)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def cli(argv: list[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measurements, printed as tables."
    )
    parser.add_argument("name", nargs="*", help="benches to run; all of them where none is named")
    parser.add_argument("--list", action="store_true", help="say which benches there are")
    parser.epilog = "What follows -- is for the benches themselves, for example: vad -- --help"
    split = argv.index("--") if "--" in argv else len(argv)
    args, options = parser.parse_args(argv[:split]), argv[split + 1 :]
    known = benches()
    if args.list:
        width = max(map(len, known), default=0)
        print("\n".join(f"{name:{width}}  {summary}" for name, summary in known.items()))
        return 0
    unknown = [name for name in args.name if name not in known]
    if unknown:
        parser.error(f"no bench {', '.join(unknown)}; there are: {', '.join(known) or 'none'}")
    names = args.name or list(known)
    return run_one(names[0], options) if len(names) == 1 else run_many(names, options)


if __name__ == "__main__":
    sys.exit(cli(sys.argv[1:]))
