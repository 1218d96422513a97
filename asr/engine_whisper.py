"""Whisper on a window cut to the turn.

Whisper was trained on windows of 30 s. A telephone turn is 1-5 s, and the encoder's cost grows
with the window, so ours is max(8 s, duration + 2 s): measured no worse than 30 s, and three times
faster; shorter ones loop. Russian, no timestamps, no prompt: a prompt made of the
question's vocabulary makes Whisper invent that vocabulary. Hints serve to choose among the
readings that the beam found by itself. What callers are likely to say has its say in the beam
(`asr.shallow_fusion`).

Words that it is not sure of are looked at again, slower: the readings of all looks count. Where
there is time before the pause that ends a turn is over, so are words in less doubt.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray
from tokenizers import Tokenizer

from asr.audio import SAMPLE_RATE, Pcm
from asr.beam_search import Prior, Text
from asr.endpoint import Expectation
from asr.errors import NoRecognizerError
from asr.guard import GuardSettings, is_loop
from asr.known_phrases import KnownPhrases
from asr.language_model import LanguageModel
from asr.level import FULL_SCALE
from asr.lexicon import Lexicon
from asr.mel import HOP, MEL_RATE, log_mel
from asr.normalize import normalize
from asr.numerals import mend_numerals
from asr.readings import Reading, choose, join, ranked, readings_of, said_once, without_loops
from asr.recognizer import NO_HINTS, Hints, Recognition
from asr.shallow_fusion import TokenModel
from asr.whisper_network import Read, WhisperNetwork
from asr.whisper_weights import WhisperWeights

_PROMPT: Final = ("<|startoftranscript|>", "<|ru|>", "<|transcribe|>", "<|notimestamps|>")
_END: Final = "<|endoftext|>"
"""The tokens before it are text; those behind the prompt's last are times, which are not used."""
_NO_SPEECH: Final = "<|nocaptions|>"
_SPOKEN: Final = re.compile(r"[а-яё\s.,?!-]*", re.IGNORECASE)
"""Tokens of Russian speech: letters and the signs that end a phrase or part it. Latin letters only
spoil words ("two один"); parts of letters are needed for «Ё» alone, and write «№» over and over."""
_DASHES: Final = re.compile(r"\s*-+\s*")
"""Alone they fill the place of digits that may not be written."""
_KNOWN: Final = {
    Expectation.OPEN: 0.3,
    Expectation.YES_NO: 0.3,
    Expectation.CHOICE: 0.15,
    Expectation.DATE: 0.15,
    Expectation.ADDRESS: 0.15,
    Expectation.DIGITS: 0.0,
    Expectation.NAME: 0.0,
}
"""The say of callers' known phrases in an answer of this kind, against that of the sound (1):
measured in docs/models.md. Numbers and names are not in those phrases, and would be spoilt."""
_SOMEBODY_SPEAKS: Final = GuardSettings().no_speech
"""Below this doubt (0 to 1) somebody certainly does."""


@dataclass(frozen=True)
class WhisperSettings:
    """How Whisper decodes. The defaults are measured (`bench/recognition.py`)."""

    beam: int = 5
    readings: int = 5
    """How many of the beam's readings are looked at; at most `beam`."""
    min_window_s: float = 8.0
    margin_s: float = 2.0
    """The window is at least this much longer than the audio (s)."""
    silence_s: float = 0.5
    """So much of the silence after the audio is its own (s): see `asr.whisper_silence`."""
    piece_s: float = 25.0
    """Longer audio is cut into pieces of at most this, at its quietest places (s)."""
    length_cap: tuple[int, int] = (8, 6)
    """At most a + b * seconds tokens: loops end there, the fastest speech does not."""
    digits: bool = False
    """Let it write digits. It makes them up and repeats them: "ноль пять семь" came out as
    "0 5 7 0 5 7 0 5 7", "сто двадцать два" as "120 2"; in words it is right more often."""
    unknown_penalty: float = 0.5
    """What a reading loses (natural logarithm) if none of its words exists: brought the word error
    rate on clean speech of ten voices from 18.9 to 13.6 %, in noise it changed nothing."""
    loop_belief: float = 0.3
    """What is left (0 to 1) of the confidence of a reading that ran into a loop: a repeated word is
    more and more probable to it, but what was said instead is lost."""
    look_again: float = 0.5
    """A best reading below this confidence (0 to 1; at 0 never) is looked at again: 1.7 times as
    long as at first, for 7 % of utterances on a clean line, 26 % at 15 dB (docs/models.md)."""
    look_again_at_leisure: float = 0.65
    """The same where nobody waits for it: for 30 % on a clean line, 62 % at 15 dB."""
    leisure_s: float = 0.2
    """Nobody does where the first look took no longer (s): all looks are over half a second after
    the pause of 160 ms in which they begin, when a pause of 660 ms would end the turn."""
    slower: tuple[float, ...] = (0.9, 0.8)
    """Tempos of the other looks, with the pitch: alone each reads about as well as the first, but
    it is wrong about other words."""
    longest_again_s: float = 10.0
    """Longer audio is looked at once (s): the caller would wait long. What that costs in words was
    not measured."""
    peak: float = 0.7
    """The audio is scaled to this peak (0 to 1)."""
    threads: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.readings <= self.beam:
            raise ValueError(f"1 <= readings <= beam, not {self.readings} and {self.beam}")
        if self.look_again > self.look_again_at_leisure:
            raise ValueError("look_again is at most look_again_at_leisure")
        if max(self.piece_s, self.longest_again_s / min(self.slower)) + self.margin_s > 30:
            raise ValueError(
                "piece_s + margin_s and longest_again_s / slower + margin_s are at most 30 s, "
                "Whisper's own window"
            )


