"""A telephone with a real SIP stack (baresip), led by a test: it says, presses keys and hears."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import soundfile

from asr.audio import SAMPLE_RATE, Pcm
from tests.asterisk.private_asterisk import ASTERISK, CARRIER
from tests.asterisk.signals import correlation

_CONFIG = """\
sip_listen {address}:{port}
net_interface {address}
audio_source aufile,{silence}
ausrc_srate 8000
auplay_srate 8000
audio_channels 1-1
rtp_ports {rtp}-{rtp_end}
jitter_buffer_delay 0-0
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control}
snd_path {directory}
ringback_disabled yes
"""
_SILENCE_S = 120
_KEY_UP = "\x04"
KEY_S = 0.16
"""How long a key is held, and the pause after it (s)."""


ALIKE = 0.99
"""Correlation from which on a sound has arrived unharmed."""


class Phone:
    """Use as an async context manager.

    Args:
        directory: for its files; made if it is not there.
        address: of this telephone; each one beside another has its own port.
        port: UDP, even; the ports above it are its own, too.
        account: name at Asterisk, with `password`; None for a caller of the trunk.
        answers: whether it takes calls by itself.
        registers_s: how long it tries to register (s).
        says: what it says as soon as a call stands, shape (n,), int16, 8 kHz; silence by default.
    """

    def __init__(
        self,
        directory: Path,
        *,
        address: str = CARRIER,
        port: int = 5070,
        number: str = "73422000001",
        account: str | None = None,
        password: str = "",
        answers: bool = False,
        says: Pcm | None = None,
        registers_s: float = 10.0,
    ) -> None:
        self._directory = directory
        self._address = address
        self._control = port + 2  # the one above is for TLS
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._responses: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._said = 0
        directory.mkdir(parents=True)
        config = _CONFIG.format(
            address=address, port=port, control=self._control, directory=directory,
            silence=self._sound(np.zeros(0, np.int16) if says is None else says),
            rtp=20000 + (port % 1000) * 20, rtp_end=20018 + (port % 1000) * 20,
        )  # fmt: skip
        (directory / "config").write_text(config)
        (directory / "contacts").touch()
        login = f"auth_user={account};auth_pass={password};regint=60" if account else "regint=0"
        mode = ";answermode=auto" if answers else ""
        line = f"<sip:{account or number}@{ASTERISK}>;{login};audio_codecs=PCMA/8000/1{mode}\n"
        (directory / "accounts").write_text(line)
        self._registers = account is not None
        self._registers_s = registers_s

    async def __aenter__(self) -> Self:
        binary = shutil.which("baresip")
        assert binary is not None, "baresip is missing: run make test-asterisk"
        with (self._directory / "console").open("wb") as console:
            self._process = await asyncio.create_subprocess_exec(
                binary, "-s", "-f", self._directory, stdin=asyncio.subprocess.PIPE,
                stdout=console, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(OSError):
                    self._reader, self._writer = await asyncio.open_connection(
                        self._address, self._control
                    )
                    break
                await asyncio.sleep(0.02)
        self._listening = asyncio.create_task(self._listen())
        if self._registers:
            async with asyncio.timeout(self._registers_s):
                while "OK" not in await self._command("reginfo"):  # noqa: ASYNC110 - not ours to tell
                    await asyncio.sleep(0.05)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switched off: it ends its call and is registered no more."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self._process.wait()
        await self.disappear()
        self._listening.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def dial(self, number: str = "122") -> None:
        """Call `number`; returns when the call stands."""
        await self.try_to_dial(number)
        await self.event("CALL_ESTABLISHED")

    async def try_to_dial(self, number: str) -> None:
        """Call `number`, whatever comes of it."""
        await self._command("dial", f"sip:{number}@{ASTERISK}")

    async def press(self, keys: str) -> None:
        """Press keys, one after another."""
        for key in keys:
            await self._command("sndcode", key)
            await asyncio.sleep(KEY_S)
            await self._command("sndcode", _KEY_UP)
            await asyncio.sleep(KEY_S)

    async def say(self, samples: Pcm) -> None:
        """Say `samples` from now on, then keep silent: shape (n,), int16, 8 kHz."""
        await self._command("ausrc", f"aufile,{self._sound(samples)}")

    async def hang_up(self) -> None:
        """End the call."""
        await self._command("hangup")
        await self.event("CALL_CLOSED")

    async def disappear(self) -> None:
        """The line dies: no hang-up, no more sound."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def event(self, kind: str, timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait for the next event of a kind; those before it are forgotten.

        Raises:
            TimeoutError: there was none.
        """
        async with asyncio.timeout(timeout_s):
            while True:
                event = await self._events.get()
                if event["type"] == kind:
                    return event

    def heard(self) -> Pcm:
        """All that came over the line so far: shape (n,), int16, 8 kHz."""
        return self._dump("dec")

    def signalling(self) -> str:
        """All SIP messages so far."""
        return (self._directory / "console").read_text(errors="replace")

    async def hears_sound(self, sound: Pcm, within_s: float, since: int = 0) -> bool:
        """Wait until `sound` has come over the line, from its start to its end.

        Args:
            sound: shape (n,), int16, 8 kHz.
            within_s: how long to wait (s).
            since: sample of the call from which on it must have come.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while correlation(sound, self.heard()[since:]) < ALIKE:
            if loop.time() > until:
                return False
            await asyncio.sleep(0.2)
        return True

    async def hears_speech(self, seconds: float, within_s: float) -> None:
        """Wait until so much sound above the line's noise has come (s).

        Raises:
            TimeoutError: there was less.
        """
        async with asyncio.timeout(within_s):
            # About a third of speech is that loud.
            while (  # noqa: ASYNC110 - another process writes it
                np.count_nonzero(np.abs(self.heard()) > 200) < seconds * SAMPLE_RATE / 3
            ):
                await asyncio.sleep(0.2)

    def _dump(self, side: str) -> Pcm:
        """Of the last call. The file's head is written at its end: read it as bare samples."""
        dumps = sorted(self._directory.glob(f"dump-*-{side}.wav"))
        if not dumps:
            return np.zeros(0, np.int16)
        data = dumps[-1].read_bytes()[44:]
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2")

    def _sound(self, samples: Pcm) -> Path:
        self._said += 1
        path = self._directory / f"says-{self._said}.wav"
        silence = np.zeros(_SILENCE_S * SAMPLE_RATE, np.int16)
        soundfile.write(path, np.concatenate([samples, silence]), SAMPLE_RATE, subtype="PCM_16")
        return path

    async def _command(self, command: str, parameters: str = "") -> str:
        message = json.dumps({"command": command, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(message), message))
        async with asyncio.timeout(10):
            return str((await self._responses.get())["data"])

    async def _listen(self) -> None:
        """Events come as netstrings of JSON."""
        while True:
            length = await self._reader.readuntil(b":")
            message = json.loads(await self._reader.readexactly(int(length[:-1])))
            await self._reader.readexactly(1)
            (self._events if "type" in message else self._responses).put_nowait(message)
