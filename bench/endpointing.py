"""End of a turn: how often callers who hesitate are cut off, and how long whole turns wait.

Phrases with pauses in the middle are spoken (RHVoice), sent as A-law, and go through detector,
listener, recognizer and strategy as in a call; what was heard reaches the strategy a decoding's
time after the pause began. A turn is cut off if it is ended before its last piece; the wait is
counted from the true end of speech. Pauses are log-normal with a median of 450 ms, 0.2 to 1.5 s:
each phrase is spoken with several draws.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from asr.audio import FRAME_MS, SAMPLE_RATE, Pcm
from asr.detectors import DETECTORS, make_detector
from asr.endpoint import Endpointing, Expectation, Signal
from asr.endpointing import ByExpectation, EndpointSettings, FixedSilence
from asr.listener import Listener
from asr.recognizer import Recognizer
from asr.selection import load_recognizer
from asr.transcribe import frames
from bench.audio import a_law, line_noise, set_active_level, telephone_band, to_signal
from dialog.nlu.embedded import load_interpreter
from telephony.turn_taking import USUAL
from tts.rhvoice import FREE_VOICES, RhvoiceSynthesizer
from voice122.settings import Settings

E = Expectation
PHRASES: Final[tuple[tuple[Expectation, str], ...]] = (
    (E.OPEN, "Здравствуйте. | Мне бы к врачу | записаться."),
    (E.OPEN, "Алло! | Это сто двадцать два?"),
    (E.OPEN, "Запишите меня, пожалуйста, | к терапевту."),
    (E.OPEN, "Я хочу записать | ребёнка | к окулисту."),
    (E.OPEN, "Мне нужно | вызвать врача на дом, | температура высокая."),
    (E.OPEN, "Подскажите, | до скольки работает | поликлиника на Мира?"),
    (E.OPEN, "У меня муж | участник спецоперации, | какие ему положены | льготы?"),
    (E.OPEN, "Мне пришла | повестка, | что делать?"),
    (E.OPEN, "Ну вот, я хотела узнать | насчёт | прививки от гриппа."),
    (E.OPEN, "Мне отказали в приёме | в поликлинике, | хочу пожаловаться."),
    (E.OPEN, "Ребёнок кашляет | третий день, | температура тридцать восемь."),
    (E.OPEN, "Где можно сдать | анализ крови?"),
    (E.OPEN, "Вызовите врача на дом."),
    (E.OPEN, "Как работает поликлиника в субботу?"),
    (E.OPEN, "Хочу отменить запись к хирургу."),
    (E.OPEN, "Какие выплаты положены мобилизованным?"),
    (E.OPEN, "Муж упал и не дышит."),
    (E.OPEN, "Запишите меня к кардиологу в Кунгуре."),
    (E.OPEN, "Когда будут готовы результаты анализов?"),
    (E.OPEN, "Соедините с оператором."),
    (E.OPEN, "Мне нужна отсрочка, я студент."),
    (E.OPEN, "Нет, больше ничего, спасибо."),
    (E.CHOICE, "К кардиологу."),
    (E.CHOICE, "Мне | к детскому | хирургу."),
    (E.CHOICE, "Я живу | в Березниках."),
    (E.CHOICE, "В Кунгуре."),
    (E.DATE, "В четверг."),
    (E.DATE, "Давайте | на двадцать пятое | ноября."),
    (E.DATE, "Завтра, | если можно, | после обеда."),
    (E.NAME, "Иванова | Мария | Петровна."),
    (E.NAME, "Сидоров Алексей Николаевич."),
    (E.YES_NO, "Да, всё верно."),
    (E.YES_NO, "Нет, | не к терапевту, | а к хирургу."),
    (E.YES_NO, "Да."),
    (E.YES_NO, "Нет, не надо."),
    (E.DIGITS, "Восемь, девятьсот двенадцать, | ноль ноль ноль, | двенадцать, | тридцать четыре."),
    (E.DIGITS, "Ноль, пять, семь, | семь, два, один."),
    (E.ADDRESS, "Улица Ленина, | дом шестнадцать, | квартира пять."),
)
"""What was asked for, and an answer; "|" is where the caller hesitates."""

PAUSE_MEDIAN_S: Final = 0.45
PAUSE_SPREAD: Final = 0.5
PAUSE_S: Final = (0.2, 1.5)
LEVEL: Final = -26.0
PARSE_S: Final = 0.06
"""How long understanding takes (s)."""


@dataclass(frozen=True)
class Utterance:
    """A spoken phrase."""

    expects: Expectation
    line: Pcm
    last_piece_s: float
    """Where its last piece begins (s)."""
    end_s: float
    """Where its speech truly ends (s)."""


@dataclass(frozen=True)
class Ended:
    """How a strategy ended a turn."""

    expects: Expectation
    hesitates: bool
    cut_off: bool
    wait_ms: float
    """From the true end of speech; negative where it was cut off."""
    decodings: int


def spoken(draws: int) -> Iterator[Utterance]:
    """Every phrase, `draws` times where it has pauses."""
    for expects, phrase in PHRASES:
        pieces = phrase.split("|")
        for draw in range(draws if len(pieces) > 1 else 1):
            source = np.random.default_rng([draw, zlib.crc32(phrase.encode())])
            voice = FREE_VOICES[int(source.integers(len(FREE_VOICES)))]
            yield _utterance(expects, [_piece(voice, piece) for piece in pieces], source)


def _utterance(expects: Expectation, pieces: list[Pcm], source: np.random.Generator) -> Utterance:
    parts = [np.zeros(SAMPLE_RATE)]
    for number, piece in enumerate(pieces):
        if number:
            drawn = PAUSE_MEDIAN_S * np.exp(PAUSE_SPREAD * source.standard_normal())
            parts.append(np.zeros(int(np.clip(drawn, *PAUSE_S) * SAMPLE_RATE)))
        last_piece = sum(map(len, parts))
        parts.append(to_signal(piece))
    end = sum(map(len, parts))
    speech = telephone_band(np.concatenate([*parts, np.zeros(3 * SAMPLE_RATE)]))
    line = set_active_level(speech, LEVEL) + line_noise(len(speech), source)
    return Utterance(expects, a_law(line), last_piece / SAMPLE_RATE, end / SAMPLE_RATE)


@cache
def _voice(name: str) -> RhvoiceSynthesizer:
    return RhvoiceSynthesizer(name)


@cache
def _piece(voice: str, text: str) -> Pcm:
    """`text` without the silence around it."""
    pcm = np.concatenate(list(_voice(voice).synthesize(text.strip().lower())))
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _QUIET)
    return pcm[loud[0] : loud[-1] + 1]


_QUIET: Final = 330  # -40 dBFS


class Decoder:
    """Reads the beginning of an utterance, each only once for all strategies."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self._known: dict[tuple[int, int], str] = {}

    def __call__(self, number: int, samples: Pcm) -> str:
        key = (number, len(samples))
        if key not in self._known:
            stream = self._recognizer.stream()
            stream.accept(samples)
            self._known[key] = stream.finish().text
        return self._known[key]


