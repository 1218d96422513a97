"""A Whisper network, loaded: hears a spectrogram, and says which texts it may be.

The encoder gets the sound alone; the silence after it was heard beforehand
(`asr.whisper_silence`). By that the doubt that anybody speaks grows, by a factor that is taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from onnxruntime import OrtValue

from asr.beam_search import NEVER, Logits, Prior, Text, search
from asr.whisper_graph import decoder_session, encoder_session
from asr.whisper_silence import Heard, Silences, followed
from asr.whisper_weights import Matrix, WhisperWeights

_DOUBT: Final = 1.8
"""By so much the odds grow that nobody speaks where the silence is not the turn's own: 1.5 to 2.8,
over speech and over sounds that are none."""


@dataclass(frozen=True)
class Read:
    """What was heard."""

    texts: list[Text]
    """Best first, at least one."""
    no_speech: float
    """The network's own doubt that anybody speaks (0 to 1)."""


class WhisperNetwork:
    """Multilingual Whisper has 51,865 tokens, of which one in seventeen can be Russian speech. Only
    tokens that may be used are computed.

    Args:
        weights: of the model.
        tokens: those that it may use, by their numbers in the model. All other numbers of tokens
            are places in this list.
        end: the token with which a text ends.
        no_speech: the token that says that nobody speaks.
        window_s: windows up to this are finished with a silence that was heard beforehand (s); 0:
            none.
        threads: for one utterance.

    Raises:
        NoRecognizerError: it cannot run here.
        ValueError: weights are missing.
    """

    def __init__(
        self,
        weights: WhisperWeights,
        tokens: Sequence[int],
        *,
        end: int,
        no_speech: int,
        window_s: float,
        threads: int,
    ) -> None:
        self._end = end
        self._no_speech = no_speech
        self._places = weights.floats("encoder/position_encodings/encodings")
        self._encoder = encoder_session(weights, threads)
        self._heard = [output.name for output in self._encoder.get_outputs()]
        self._decoder = _Decoder(weights, tokens, threads)
        self._allowed = _all_but(weights.forbidden, tokens)
        self._allowed_first = _all_but(weights.forbidden_first, tokens)
        self._silences = Silences(window_s, self._encode)

    def read(
        self,
        mel: Matrix,
        sound: int,
        prompt: Sequence[int],
        *,
        beam: int,
        longest: int,
        prior: Prior | None = None,
    ) -> Read:
        """The likeliest texts.

        Args:
            mel: spectrogram, float32 (channels, frames), 30 s at most.
            sound: frames of it, from the first one on, after which is nothing but silence.
            prompt: tokens before the text; the first one is that at which the network says whether
                anybody speaks.
            beam: how many texts grow at a time.
            longest: tokens of a text, at least 1.
            prior: what is known of the texts besides their sound.
        """
        tree, borrowed = self.listen(mel, sound)
        logits = tree.grow(prompt, [range(place) for place in range(len(prompt))])
        texts = search(
            logits[-1],
            len(prompt),
            tree.grow,
            end=self._end,
            beam=beam,
            longest=min(longest, self._decoder.most_tokens - len(prompt)),
            allowed=self._allowed,
            allowed_first=self._allowed_first,
            prior=prior,
        )
        odds = np.exp(logits[0] - logits[0].max())
        nobody = float(odds[self._no_speech])
        somebody = float(odds.sum()) - nobody
        return Read(texts, nobody / (nobody + somebody * (_DOUBT if borrowed else 1.0)))

    def listen(self, mel: Matrix, sound: int) -> tuple[TokenTree, bool]:
        """Hear a spectrogram (see `read`): what it may be, grows as a tree.

        Returns:
            The tree, and whether its silence was borrowed.
        """
        positions, sounding = (mel.shape[1] + 1) // 2, (sound + 1) // 2
        silence = self._silences.between(sounding, positions)
        if silence is None:
            return TokenTree(self._decoder, self._encode(mel)), False
        heard = self._encode(mel[:, : 2 * sounding])
        return TokenTree(self._decoder, followed(heard, silence)), True

    def _encode(self, mel: Matrix) -> Heard:
        places = self._places[: (mel.shape[1] + 1) // 2]
        inputs = {"mel": _value(mel[np.newaxis]), "places": _value(places)}
        heard = self._encoder.run_with_ort_values(self._heard, inputs)
        return dict(zip(self._heard, heard, strict=True))


class _Decoder:
    def __init__(self, weights: WhisperWeights, tokens: Sequence[int], threads: int) -> None:
        self.embeddings = weights.floats("decoder/embeddings/weight")[tokens]
        self.places = weights.floats("decoder/position_encodings/encodings")
        self._session = decoder_session(weights, self.embeddings, threads)
        self._outputs = [output.name for output in self._session.get_outputs()]
        layers, heads = weights.layers("decoder"), weights.heads
        size = self.embeddings.shape[1] // heads
        self._kept = [f"past_{name.removeprefix('all_')}" for name in self._outputs[1:]]
        no_keys = _value(np.zeros((heads, size, 0), np.float32))
        no_values = _value(np.zeros((heads, 0, size), np.float32))
        self.nothing = dict(zip(self._kept, [no_keys, no_values] * layers, strict=True))

    @property
    def most_tokens(self) -> int:
        """Of a text and its prompt."""
        return len(self.places)

    def run(
        self, x: Matrix, mask: Matrix, context: dict[str, OrtValue]
    ) -> tuple[Logits, dict[str, OrtValue]]:
        """Logits after each of the tokens `x`, and what is kept of all tokens so far."""
        inputs = {**context, "x": _value(x), "mask": _value(mask)}
        logits, *kept = self._session.run_with_ort_values(self._outputs, inputs)
        return logits.numpy(), dict(zip(self._kept, kept, strict=True))


class TokenTree:
    """The tokens of one utterance's texts."""

    def __init__(self, decoder: _Decoder, heard: Heard) -> None:
        self._decoder = decoder
        self._heard = heard
        self._kept = decoder.nothing
        self._size = 0

    def grow(self, tokens: Sequence[int], sees: Sequence[Sequence[int]]) -> Logits:
        """See `asr.beam_search.Grow`."""
        decoder, count = self._decoder, len(tokens)
        mask = np.full((count, self._size + count), NEVER)
        for row, places in enumerate(sees):
            mask[row, [*places, self._size + row]] = 0.0
        depths = [len(places) for places in sees]
        x = decoder.embeddings[list(tokens)] + decoder.places[depths]
        logits, self._kept = decoder.run(x, mask, {**self._heard, **self._kept})
        self._size += count
        return logits


def _all_but(forbidden: Sequence[int], tokens: Sequence[int]) -> npt.NDArray[np.float32]:
    """0 for each of `tokens`, `NEVER` for the forbidden ones."""
    return np.where(np.isin(tokens, forbidden), NEVER, np.float32(0.0))


def _value(array: npt.NDArray[np.float32]) -> OrtValue:
    return OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))
