"""Makes the recordings of this folder and their manifest from `script.yaml`.

    python -m tests.audio.make           write them
    python -m tests.audio.make --check   make them elsewhere and compare with what is here

RHVoice speaks as a separate process (`RHVoice-test`); everything else is numpy. The same script,
seed and voices give the same samples.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
import yaml
from numpy.random import Generator

from asr.audio import SAMPLE_RATE, Pcm
from bench.audio import (
    NOISES,
    Signal,
    a_law,
    active_level_db,
    add_noise,
    babble,
    level_db,
    line_noise,
    read_pcm,
    set_active_level,
    telephone_band,
    to_signal,
    write_flac,
)
from tests.audio import sounds

HERE: Final = Path(__file__).parent
SEED: Final = 122
SPEECH_LEVEL: Final = -26.0
"""Active speech level of every utterance (dBFS, ITU-T P.56), the usual one for tests."""
LINE_NOISE_LEVEL: Final = -65.0
"""Hiss of the line under every utterance (dBFS)."""
LEAD_S: Final = (0.3, 0.8)
"""Silence before speech: evenly between these (s)."""
TAIL_S: Final = 0.8
"""Silence after speech (s)."""
SAME_DB: Final = 30.0
"""Two recordings are the same if they differ by something this much quieter than they are (dB).
Libraries round differently on other processors."""
FREE_VOICES: Final = frozenset({"Anna", "Elena", "Irina", "Aleksandr"})
VOICES_DIR: Final = Path("/usr/share/RHVoice/voices")

HEADER: Final = """\
# Made by `python -m tests.audio.make` from script.yaml; do not edit.
#
# An entry is one file, 8 kHz mono 16-bit FLAC:
#   file      from this folder
#   says      the words, as they would be written
#   voice     RHVoice voice; rate and pitch in per cent of its own (100 where absent)
#   speech_s  first and last moment of speech (s from the file's start)
#   noise     pink, street or babble at snr_db: active speech level (ITU-T P.56) over the noise's
#             RMS (dB); absent: only the line's hiss at -65 dBFS
#   clean     where there is noise: the same samples without it
#   intent    a name from nlu_data/intents.yml; absent where only a question gives it meaning
#   reads     kind of slot that the words fill, and its value: digits, an id of the lists, a date
#             ("--12-05" without a year, or a day of the week), a time, true or false
#   about     what a sound is that is not speech
# voices: format and revision of the voice data that spoke.
"""


@dataclass(frozen=True)
class Utterance:
    """Words spoken in a telephone, before any noise but the line's."""

    line: Signal
    speech_s: tuple[float, float]
    entry: dict[str, Any]
    """What the script says of it."""