def listen(
    number: int,
    utterance: Utterance,
    listener: Listener,
    decode: Decoder,
    decode_ms: int,
    understands: Callable[[str], bool],
) -> Ended:
    """Lead one turn to its end."""
    listener.expect(utterance.expects)
    guess: tuple[float, str] | None = None
    meant_s: float | None = None
    decodings = 0
    for frame in frames(utterance.line):
        signal = listener.accept(frame)
        if signal is Signal.RESUMED:
            guess = meant_s = None
        if signal is Signal.MAYBE_END:
            decodings += 1
            text = decode(number, listener.samples)
            guess = (listener.position_s + decode_ms / 1000, text)
        elif guess is not None and listener.position_s >= guess[0]:
            text, guess = guess[1], None
            signal = listener.guess(text)
            meant_s = listener.position_s + PARSE_S if understands(text) else None
        elif meant_s is not None and listener.position_s >= meant_s:
            meant_s = None
            signal = listener.understood()
        if signal in (Signal.END, Signal.TOO_LONG):
            break
    position_s = listener.position_s
    cut_off = position_s < utterance.last_piece_s + _SAID_S
    hesitates = utterance.last_piece_s > _LEAD_S
    wait_ms = (position_s - utterance.end_s) * 1000
    return Ended(utterance.expects, hesitates, cut_off, wait_ms, decodings)


