"""A model with the interface of Silero's packages: every letter is a tone, no training needed."""

import math

import torch

LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


class TinyModel:
    speakers = ("ba_aigul", "ru_zhadyra", "ru_ekaterina")
    symbols = "_~" + LETTERS + " +.,!?…:;–"

    def __init__(self):
        self.pitch = torch.nn.Parameter(torch.linspace(180.0, 1500.0, len(LETTERS)))

    def to(self, device):
        return self

    def apply_tts(self, text=None, speaker="ru_zhadyra", sample_rate=48000, put_accent=True):
        if sample_rate not in (8000, 24000, 48000):
            raise ValueError("`sample_rate` should be in [8000, 24000, 48000]")
        if speaker not in self.speakers:
            raise ValueError(f"`speaker` should be in {', '.join(self.speakers)}")
        if not any(letter in LETTERS for letter in text) or set(text) - set(self.symbols):
            raise ValueError
        if len(text) > 900:
            raise Exception("Model couldn't generate your text, probably it's too long")
        if "аварияяя" in text and "?" in text:
            raise RuntimeError("refused")
        sounds = []
        for symbol in text:
            seconds = 0.07 if symbol in LETTERS else 0.05
            t = torch.arange(int(seconds * sample_rate)) / sample_rate
            if symbol in LETTERS:
                hertz = self.pitch.data[LETTERS.index(symbol)]
                sounds.append(1.1 * torch.sin(2 * math.pi * hertz * t))
            elif symbol != "+":
                sounds.append(torch.zeros_like(t))
        return torch.cat(sounds)
