"""The program as scripts and people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
AUDIO = ROOT / "tests" / "audio"
PROGRAM = Path(sys.executable).with_name("voice122")
DAY = "2026-11-24T10:00:00+05:00"
NIGHT = "2026-11-24T02:00:00+05:00"


HIDE_RHVOICE = (
    *("unshare", "--map-root-user", "--mount", "sh", "-c"),
    'mount -t tmpfs none /usr/share/RHVoice && exec "$@"',
    "sh",
)
"""Runs a command on a machine without RHVoice's voices; nobody else's files change."""


def run(
    data_dir: Path,
    *args: str | Path,
    stdin: str | bytes = "",
    before: tuple[str, ...] = (),
    **env: str,
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "VOICE122_DATA_DIR": str(data_dir),
        "VOICE122_ASR": "whisper-base",
        "VOICE122_TTS": "rhvoice",
        **env,
    }
    done = subprocess.run(
        [*before, PROGRAM, *map(str, args)],
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        capture_output=True,
        cwd=data_dir,
        env=environment,
        timeout=200,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def turns(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def caller(name: str) -> list[Path]:
    return sorted((AUDIO / name).glob("*.flac"), key=lambda path: int(path.stem))


# Golden conversations of the three callers


def assert_one_line_error(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr) > 20