def generator(name: str) -> Generator:
    """Randomness of the recording `name`: its own, so that a new recording changes no other."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def speak(text: str, voice: str, rate: int = 100, pitch: int = 100) -> Signal:
    """`text` in RHVoice's `voice` as the telephone band carries it, at 8 kHz.

    Raises:
        SystemExit: RHVoice is missing, failed, or the voice's licence is not a free one.
    """
    if voice not in FREE_VOICES:
        raise SystemExit(f"voice {voice}: choose a free one: {', '.join(sorted(FREE_VOICES))}")
    if shutil.which("RHVoice-test") is None:
        raise SystemExit("RHVoice-test is missing: run deploy/system-packages")
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "speech.wav"
        options = ["-p", voice, "-r", str(rate), "-t", str(pitch), "-o", str(wav)]
        done = subprocess.run(
            ["RHVoice-test", *options], input=text.encode(), capture_output=True, check=False
        )
        if done.returncode or not wav.exists():
            raise SystemExit(f"RHVoice-test failed for {voice}: {done.stderr.decode().strip()}")
        samples, sample_rate = soundfile.read(wav, dtype="float64")
    return telephone_band(samples, sample_rate)


def speech_span(voice: Signal) -> tuple[int, int]:
    """First and one past the last sample of speech in `voice`, to 10 ms.

    Speech is what lies less than 30 dB below the active speech level; `voice` must hold no noise.
    """
    step = SAMPLE_RATE // 100
    blocks = voice[: len(voice) // step * step].reshape(-1, step)
    threshold = 10 ** ((active_level_db(voice) - 30) / 20)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(blocks), axis=1)) > threshold)
    if not len(loud):
        raise ValueError("nobody speaks here: give a voice with no noise")
    return int(loud[0]) * step, (int(loud[-1]) + 1) * step


def utter(name: str, entry: dict[str, Any]) -> Utterance:
    """The utterance that `entry` of the script asks for, on a line with a little hiss."""
    rng = generator(name)
    voice = speak(entry["says"], entry["voice"], entry.get("rate", 100), entry.get("pitch", 100))
    first, last = speech_span(voice)
    lead = round(float(rng.uniform(*LEAD_S)), 2)
    before, after = round(lead * SAMPLE_RATE), round(TAIL_S * SAMPLE_RATE)
    # P.56 counts 200 ms after speech as active, so the level is that of the padded voice.
    line = set_active_level(np.pad(voice[first:last], (before, after)), SPEECH_LEVEL)
    line += line_noise(len(line), rng, LINE_NOISE_LEVEL)
    known = {k: v for k, v in entry.items() if k != "noisy"}
    known["says"] = known["says"].replace("+", "")
    return Utterance(line, (lead, round(lead + (last - first) / SAMPLE_RATE, 2)), known)


class Maker:
    """Writes recordings into `folder` and gathers their entries of the manifest."""

    def __init__(self, folder: Path, script: dict[str, Any]) -> None:
        self.folder = folder
        self.script = script
        self.crowd = [
            speak(e["says"], e["voice"], e.get("rate", 100), e.get("pitch", 100))
            for e in script["babble"]
        ]

    def make(self) -> None:
        """Write every recording and ``manifest.yaml``."""
        entries = {
            "phrases": list(self.phrases()),
            "callers": list(self.callers()),
            "not_speech": list(self.not_speech()),
        }
        lines = [HEADER, f"voices: {_flow(voice_revisions())}\n"]
        for section, items in entries.items():
            lines.append(f"\n{section}:\n")
            for item in items:
                turns = item.pop("turns", None)
                if turns is None:
                    lines.append(f"- {_flow(item)}\n")
                    continue
                lines += [f"- {key}: {_flow(value)}\n" for key, value in item.items()][:1]
                lines += [f"  {key}: {_flow(value)}\n" for key, value in item.items()][1:]
                lines += ["  turns:\n", *(f"  - {_flow(turn)}\n" for turn in turns)]
        (self.folder / "manifest.yaml").write_text("".join(lines), "utf-8")

    def phrases(self) -> Iterator[dict[str, Any]]:
        for name, entry in self.script["phrases"].items():
            utterance = utter(name, entry)
            clean = self.write(f"phrases/{name}.flac", utterance)
            yield clean
            for noise, snr_db in entry["noisy"].items():
                file = f"phrases/{name}-{noise}{snr_db}.flac"
                yield self.write_noisy(file, utterance, clean["file"], noise, snr_db)

    def callers(self) -> Iterator[dict[str, Any]]:
        spoken: dict[str, Utterance] = {}
        for name, caller in self.script["callers"].items():
            turns = []
            for number, turn in enumerate(caller["turns"], 1):
                place = f"{name}/{number}"
                file = f"{place}.flac"
                if "of" in turn:
                    original, clean = spoken[turn["of"]], turn["of"] + ".flac"
                    turns.append(
                        self.write_noisy(file, original, clean, turn["noise"], turn["snr_db"])
                    )
                elif "says" in turn:
                    spoken[place] = utter(place, turn)
                    turns.append(self.write(file, spoken[place]))
                else:
                    quiet = line_noise(10 * SAMPLE_RATE, generator(place), -60)
                    write_flac(self.folder / file, a_law(quiet))
                    turns.append({"file": file, "about": "10 s of a line's hiss at -60 dBFS"})
            yield {"name": name, "about": caller["about"], "turns": turns}

    def not_speech(self) -> Iterator[dict[str, Any]]:
        keys = "122*0#9876543210*5#"
        made: dict[str, tuple[Pcm, str]] = {
            "line_noise": (
                a_law(line_noise(10 * SAMPLE_RATE, generator("line_noise"), -60)),
                "hiss of an idle line at -60 dBFS",
            ),
            # Not through the coder, which has no zero: what an exchange sends for a muted line.
            "digital_zero": (np.zeros(10 * SAMPLE_RATE, dtype=np.int16), "samples that are all 0"),
            "dtmf": (a_law(sounds.dtmf(keys, 10, generator("dtmf"))), f"keys {keys}"),
            "busy": (a_law(sounds.busy(10)), "busy tone, 425 Hz"),
            "music": (a_law(sounds.music()), "music on hold, our own tune, at -22 dBFS"),
            "hum": (
                a_law(sounds.hum(10, generator("hum"))),
                "mains hum, 50 Hz and harmonics, at -35 dBFS",
            ),
        }
        for name, (pcm, about) in made.items():
            file = f"not_speech/{name}.flac"
            write_flac(self.folder / file, pcm)
            yield {"file": file, "about": about}

    def write(self, file: str, utterance: Utterance) -> dict[str, Any]:
        write_flac(self.folder / file, a_law(utterance.line))
        return {"file": file, **utterance.entry, "speech_s": list(utterance.speech_s)}

    def write_noisy(
        self, file: str, utterance: Utterance, clean: str, noise: str, snr_db: float
    ) -> dict[str, Any]:
        rng, n = generator(file), len(utterance.line)
        bed = babble(self.crowd, n, rng) if noise == "babble" else NOISES[noise](n, rng)
        write_flac(self.folder / file, a_law(add_noise(utterance.line, bed, snr_db)))
        return {
            "file": file,
            **utterance.entry,
            "noise": noise,
            "snr_db": snr_db,
            "clean": clean,
            "speech_s": list(utterance.speech_s),
        }


def measured_snr_db(noisy: Pcm, clean: Pcm) -> float:
    """Active speech level of `clean` over the RMS of what `noisy` has besides (dB)."""
    return active_level_db(to_signal(clean)) - level_db(to_signal(noisy) - to_signal(clean))


def voice_revisions() -> dict[str, str]:
    """Format and revision of the installed voices' data: other revisions sound a little other."""
    revisions = {}
    for voice in sorted(FREE_VOICES):
        info = (VOICES_DIR / voice.lower() / "voice.info").read_text("utf-8")
        facts = dict(line.split("=", 1) for line in info.split("\n") if "=" in line)
        revisions[voice] = f"{facts['format']}.{facts['revision']}"
    return revisions


