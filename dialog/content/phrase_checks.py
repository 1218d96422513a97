"""Checks of phrases: topics without any, entities unknown, phrases too near, tests leaked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

from dialog.content.findings import Finding, Severity, errors
from dialog.content.folder import ContentFolder
from dialog.content.nlu_reader import Example, same_words
from dialog.content.yaml_files import child, pairs
from dialog.morphology import morphology
from dialog.slots.words import vocabulary

ENTITIES: Final = "entities.yml"
NEAR: Final = 88.0
"""Similarity of the sorted dictionary forms of two phrases, 0 to 100, without `_EMPTY` words."""
_EMPTY: Final = vocabulary(
    "а алло бы будьте вот да девушка день добрый добры же здравствуйте здрасьте и короче мне можно "
    "надо ну ой подскажите пожалуйста просто скажите слушайте так такое там то у хочу хотел хотела "
    "хотелось это я"
)
"""Words that tell no topic from another."""
_EVERYBODY_SAYS: Final = 2
"""Words of a phrase that cannot be kept out of the training."""
_NOT: Final = vocabulary("не нет нету ни без")


def check_phrases(content: ContentFolder) -> Iterator[Finding]:
    """Phrases that are broken or stand in two topics, for training and for tests."""
    yield from content.nlu[1]
    yield from content.test_phrases[1]


def check_topics_have_phrases(content: ContentFolder) -> Iterator[Finding]:
    """Topics that nobody could ask for: no phrase in training leads to them."""
    data, findings = content.nlu
    if errors(findings):
        return  # the phrases may stand in the file that cannot be read
    known = set(data.intents)
    for topic in content.topics.values():
        if topic.name not in known:
            yield Finding(
                Severity.ERROR,
                content.name("intents.yml"),
                topic.line,
                f"у темы {topic.name} нет ни одного примера в nlu/",
                "Помощник никогда её не узнает",
                f"Напишите примеры в nlu/{topic.name}.yml",
            )


def check_entities(content: ContentFolder) -> Iterator[Finding]:
    """Annotations of kinds that nothing reads."""
    file = content.files.get(ENTITIES)
    known = {name for name, _ in pairs(child(file.root, "entities") if file else None)}
    if not known:
        yield Finding(
            Severity.ERROR,
            content.name(ENTITIES),
            None,
            "нет раздела entities: с видами разметки",
            "Разметку примеров не с чем сверить",
            "Верните файл из прежней версии содержания",
        )
        return
    for folder, data in (("nlu", content.nlu[0]), ("tests/nlu", content.test_phrases[0])):
        for example in data.examples:
            for entity in example.entities:
                if entity.entity not in known:
                    yield Finding(
                        Severity.ERROR,
                        content.name(folder, example.file),
                        example.line,
                        f"неизвестный вид разметки «{entity.entity}»",
                        "Помеченное слово никуда не попадёт",
                        f"Исправьте на один из: {', '.join(sorted(known))}; "
                        f"или опишите новый в {ENTITIES}",
                    )


def check_near(content: ContentFolder) -> Iterator[Finding]:
    """Phrases of different topics that differ in a word that hardly matters."""
    for first, other in near_pairs(content.nlu[0].examples):
        yield too_near(content, first, other)


def check_leaks(content: ContentFolder) -> Iterator[Finding]:
    """Test phrases that stand in the training: a test on them proves nothing.

    Of one or two words they may: everybody says «спасибо» and «ещё раз».
    """
    learnt = {same_words(example.text): example for example in content.nlu[0].examples}
    for example in content.test_phrases[0].examples:
        same = learnt.get(same_words(example.text))
        if same is None:
            continue
        place = f"nlu/{same.file}:{same.line}"
        if same.intent != example.intent:
            yield Finding(
                Severity.ERROR,
                content.name("tests/nlu", example.file),
                example.line,
                f"фраза «{example.text}» в проверке {example.intent}, а в обучении {same.intent} "
                f"({place})",
                "Непонятно, что услышит тот, кто так скажет",
                "Решите, к какой теме она относится, и оставьте её там",
            )
        elif len(example.text.split()) > _EVERYBODY_SAYS:
            yield Finding(
                Severity.WARNING,
                content.name("tests/nlu", example.file),
                example.line,
                f"проверочная фраза «{example.text}» есть в обучении ({place})",
                "Проверка покажет больше, чем помощник умеет",
                "Замените её в одном из мест другой фразой",
            )


def near_pairs(examples: Sequence[Example]) -> Iterator[tuple[Example, Example]]:
    """Pairs of different intents that say nearly the same words, in any order and form.

    The same words exactly are the reader's business; «записаться» and «не записываться» are apart.
    """
    bags = [_bag(example.text) for example in examples]
    places = [place for place, bag in enumerate(bags) if len(bag) > 1]
    keys = [" ".join(sorted(bags[place])) for place in places]
    if not keys:
        return
    likeness = process.cdist(keys, keys, scorer=fuzz.ratio, score_cutoff=NEAR, dtype=np.uint8)
    for row, column in zip(*np.nonzero(np.triu(likeness, k=1)), strict=True):
        first, other = examples[places[row]], examples[places[column]]
        if first.intent == other.intent or same_words(first.text) == same_words(other.text):
            continue
        if bags[places[row]] & _NOT == bags[places[column]] & _NOT:
            yield first, other


def too_near(content: ContentFolder, first: Example, other: Example) -> Finding:
    """What is said of such a pair."""
    return Finding(
        Severity.WARNING,
        content.name("nlu", other.file),
        other.line,
        f"«{other.text}» ({other.intent}) почти то же, что «{first.text}» "
        f"({first.intent}, nlu/{first.file}:{first.line})",
        "Помощник будет путать эти темы и переспрашивать",
        "Оставьте одну из фраз или добавьте слова, по которым темы различают",
    )


def _bag(text: str) -> frozenset[str]:
    return frozenset(_lemma(word) for word in same_words(text).split() if word not in _EMPTY)


@lru_cache(maxsize=20_000)
def _lemma(word: str) -> str:
    return str(morphology().parse(word)[0].normal_form)