_SAID_S: Final = 0.1
_LEAD_S: Final = 1.0 + FRAME_MS / 1000


def strategies() -> dict[str, Callable[[], Endpointing]]:
    """What is compared."""
    settings = EndpointSettings()
    return {
        "fixed 500 ms": lambda: FixedSilence(500),
        "fixed 660 ms": lambda: FixedSilence(660),
        "by what was asked only": lambda: _Deaf(settings),
        "by what was asked and heard": lambda: _Incurious(settings),
        "and understood": lambda: ByExpectation(settings),
    }


class _Incurious(ByExpectation):
    def understood(self) -> Signal | None:
        return None


class _Deaf(_Incurious):
    def guess(self, text: str) -> Signal | None:
        return None


def understanding(model: Path) -> Callable[[str], bool]:
    """Whether a text has a sure meaning, as a call asks it."""
    interpreter = load_interpreter(model)

    @cache
    def understands(text: str) -> bool:
        parse = interpreter.parse(text)
        return parse.intent is not None and not parse.clarify and parse.confidence >= USUAL.sure

    return understands


def main(argv: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench endpointing", description=__doc__)
    parser.add_argument("--models", type=Path, default=Path("var/models"), help="where weights lie")
    parser.add_argument("--engine", default="whisper-base", help="model that hears")
    parser.add_argument("--interpreter", type=Path, default=Settings().nlu_model)
    parser.add_argument("--vad", default="webrtc", choices=DETECTORS)
    parser.add_argument("--decode-ms", type=int, default=300, help="time of a decoding (ms)")
    parser.add_argument("--draws", type=int, default=3, help="times a phrase with pauses is spoken")
    parser.add_argument("--cut", action="store_true", help="print what was cut off, and where")
    args = parser.parse_args(argv)
    decode = Decoder(load_recognizer(args.engine, args.models / args.engine))
    understands = understanding(args.interpreter)
    utterances = list(spoken(args.draws))
    print(f"{len(utterances)} turns, {args.engine}, {args.vad}, decoding {args.decode_ms} ms")
    print(
        f"{'':29}{'cut off, %':>12}{'wait, ms: median':>18}{'p95':>6}{'open':>7}{'decodings':>11}"
    )
    for name, strategy in strategies().items():
        ended = []
        for number, utterance in enumerate(utterances):
            detector = make_detector(args.vad, args.models / "silero-vad")
            listener = Listener(detector, strategy())
            ended.append(listen(number, utterance, listener, decode, args.decode_ms, understands))
            if args.cut and ended[-1].cut_off and name == "and understood":
                print(f"    {utterance.expects}: {decode(number, listener.samples)}")
        hesitating = [each for each in ended if each.hesitates]
        whole = [each for each in ended if not each.cut_off]
        waits = [each.wait_ms for each in whole]
        opened = [each.wait_ms for each in whole if each.expects is Expectation.OPEN]
        print(
            f"{name:29}{100 * np.mean([each.cut_off for each in hesitating]):12.1f}"
            f"{np.median(waits):18.0f}{np.quantile(waits, 0.95):6.0f}{np.median(opened):7.0f}"
            f"{np.mean([each.decodings for each in ended]):11.1f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
