"""What is Whisper's own: its input, its window, long audio, Russian words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from asr.audio import SAMPLE_RATE, Pcm
from asr.beam_search import Prior, Text
from asr.engine_whisper import WhisperRecognizer, WhisperSettings, split
from asr.lexicon import Lexicon
from asr.mel import MEL_RATE, log_mel
from asr.normalize import normalize
from asr.readings import Reading, choose, join, ranked, readings_of, said_once, without_loops
from asr.recognizer import NO_HINTS, Alternative, Hints, Recognition
from asr.whisper_network import Read
from tests.asr.conftest import hear, model_directory, recording

SECOND = np.arange(MEL_RATE) / MEL_RATE


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("phrases/despair.flac", "я больше не хочу жить"),
        ("phrases/yes.flac", "да"),
        ("phrases/no_thanks.flac", "нет не надо"),
    ],
)
def test_plain_russian_is_understood(whisper: WhisperRecognizer, file: str, said: str) -> None:
    recognition = hear(whisper, recording(file))
    assert recognition.text == said
    assert recognition.confidence > 0.4


def test_numbers_come_in_words(whisper: WhisperRecognizer) -> None:
    text = hear(whisper, recording("phrases/birthday.flac")).text
    assert not any(character.isdigit() for character in text)
    assert "марта" in text


def test_audio_longer_than_the_window_is_heard_to_its_end(whisper: WhisperRecognizer) -> None:
    middle = recording("phrases/despair.flac")
    pause = np.zeros(SAMPLE_RATE, np.int16)
    said = [recording(f"phrases/{name}.flac") for name in ("covid", "despair", "date", "no_thanks")]
    long = np.concatenate([part for phrase in said * 3 for part in (phrase, pause)])
    assert len(long) > 40 * SAMPLE_RATE
    heard = hear(whisper, np.concatenate([long, middle])).text
    assert heard.startswith("у меня положительный")
    assert heard.endswith("не хочу жить")


def test_partial_costs_one_decoding_only(
    whisper: WhisperRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    decodings = []
    look = whisper.look
    monkeypatch.setattr(whisper, "look", lambda *args: (decodings.append(args), look(*args))[1])
    stream = whisper.stream()
    stream.accept(recording("phrases/despair.flac"))
    assert stream.partial() is stream.finish()
    assert len(decodings) == 1


def test_tone_lights_up_its_own_mel_channels() -> None:
    mel = log_mel((0.5 * np.sin(2 * np.pi * 1000 * SECOND)).astype(np.float32))
    assert mel.shape == (80, 100)
    assert mel.dtype == np.float32
    # On Slaney's scale 1 kHz is 15 mel of 45.245 that 8 kHz is; the first centre is one step up.
    assert mel[:, 50].argmax() == round(15 / 45.245 * 81) - 1


def test_mel_of_silence_is_flat() -> None:
    np.testing.assert_allclose(log_mel(np.zeros(MEL_RATE, np.float32)), -1.5)


@settings(deadline=None, max_examples=30)
@given(
    arrays.arrays(
        np.float32, st.integers(3, 40).map(lambda n: 160 * n), elements=st.floats(-1, 1, width=32)
    )
)
def test_mel_stays_in_range(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    mel = log_mel(samples)
    assert mel.shape == (80, len(samples) // 160)
    assert np.isfinite(mel).all()
    assert mel.max() - mel.min() <= 2.0 + 1e-5  # eight powers of ten, divided by four


@given(st.integers(0, 60 * SAMPLE_RATE), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_pieces_of_long_audio_are_the_audio(length: int, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(-9, 9, length).astype(np.int16)
    pieces = split(samples, 10.0)
    assert all(len(piece) <= 10 * SAMPLE_RATE for piece in pieces)
    np.testing.assert_array_equal(np.concatenate(pieces), samples)


def test_long_audio_is_cut_in_the_pause() -> None:
    samples = np.random.default_rng(1).integers(-5000, 5000, 12 * SAMPLE_RATE).astype(np.int16)
    samples[8 * SAMPLE_RATE : 8 * SAMPLE_RATE + 2400] = 0
    first, _second = split(samples, 10.0)
    assert 8 * SAMPLE_RATE <= len(first) <= 8 * SAMPLE_RATE + 2400


def test_two_looks_are_one_list_best_first() -> None:
    first = [
        Reading("а к миницей здесь", 0.5, 0.3),
        Reading("отменить за пись", 0.4, 0.2),
    ]
    second = [Reading("отменить запись", 0.4, 0.4), Reading("отменить за пись", 0.3, 0.25)]
    assert ranked([*first, *second]) == [second[0], first[0], second[1]]


def test_what_was_chosen_can_be_compared_with_another_look() -> None:
    looked = [Reading("к луру", 0.5, 0.6), Reading("к лору", 0.3, 0.3)]
    chosen = choose(looked, Hints())
    assert (chosen.text, chosen.confidence) == ("к луру", 0.5)
    assert chosen.alternatives == (Alternative("к лору", pytest.approx(0.25)),)
    again = readings_of(chosen)
    assert [reading.belief for reading in again] == pytest.approx([0.6, 0.3])


@pytest.fixture(scope="module")
def looks_once() -> WhisperRecognizer:
    directory = model_directory("whisper-base")
    settings = WhisperSettings(look_again=0.0, look_again_at_leisure=0.0)
    return WhisperRecognizer("whisper-base", directory, settings)


def test_words_in_doubt_are_looked_at_once_more(
    whisper: WhisperRecognizer, looks_once: WhisperRecognizer
) -> None:
    samples = recording("phrases/gas-pink15.flac")
    once, twice = hear(looks_once, samples), hear(whisper, samples)
    assert once.confidence < 0.5
    assert twice.confidence > once.confidence
    assert "газом" not in once.text
    assert "газом" in twice.text
    assert once.text in {other.text for other in twice.alternatives}


@pytest.mark.parametrize(
    "file", ["phrases/despair.flac", "phrases/doctor_home-pink5.flac", "not_speech/music.flac"]
)
def test_sure_words_and_doubtful_speech_are_looked_at_once(
    whisper: WhisperRecognizer, looks_once: WhisperRecognizer, file: str
) -> None:
    samples = recording(file)
    assert hear(whisper, samples) == hear(looks_once, samples)


@pytest.fixture
def tempos(whisper: WhisperRecognizer, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """At which the recognizer has looked."""
    seen: list[float] = []
    read = whisper._read

    def noted(samples: Pcm, prior: Prior | None, tempo: float) -> Read:
        seen.append(tempo)
        return read(samples, prior, tempo)

    monkeypatch.setattr(whisper, "_read", noted)
    return seen


@pytest.mark.parametrize(("times", "looks"), [(1, {1.0, 0.9, 0.8}), (4, {1.0})])
def test_a_long_utterance_is_looked_at_once(
    whisper: WhisperRecognizer,
    monkeypatch: pytest.MonkeyPatch,
    tempos: list[float],
    times: int,
    looks: set[float],
) -> None:
    monkeypatch.setattr(
        whisper, "_settings", WhisperSettings(look_again=1.0, look_again_at_leisure=1.0)
    )
    hear(whisper, np.tile(recording("phrases/benefits-pink15.flac"), times))
    assert set(tempos) == looks


@pytest.mark.parametrize(("took_s", "looks"), [(0.1, {1.0, 0.9, 0.8}), (0.3, {1.0})])
def test_words_in_less_doubt_are_looked_at_again_where_nobody_waits_for_it(
    whisper: WhisperRecognizer,
    looks_once: WhisperRecognizer,
    monkeypatch: pytest.MonkeyPatch,
    tempos: list[float],
    took_s: float,
    looks: set[float],
) -> None:
    samples = recording("phrases/opening_hours.flac")
    at_first = hear(looks_once, samples).confidence
    assert WhisperSettings().look_again < at_first < WhisperSettings().look_again_at_leisure
    monkeypatch.setattr(whisper, "_now", iter([7.0, 7.0 + took_s]).__next__)
    hear(whisper, samples)
    assert set(tempos) == looks


def test_hints_choose_among_close_readings_only() -> None:
    readings = [
        Reading("к луру", 0.60, 0.60),
        Reading("к лору", 0.57, 0.57),
        Reading("к лору и хирургу", 0.30, 0.30),
    ]
    assert choose(readings, Hints()).text == "к луру"
    chosen = choose(readings, Hints(("лор", "лору", "хирургу")))
    assert (chosen.text, chosen.confidence) == ("к лору", 0.60)
    assert [other.text for other in chosen.alternatives] == ["к луру", "к лору и хирургу"]


@pytest.mark.parametrize(
    ("text", "once"),
    [
        ("запишите меня к врачу запишите меня к врачу", "запишите меня к врачу"),
        ("запишите меня к врачу запишите меня к вра", "запишите меня к врачу"),
        ("запишите меня к врачу запишите меня", "запишите меня к врачу"),
        ("нет не надо нет не звоните", "нет не надо нет не звоните"),
        ("да да да да да", "да да да да да"),
        ("ноль пять семь ноль пять семь", "ноль пять семь ноль пять семь"),
        ("здравствуйте запишите меня к врачу", "здравствуйте запишите меня к врачу"),
        ("", ""),
    ],
)
def test_phrase_that_repeats_itself_is_said_once(text: str, once: str) -> None:
    assert said_once(text) == once


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("первого ноября с с с с с с с с с", "первого ноября с"),
        ("что что что что что что до", "что до"),
        ("да да да да да", "да да да да да"),
        ("ноль ноль ноль ноль ноль ноль", "ноль ноль ноль ноль ноль ноль"),
        ("", ""),
    ],
)
def test_a_word_over_and_over_is_written_once(text: str, heard: str) -> None:
    assert without_loops(text) == heard


def test_a_reading_that_loops_loses_to_one_that_does_not(whisper: WhisperRecognizer) -> None:
    """A repeated word is more and more probable to Whisper."""
    written = {" Первого ноября с" + " с" * 20: -0.1, " Первого ноября сетч и двадцать": -0.7}
    numbers = {token: number for number, token in enumerate(whisper._tokens)}
    encoded = (whisper._tokenizer.encode(text, add_special_tokens=False).ids for text in written)
    texts = [
        Text(tuple(numbers[token] for token in tokens), score, score)
        for tokens, score in zip(encoded, written.values(), strict=True)
    ]
    best, looped = ranked(whisper._readings(texts, NO_HINTS))
    assert best.text == "первого ноября сетч и двадцать"
    assert looped.text == "первого ноября с"
    assert looped.confidence < WhisperSettings().look_again


def test_words_that_do_not_exist_are_counted() -> None:
    lexicon = Lexicon()
    assert lexicon.unknown_share("закажите мне такси до вокзала") == 0
    assert lexicon.unknown_share("закажите мне сидова до вокзала") == 0.2
    assert lexicon.unknown_share("живу в кшмырске", also_known=("кшмырске",)) == 0
    assert lexicon.unknown_share("какой-то ёж 122") == 0
    assert lexicon.unknown_share("") == 0


def test_joined_pieces_weigh_by_their_words() -> None:
    pieces = [
        Recognition("раз два три", 0.9, no_speech=0.1),
        Recognition(no_speech=0.8),
        Recognition("четыре", 0.5, no_speech=0.2),
    ]
    joined = join(pieces)
    assert joined.text == "раз два три четыре"
    assert joined.confidence == pytest.approx(0.8)
    assert joined.no_speech == 0.1
    assert join([]) == Recognition()


@pytest.mark.parametrize(
    "broken",
    [
        lambda: WhisperSettings(beam=2, readings=3),
        lambda: WhisperSettings(look_again=0.7),
        lambda: WhisperSettings(piece_s=29),
        lambda: WhisperSettings(longest_again_s=24),
    ],
)
def test_settings_that_make_no_sense_are_refused(broken: object) -> None:
    assert callable(broken)
    with pytest.raises(ValueError, match=r"readings|piece_s|again"):
        broken()


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Здравствуйте! Ёлка — это...", "здравствуйте ёлка это"),
        ("Какой-то, по-русски, из-за.", "какой-то по-русски из-за"),
        ("Сто-двадцать два", "сто двадцать два"),
        ("8-912-34", "8 912 34"),
        ("5% №3", "5 процентов номер 3"),
        ("«Да»\n", "да"),
        ("- -", ""),
        ("", ""),
    ],
)
def test_text_is_normalised(written: str, normal: str) -> None:
    assert normalize(written) == normal


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert once == once.strip()
    assert "  " not in once