def compare(made: Path, kept: Path) -> list[str]:
    """What is wrong with the recordings in `kept`, if `made` are right; empty: nothing.

    With the same voices they must be the same, up to rounding. Voices of another revision may
    speak up to a fifth longer or shorter, and up to 3 dB louder or softer.
    """
    names = {_name(path, made) for path in made.rglob("*.flac")}
    ours = {_name(path, kept) for path in kept.rglob("*.flac")}
    faults = [f"{name} is missing: make it again" for name in sorted(names - ours)]
    faults += [f"{name} is not in script.yaml: remove it" for name in sorted(ours - names)]
    manifests = [yaml.safe_load((folder / "manifest.yaml").read_text()) for folder in (made, kept)]
    same_voices = manifests[0]["voices"] == manifests[1]["voices"]
    if same_voices and manifests[0] != manifests[1]:
        faults.append("manifest.yaml is not what script.yaml gives: make it again")
    for name in sorted(names & ours):
        new, old = to_signal(read_pcm(made / name)), to_signal(read_pcm(kept / name))
        if same_voices:
            same = len(new) == len(old) and (
                np.array_equal(new, old) or level_db(old) - level_db(new - old) >= SAME_DB
            )
        else:
            longer = abs(len(new) / len(old) - 1)
            same = longer <= 0.2 and abs(level_db(new) - level_db(old)) <= 3
        if not same:
            faults.append(f"{name} is not what script.yaml gives: make it again")
    return faults


def main(argv: list[str]) -> int:
    """Make the recordings, or check them. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.audio.make", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is here")
    check = parser.parse_args(argv).check
    script = yaml.safe_load((HERE / "script.yaml").read_text("utf-8"))
    if not check:
        for stale in HERE.rglob("*.flac"):
            stale.unlink()
        Maker(HERE, script).make()
        files = list(HERE.rglob("*.flac"))
        size = sum(file.stat().st_size for file in files)
        print(f"{len(files)} recordings, {size / 1e6:.2f} MB")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        Maker(Path(folder), script).make()
        faults = compare(Path(folder), HERE)
    print("\n".join(faults) or "the recordings are what script.yaml gives")
    return 1 if faults else 0


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _flow(value: Any) -> str:
    """`value` as YAML on one line."""
    text = yaml.safe_dump(
        value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
