"""Rasa's tokenizer for Russian speech: words without case and ё, with their dictionary forms.

Runs in Rasa's environment (Python 3.10), where `deploy/rasa/train` and `serve` put this folder on
the path.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from pymorphy3 import MorphAnalyzer
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

_WORD = re.compile(r"[^\W_]+")
_RUSSIAN = re.compile("[а-яё]+")


@lru_cache(maxsize=1)
def _dictionary() -> MorphAnalyzer:
    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=20_000)
def _dictionary_form(word: str) -> str:
    if not _RUSSIAN.fullmatch(word):  # it fails on letters that Unicode has not named
        return word
    return _dictionary().parse(word)[0].normal_form.replace("ё", "е")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class RussianTokenizer(Tokenizer):
    """A token is a run of letters and digits; its offsets are those of the text as given."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Intents are never split into parts."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of one attribute of a message."""
        tokens = []
        for found in _WORD.finditer(message.get(attribute) or ""):
            word = found.group().lower().replace("ё", "е")
            tokens.append(Token(word, found.start(), found.end(), lemma=_dictionary_form(word)))
        return tokens
