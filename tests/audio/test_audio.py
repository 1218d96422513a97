"""What the recordings promise to those who use them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pymorphy3
import pytest
import soundfile
import yaml

from asr.audio import SAMPLE_RATE
from bench.audio import (
    Signal,
    active_level_db,
    level_db,
    read_pcm,
    to_signal,
    write_flac,
)
from bench.corpus import AUDIO_DIR, Recording, load_corpus
from bench.words import normalise_words
from tests.audio import make, sounds

CORPUS = load_corpus()
FILES = sorted(AUDIO_DIR.rglob("*.flac"))
RECORDINGS = CORPUS.recordings()
SPOKEN = tuple(r for r in RECORDINGS if r.says)
CLEAN = tuple(r for r in SPOKEN if r.noise is None)
NOISY = tuple(r for r in SPOKEN if r.noise is not None)
ROOT = AUDIO_DIR.parent.parent


def name(recording: Recording) -> str:
    return recording.path.relative_to(AUDIO_DIR).as_posix()


# The set


def test_manifest_names_every_file_once() -> None:
    assert sorted(r.path for r in RECORDINGS) == FILES


def test_files_are_flac_8_khz_mono_16_bit() -> None:
    for file in FILES:
        info = soundfile.info(file)
        assert (info.format, info.subtype) == ("FLAC", "PCM_16"), file
        assert (info.samplerate, info.channels) == (SAMPLE_RATE, 1), file


def test_set_stays_small() -> None:
    sizes = [file.stat().st_size for file in FILES]
    assert max(sizes) < 1_000_000
    assert sum(sizes) < 4_000_000


def test_topics_are_spread_over_voices_rates_noises_and_answers() -> None:
    phrases = [p for p in CORPUS.phrases if p.noise is None]
    assert len(phrases) >= 30
    assert {p.voice for p in phrases} == make.FREE_VOICES
    assert len({p.rate for p in phrases}) >= 5
    assert {(r.noise, r.snr_db) for r in CORPUS.phrases if r.noise} == {
        (noise, snr_db) for noise in ("pink", "street", "babble") for snr_db in (15, 5)
    }
    assert {p.reads for p in phrases} >= {"yes_no", "digits", "date", "time"}
    assert {p.value for p in phrases if p.reads == "yes_no"} == {True, False}


def test_intents_and_values_are_those_that_editors_own() -> None:
    intents = yaml.safe_load((ROOT / "nlu_data" / "intents.yml").read_text("utf-8"))["intents"]
    assert {r.intent for r in SPOKEN} - {None} <= set(intents)
    for lists in ("specialties", "municipalities"):
        text = (ROOT / "nlu_data" / "lists" / f"{lists}.yml").read_text("utf-8")
        for value in {r.value for r in SPOKEN if r.reads == lists}:
            assert re.search(rf"\b{value}\b", text), f"{value} is not in the list {lists}"


def test_callers_have_their_turns_in_order() -> None:
    assert [c.name for c in CORPUS.callers] == [
        "appointment", "opening_hours", "emergency", "operator", "noisy", "silent",
    ]  # fmt: skip
    for caller in CORPUS.callers:
        expected = [f"{caller.name}/{n}.flac" for n in range(1, len(caller.turns) + 1)]
        assert [name(turn) for turn in caller.turns] == expected
        assert caller.about


def test_only_free_voices_speak() -> None:
    assert {r.voice for r in SPOKEN} <= make.FREE_VOICES
    with pytest.raises(SystemExit, match="choose a free one"):
        make.speak("да", "Tatiana")


INVENTED = {"Иванова", "Мария", "Петровна"}
"""The name that a caller gives when she is asked for one: anybody's, so nobody's."""


def test_nobody_real_is_named_and_telephone_numbers_are_fictitious() -> None:
    """Eight, a code of three digits, then 000: no subscriber's number begins so."""
    morphology = pymorphy3.MorphAnalyzer()
    for says in {r.says for r in SPOKEN}:
        for word in set(re.findall(r"\b[А-ЯЁ]\w*", says)) - INVENTED:
            tag = morphology.parse(word)[0].tag
            assert not {"Name", "Surn", "Patr"} & tag.grammemes, f"{word!r} in {says!r}"
        spaced = " ".join(normalise_words(says))
        for run in re.findall(r"\d{10,}", re.sub(r"(?<=\d) (?=\d)", "", spaced)):
            assert re.fullmatch(r"8\d{3}000\d{4}", run), says


# Levels, noise and times


def test_speech_is_at_its_level_and_never_clipped() -> None:
    for recording in SPOKEN:
        pcm = recording.pcm()
        assert np.max(np.abs(pcm.astype(np.int32))) < 0.9 * 32768, name(recording)
    for recording in CLEAN:
        level = active_level_db(to_signal(recording.pcm()))
        assert level == pytest.approx(make.SPEECH_LEVEL, abs=0.5), name(recording)


@pytest.mark.parametrize("recording", NOISY, ids=name)
def test_noise_is_as_loud_as_the_manifest_says(recording: Recording) -> None:
    assert recording.clean is not None
    measured = make.measured_snr_db(recording.pcm(), read_pcm(recording.clean))
    assert measured == pytest.approx(recording.snr_db, abs=1)


def test_speech_begins_and_ends_where_the_manifest_says() -> None:
    for recording in CLEAN:
        signal = to_signal(recording.pcm())
        assert recording.speech_s is not None
        first, last = (round(edge * SAMPLE_RATE) for edge in recording.speech_s)
        assert 0.3 <= first / SAMPLE_RATE <= 0.8
        assert (len(signal) - last) / SAMPLE_RATE == pytest.approx(make.TAIL_S, abs=0.02)
        quiet = make.LINE_NOISE_LEVEL + 3
        assert level_db(signal[:first]) < quiet, name(recording)
        assert level_db(signal[last:]) < quiet, name(recording)
        edge = SAMPLE_RATE // 50
        assert level_db(signal[first : first + edge]) > quiet, name(recording)
        assert level_db(signal[last - edge : last]) > quiet, name(recording)