class WhisperRecognizer:
    """A loaded Whisper model.

    `Recognition.confidence` is exp(mean log-probability of the tokens by sound), less where words
    do not exist (`WhisperSettings.unknown_penalty`); below 0.5 the text is usually wrong.

    Args:
        name: as in the catalogue.
        directory: `model.bin`, `config.json`, `tokenizer.json`, `vocabulary.*`.
        settings: how to decode.
        phrases: what callers may say, one phrase a line (see `asr.known_phrases`).
        now: a clock that never goes back (s).

    Raises:
        NoRecognizerError: the files are missing or broken.
    """

    streams_partials = False

    def __init__(
        self,
        name: str,
        directory: Path,
        settings: WhisperSettings = WhisperSettings(),
        *,
        phrases: Path | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._settings = settings
        self._now = now
        for needed in ("model.bin", "config.json", "tokenizer.json"):
            if not (directory / needed).is_file():
                raise NoRecognizerError(
                    f"{directory / needed}: missing; 'voice122 models fetch {name}'"
                )
        try:
            self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            end, no_speech, *prompt = map(self._number, (_END, _NO_SPEECH, *_PROMPT))
            self._tokens = [*self._spoken_tokens(end), *range(end, prompt[-1] + 1)]
            numbers = {token: number for number, token in enumerate(self._tokens)}
            self._prompt = [numbers[sign] for sign in prompt]
            self._end = numbers[end]
            self._network = WhisperNetwork(
                WhisperWeights.read(directory),
                self._tokens,
                end=self._end,
                no_speech=numbers[no_speech],
                window_s=settings.min_window_s,
                threads=settings.threads,
            )
        except NoRecognizerError:
            raise
        except Exception as error:  # the tokenizer's library raises bare Exception
            raise NoRecognizerError(
                f"{directory}: cannot be loaded ({error}); 'voice122 models fetch {name}'"
            ) from error
        self._lexicon = Lexicon()
        self._known = KnownPhrases(phrases, self._over_tokens)
        self._known.model()  # learnt before the first caller waits for it

    def _number(self, sign: str) -> int:
        number = self._tokenizer.token_to_id(sign)
        if number is None:
            raise NoRecognizerError(f"no multilingual Whisper: its tokenizer lacks {sign}")
        return int(number)

    def _spoken_tokens(self, end: int) -> list[int]:
        """Numbers of the text tokens, those before `end`, that Russian speech needs."""
        texts = self._tokenizer.decode_batch([[token] for token in range(end)])
        return [
            token
            for token, text in enumerate(texts)
            if (_SPOKEN.fullmatch(text) and not _DASHES.fullmatch(text))
            or (self._settings.digits and text.strip().isdigit())
        ]

    def _over_tokens(self, model: LanguageModel) -> TokenModel:
        written = self._tokenizer.decode_batch(
            [[token] for token in self._tokens], skip_special_tokens=True
        )
        return TokenModel(model, written, self._end)

    def stream(self, hints: Hints = NO_HINTS) -> _WhisperStream:
        """See `asr.recognizer.Recognizer`."""
        return _WhisperStream(self, hints)

    def look(self, samples: Pcm, hints: Hints) -> Recognition:
        """Look once at an utterance of any length; without a sample, nobody spoke."""
        if not len(samples):
            return Recognition()
        settings = self._settings
        began = self._now()
        whole = join([self._look(piece, hints) for piece in split(samples, settings.piece_s)])
        leisure = self._now() - began <= settings.leisure_s
        least = settings.look_again_at_leisure if leisure else settings.look_again
        unsure = bool(whole.text) and whole.confidence < least
        short = len(samples) <= settings.longest_again_s * SAMPLE_RATE
        # What may be no speech at all does not become surer by being looked at again.
        somebody = whole.no_speech is not None and whole.no_speech < _SOMEBODY_SPEAKS
        return replace(whole, doubtful=unsure and short and somebody)

    def look_again(self, samples: Pcm, hints: Hints, first: Recognition) -> Recognition:
        """Look slower at what was `doubtful` at first."""
        readings = readings_of(first)
        tempos = self._settings.slower
        with ThreadPoolExecutor(len(tempos)) as looks:  # the network computes outside of Python
            for found, _ in looks.map(partial(self._heard, samples, hints), tempos):
                readings += found
        return replace(choose(ranked(readings), hints), no_speech=first.no_speech)

    def _look(self, samples: Pcm, hints: Hints) -> Recognition:
        readings, no_speech = self._heard(samples, hints, tempo=1.0)
        return replace(choose(readings, hints), no_speech=no_speech)

    def _heard(self, samples: Pcm, hints: Hints, tempo: float) -> tuple[list[Reading], float]:
        """Readings, best first, and the doubt that anybody speaks."""
        known, weight = self._known.model(), _KNOWN[hints.answer]
        prior = known.weighted(weight) if known and weight else None
        read = self._read(samples, prior, tempo)
        readings = ranked(self._readings(read.texts, hints))
        # A word that Whisper would repeat is likelier still by what is known, and silence likelier
        # than words that nobody ever said: where either comes out, the sound alone counts.
        if prior is not None and _failed(readings[0].text, read.no_speech):
            read = self._read(samples, None, tempo)
            readings = ranked(self._readings(read.texts, hints))
        return readings, read.no_speech

    def _read(self, samples: Pcm, prior: Prior | None, tempo: float) -> Read:
        window, sound_s = self._window(samples, tempo)
        base, per_second = self._settings.length_cap
        return self._network.read(
            log_mel(window),
            math.ceil((sound_s + self._settings.silence_s) * MEL_RATE / HOP),
            self._prompt,
            beam=self._settings.beam,
            longest=base + math.ceil(per_second * len(samples) / SAMPLE_RATE),
            prior=prior,
        )

    def _window(self, samples: Pcm, tempo: float) -> tuple[NDArray[np.float32], float]:
        """The audio with silence after it; how long the audio is (s)."""
        audio = samples.astype(np.float32) / FULL_SCALE
        peak = float(np.abs(audio).max(initial=0.0))
        if peak > 0:
            audio *= self._settings.peak / peak
        wide = soxr.resample(audio, SAMPLE_RATE * tempo, MEL_RATE)
        duration = len(wide) / MEL_RATE
        window_s = max(self._settings.min_window_s, duration + self._settings.margin_s)
        padded = np.zeros(math.ceil(window_s * MEL_RATE / HOP / 2) * 2 * HOP, np.float32)
        padded[: len(wide)] = wide
        return padded, duration

    def _readings(self, texts: Sequence[Text], hints: Hints) -> list[Reading]:
        """Those of the beam."""
        readings: list[Reading] = []
        for each in texts[: self._settings.readings]:
            numbers = [self._tokens[token] for token in each.tokens]
            written = self._tokenizer.decode(numbers, skip_special_tokens=True)
            text = said_once(mend_numerals(normalize(written)))
            heard = without_loops(text)
            unknown = self._lexicon.unknown_share(heard, hints.words)
            share = math.exp(-self._settings.unknown_penalty * unknown)
            if heard != text:
                share *= self._settings.loop_belief
            confidence, belief = min(1.0, math.exp(each.score)), math.exp(each.rank)
            readings.append(Reading(heard, share * confidence, share * belief))
        return readings


class _WhisperStream:
    """Gathers the audio; looks at it when asked, at the same audio no more often than needed."""

    def __init__(self, recognizer: WhisperRecognizer, hints: Hints) -> None:
        self._recognizer = recognizer
        self._hints = hints
        self._chunks: list[Pcm] = []
        self._decoded: Recognition | None = None

    def accept(self, samples: Pcm) -> None:
        if len(samples):
            self._chunks.append(samples)
            self._decoded = None

    def partial(self) -> Recognition:
        if self._decoded is None:
            self._decoded = self._recognizer.look(self._audio, self._hints)
        return self._decoded

    def finish(self, first: Recognition | None = None) -> Recognition:
        decoded = first or self.partial()
        if decoded.doubtful:
            decoded = self._recognizer.look_again(self._audio, self._hints, decoded)
        self._decoded = decoded
        return decoded

    @property
    def _audio(self) -> Pcm:
        return np.concatenate([*self._chunks, np.zeros(0, np.int16)])


def _failed(text: str, no_speech: float) -> bool:
    """Whether a loop came out, or nothing although somebody speaks."""
    if not text:
        return no_speech < _SOMEBODY_SPEAKS
    return is_loop(text.split(), GuardSettings().loop_repeats)


def split(samples: Pcm, longest_s: float) -> list[Pcm]:
    """Cut audio into pieces no longer than `longest_s`, where its last third is quietest."""
    longest = int(longest_s * SAMPLE_RATE)
    block = SAMPLE_RATE // 10
    pieces: list[Pcm] = []
    while len(samples) > longest:
        begin = longest * 2 // 3
        blocks = samples[begin:longest].astype(np.float64)
        blocks = blocks[: len(blocks) // block * block].reshape(-1, block)
        quietest = int((blocks**2).mean(axis=1).argmin())
        cut = begin + quietest * block + block // 2
        pieces.append(samples[:cut])
        samples = samples[cut:]
    return [*pieces, samples]
