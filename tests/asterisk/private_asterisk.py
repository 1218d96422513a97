"""The private Asterisk of `deploy/asterisk`, with the very files that an administrator copies."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import soundfile

from asr.audio import SAMPLE_RATE
from tests.asterisk.signals import spoken_file

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy" / "asterisk"

ASTERISK = "127.0.0.1"
CARRIER = "127.0.0.2"
"""The trunk's other end: callers, and whoever answers outside numbers."""
DESK = "127.0.0.3"
"""Where operators' telephones are."""
RINGS_S = 2
"""How long an outside number rings before nobody is there (s)."""
PASSWORD = "a-password-for-tests"


class Asterisk:
    """Use as a context manager; calls come in from `CARRIER`.

    Args:
        directory: for its configuration, data and log; made if it is not there.
        site: replacements in `site.conf`: a global's name and its value here.
    """

    def __init__(self, directory: Path, **site: str) -> None:
        self._directory = directory
        self._lay_out(site)

    def __enter__(self) -> Self:
        with (self._directory / "console").open("wb") as console:
            self._process = subprocess.Popen(
                [DEPLOY / "start", self._directory], stdin=subprocess.DEVNULL,
                stdout=console, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while "fully booted" not in self.command("core waitfullybooted"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Asterisk did not start:\n{self.console()}")
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def command(self, line: str) -> str:
        """What Asterisk's command line answers to `line`; empty while there is none."""
        done = subprocess.run(
            ["nsenter", "--target", str(self._process.pid), "--mount", "--",
             "chroot", ROOT / "var" / "asterisk" / "root",
             "asterisk", "-C", "/srv/voice122/etc/asterisk.conf", "-rx", line],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout

    @property
    def channels(self) -> int:
        """How many channels there are: none when nobody telephones."""
        found = re.search(r"(\d+) active channels?", self.command("core show channels count"))
        assert found is not None
        return int(found[1])

    def console(self) -> str:
        """What it has told so far: warnings and errors."""
        return (self._directory / "console").read_text(errors="replace")

    def log(self) -> str:
        """Every step of every call."""
        path = self._directory / "log" / "full"
        return path.read_text(errors="replace") if path.exists() else ""

    def _lay_out(self, site: dict[str, str]) -> None:
        """The shipped files, with what an administrator would change."""
        etc = self._directory / "etc" / "voice122"
        etc.mkdir(parents=True)
        text = (DEPLOY / "voice122" / "site.conf").read_text()
        for name, value in site.items():
            text, found = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
            assert found == 1, f"site.conf has no {name}"
        clinic = re.search(r"(?m)^;exten => 73422000002.*\n; same.*$", text)
        assert clinic is not None
        text = text.replace(clinic[0], clinic[0].replace("\n;", "\n").removeprefix(";"))
        (etc / "site.conf").write_text(text.replace("@trunk,30,", f"@trunk,{RINGS_S},"))

        text = (DEPLOY / "voice122" / "pjsip.conf").read_text()
        assert text.count("192.0.2.10") == 2
        text = text.replace("192.0.2.10", CARRIER)
        text = text.replace("rtp_timeout = 60", "rtp_timeout = 3")
        text = text.replace("qualify_frequency = 60", "qualify_frequency = 0")
        (etc / "pjsip.conf").write_text(text)

        text = (DEPLOY / "voice122" / "queues.conf").read_text()
        text = text.replace(";member => PJSIP/101", "member => PJSIP/101")
        text += "[voice122-appointments-gkp2](voice122-queue)\n"
        (etc / "queues.conf").write_text(text)

        sounds = self._directory / "sounds"
        sounds.mkdir()
        for name in ("one-moment", "closed", "nobody"):
            soundfile.write(sounds / f"{name}.wav", spoken_file(name), SAMPLE_RATE, "PCM_16")

        accounts = subprocess.run(
            [DEPLOY / "account", "101"], capture_output=True, text=True, check=True,
            env={"PATH": "/usr/bin:/bin", "VOICE122_ACCOUNT_PASSWORD": PASSWORD},
        )  # fmt: skip
        (etc / "accounts.conf").write_text(accounts.stdout)
