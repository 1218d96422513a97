"""From a prompt as it is written to sentences as they are spoken. Runs in a worker process."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

from tts.errors import SynthesisError
from tts.normalize import Normalizer
from tts.sentences import Sentence, split_sentences
from tts.stress import Stresser, load_stress_list

_REMEMBERED: Final = 512


class TextPreparer:
    """Normalises, sets stress and cuts into sentences; remembers the last texts.

    Args:
        stress_list: the region's own words (``nlu_data/lists/stress.yml``), or None for none.
        stress_model: whether silero-stress marks the rest.

    Raises:
        ValueError: the list is broken; the message names the file, the item and the mend.
    """

    def __init__(self, stress_list: Path | None, *, stress_model: bool = True) -> None:
        self._normalizer = Normalizer()
        own = load_stress_list(stress_list) if stress_list else {}
        self._stresser = Stresser(own, with_model=stress_model)
        self._known: OrderedDict[str, tuple[Sentence, ...]] = OrderedDict()

    def prepare(self, text: str) -> tuple[Sentence, ...]:
        """Return what a synthesizer is to speak, sentence by sentence.

        Raises:
            SynthesisError: there is nothing to speak in `text`.
        """
        sentences = self._known.get(text)
        if sentences is None:
            sentences = split_sentences(self._stresser.mark(self._normalizer.normalize(text)))
            if not sentences:
                raise SynthesisError("nothing to speak: the prompt has no words, check its text")
            self._known[text] = sentences
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(text)
        return sentences

    def ping(self) -> None:
        """Answer: the rules are loaded."""