def test_speech_lies_in_the_telephone_band() -> None:
    for recording in CLEAN:
        power = np.abs(np.fft.rfft(to_signal(recording.pcm()))) ** 2
        hz = np.fft.rfftfreq(len(recording.pcm()), 1 / SAMPLE_RATE)
        outside = np.sum(power[(hz < 200) | (hz > 3600)])
        assert 10 * np.log10(np.sum(power) / outside) > 25, name(recording)


# Sounds that are not speech


def not_speech(stem: str) -> Signal:
    (found,) = (r for r in CORPUS.not_speech if r.path.stem == stem)
    return to_signal(found.pcm())


def test_sounds_last_ten_seconds() -> None:
    for recording in (*CORPUS.not_speech, *CORPUS.callers[-1].turns):
        assert len(recording.pcm()) == 10 * SAMPLE_RATE, name(recording)


def test_levels_of_sounds_are_those_claimed() -> None:
    assert level_db(not_speech("line_noise")) == pytest.approx(-60, abs=0.5)
    assert level_db(not_speech("music")) == pytest.approx(-22, abs=0.5)
    assert level_db(not_speech("hum")) == pytest.approx(-35, abs=0.5)
    assert not np.any(not_speech("digital_zero"))


def test_hum_is_fifty_hertz_and_its_harmonics() -> None:
    spectrum = np.abs(np.fft.rfft(not_speech("hum")))
    assert np.argmax(spectrum) / 10 == 50
    harmonics = spectrum[500:10_001:500]  # bins of 0.1 Hz
    assert np.sum(harmonics**2) > 0.99 * np.sum(spectrum**2)


def test_every_key_can_be_read_from_the_dtmf_recording() -> None:
    (recording,) = (r for r in CORPUS.not_speech if r.path.stem == "dtmf")
    signal = to_signal(recording.pcm())
    loud = np.array([level_db(block) > -25 for block in signal.reshape(-1, 160)])
    starts = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    ends = np.flatnonzero(~loud[1:] & loud[:-1]) + 1
    heard = "".join(key_in(signal[a * 160 : b * 160]) for a, b in zip(starts, ends, strict=True))
    assert f"keys {heard}" == recording.about


def key_in(tone: Signal) -> str:
    """The key whose two frequencies are the strongest in `tone`."""
    t = np.arange(len(tone)) / SAMPLE_RATE

    def strength(hz: int) -> float:
        return float(abs(np.dot(tone, np.exp(-2j * np.pi * hz * t))))

    return max(sounds.DTMF_HZ, key=lambda key: sum(map(strength, sounds.DTMF_HZ[key])))


# Making them again


def test_a_turn_made_again_is_the_one_that_is_kept() -> None:
    script = yaml.safe_load((AUDIO_DIR / "script.yaml").read_text("utf-8"))
    turn = script["callers"]["appointment"]["turns"][1]
    again = make.utter("appointment/2", turn)
    kept = CORPUS.callers[0].turns[1]
    assert again.speech_s == kept.speech_s
    assert len(again.line) == len(kept.pcm())
    difference = again.line - to_signal(kept.pcm())  # nothing but the coder's steps
    assert level_db(again.line) - level_db(difference) > make.SAME_DB


def keep_two(folder: Path) -> None:
    """A set of two recordings in `folder`."""
    for file in ("operator/1.flac", "phrases/yes.flac"):
        (folder / file).parent.mkdir(parents=True)
        shutil.copy(AUDIO_DIR / file, folder / file)
    shutil.copy(AUDIO_DIR / "manifest.yaml", folder / "manifest.yaml")


def test_check_finds_nothing_where_nothing_differs(tmp_path: Path) -> None:
    keep_two(tmp_path / "made")
    keep_two(tmp_path / "kept")
    assert make.compare(tmp_path / "made", tmp_path / "kept") == []


def test_check_names_files_that_differ_are_missing_or_left_over(tmp_path: Path) -> None:
    made, kept = tmp_path / "made", tmp_path / "kept"
    keep_two(made)
    keep_two(kept)
    pcm = read_pcm(kept / "operator/1.flac")
    write_flac(kept / "operator/1.flac", (pcm * 0.9).astype(np.int16))
    (kept / "phrases/yes.flac").rename(kept / "phrases/old.flac")
    assert make.compare(made, kept) == [
        "phrases/yes.flac is missing: make it again",
        "phrases/old.flac is not in script.yaml: remove it",
        "operator/1.flac is not what script.yaml gives: make it again",
    ]


def test_check_allows_voices_of_another_revision_to_sound_a_little_other(tmp_path: Path) -> None:
    made, kept = tmp_path / "made", tmp_path / "kept"
    keep_two(made)
    keep_two(kept)
    manifest = (made / "manifest.yaml").read_text("utf-8")
    (made / "manifest.yaml").write_text(manifest.replace("Elena: '4.2'", "Elena: '4.3'"), "utf-8")
    pcm = read_pcm(made / "operator/1.flac")
    write_flac(made / "operator/1.flac", np.pad((pcm * 0.9).astype(np.int16), (0, 400)))
    write_flac(made / "phrases/yes.flac", np.tile(read_pcm(made / "phrases/yes.flac"), 2))
    assert make.compare(made, kept) == [
        "phrases/yes.flac is not what script.yaml gives: make it again"
    ]
