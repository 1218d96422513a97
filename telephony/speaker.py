"""The assistant's side of the line: speaks prompts, and falls silent when it has to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from asr.audio import FRAME_MS, Pcm
from telephony.events import CallEvent, EngineLost, Resumed, Speaking, Underrun
from telephony.player import Player
from tts.errors import SynthesisError
from tts.pcm import silence
from tts.voice import Voice

log = logging.getLogger(__name__)


class Speaker:
    """Of one call.

    Args:
        voice: shared by calls.
        apology: spoken when a prompt cannot be.
        now: the call's clock (s).
        tell: told what happens.
    """

    def __init__(
        self,
        voice: Voice,
        apology: str,
        now: Callable[[], float],
        tell: Callable[[CallEvent], None],
    ) -> None:
        self._voice = voice
        self._apology = apology
        self._now = now
        self._tell = tell
        self._player = Player()
        self._synthesizing = False
        self._begun = False
        self._starved = 0
        self._held_at: float | None = None
        self._drained = asyncio.Event()
        self._on_sound: Callable[[], None] | None = None

    @property
    def waiting(self) -> bool:
        """Whether the caller waits for the synthesizer."""
        return self._synthesizing and self._player.empty

    @property
    def played_s(self) -> float:
        """How much of the present prompt has been heard (s)."""
        return self._player.played_s

    @property
    def nearly_done(self) -> bool:
        """Whether less than a second of the prompt is left."""
        return not self._synthesizing and self._player.left_s < 1.0

    def when_sounds(self, on_sound: Callable[[], None] | None) -> None:
        """Call `on_sound` once, at the first sound from now on."""
        self._on_sound = on_sound

    def next_frame(self) -> Pcm:
        """The next 20 ms; called once a tick."""
        player = self._player
        if player.empty:
            if self._synthesizing and self._begun:
                self._starved += 1
            self._drained.set()
        elif not player.held:
            self._note_sound()
        return player.next_frame()

    def hold(self) -> None:
        """Fall silent for now."""
        if self._held_at is None:
            self._held_at = self._now()
            self._player.hold()

    def release(self) -> None:
        """Go on from where it was; no matter if it is not held."""
        if self._held_at is not None:
            self._tell(Resumed(self._now(), (self._now() - self._held_at) * 1000))
            self._held_at = None
            self._player.release()

    def stop(self) -> None:
        """Forget what has not been heard."""
        self._held_at = None
        self._player.clear()

    async def say(self, text: str, *, rate: float, cacheable: bool) -> None:
        """Speak `text` to its end; cancel to stop. A failing voice brings the apology first."""
        self._begun, self._starved = False, 0
        self._synthesizing = True
        try:
            await self._synthesize(text, rate, cacheable)
        except SynthesisError as error:
            # Its worker is being restarted; meanwhile the caller hears the prepared apology.
            log.warning("synthesis failed: %s", error)
            self._tell(EngineLost(self._now(), "tts"))
            self._player.clear()
            try:
                await self._synthesize(self._apology, 1.0, cacheable=True)
                await self._synthesize(text, rate, cacheable)
            except SynthesisError as again:
                log.error("synthesis failed twice, the prompt is lost: %s", again)
        finally:
            self._synthesizing = False
        await self._until_heard()

    async def pause(self, seconds: float) -> None:
        """Stay silent for a while (s), so that the last word leaves the buffers on its way."""
        self._player.push(silence(seconds))
        await self._until_heard()

    async def _until_heard(self) -> None:
        self._drained.clear()
        if not self._player.empty:
            await self._drained.wait()

    async def _synthesize(self, text: str, rate: float, cacheable: bool) -> None:
        speech = self._voice.speak(text, rate=rate, cacheable=cacheable)
        async with contextlib.aclosing(speech) as chunks:
            async for chunk in chunks:
                self._player.push(chunk)

    def _note_sound(self) -> None:
        if not self._begun:
            self._begun = True
            self._tell(Speaking(self._now()))
        if self._starved:
            self._tell(Underrun(self._now(), self._starved * FRAME_MS))
            self._starved = 0
        if self._on_sound is not None:
            on_sound, self._on_sound = self._on_sound, None
            on_sound()
