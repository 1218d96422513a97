"""What the assistant must never say, from `nlu_data/never_say.yml`: outdated or dangerous claims.

Editors keep each claim with the words by which it is recognized (`signs`), so that it does not come
back with the next rewording; and the sites that nothing may be taken from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dialog.content.findings import Finding, Severity
from dialog.content.folder import ContentFolder
from dialog.content.nlu_reader import same_words
from dialog.content.yaml_files import child, items, line_of, scalar
from dialog.slots.morphology import lemmas_of

LIST: Final = "never_say.yml"
ALIKE: Final = 0.7
"""Share of a claim's words from which an answer says the same. The present answers reach 0.55."""
_SHORT: Final = 3
"""Letters of words that say too little to compare by."""


@dataclass(frozen=True)
class Claim:
    """Something that must not be said."""

    text: str
    why: str
    signs: tuple[tuple[str, ...], ...]
    """An answer with all words of one of them makes the claim; ``*`` stands for any ending."""

    def made_in(self, text: str) -> bool:
        """Whether `text` makes the claim."""
        words = same_words(text).split()
        if any(all(_stands_in(part, words) for part in sign) for sign in self.signs):
            return True
        mine = [word for word in same_words(self.text).split() if len(word) > _SHORT]
        said = {lemma for word in words for lemma in lemmas_of(word)}
        hits = sum(not said.isdisjoint(lemmas_of(word)) for word in mine)
        return bool(mine) and hits / len(mine) >= ALIKE


def check_claims(content: ContentFolder) -> Iterator[Finding]:
    """Answers that make a forbidden claim, or lean on a forbidden site; the list itself."""
    file = content.files.get(LIST)
    if file is None:
        yield Finding(
            Severity.ERROR,
            content.name(LIST),
            None,
            "списка того, чего говорить нельзя, нет",
            "Устаревшие и опасные утверждения могут вернуться в ответы",
            "Верните файл из прежней версии содержания",
        )
        return
    claims: list[Claim] = []
    for item in items(child(file.root, "claims")):
        signs = [same_signs(scalar(sign) or "") for sign in items(child(item, "signs"))]
        claim = Claim(
            scalar(child(item, "claim")) or "",
            scalar(child(item, "why")) or "",
            tuple(sign for sign in signs if sign),
        )
        if claim.text and claim.why and claim.signs:
            claims.append(claim)
            continue
        yield Finding(
            Severity.ERROR,
            content.name(LIST),
            line_of(item),
            "нужны claim (что сказано), why (почему нельзя) и signs (по каким словам узнать)",
            "Утверждение не с чем сравнить, и оно может прозвучать",
            "Допишите недостающее",
        )
    hosts = [scalar(item) or "" for item in items(child(file.root, "blocked_sources"))]
    for answer in content.answers:
        for claim in claims:
            if claim.made_in(answer.text):
                yield content.of_answer(
                    answer,
                    Severity.ERROR,
                    f"ответ {answer.name} говорит то, чего говорить нельзя: «{claim.text}» "
                    f"({claim.why})",
                    "Звонящий услышит неправду и поступит по ней",
                    f"Уберите это из ответа; если сведения снова верны, сначала исправьте {LIST}",
                )
        for host in hosts:
            if host and any(host in source for source in answer.sources):
                yield content.of_answer(
                    answer,
                    Severity.ERROR,
                    f"ответ {answer.name} взят с сайта {host}, которому верить нельзя",
                    "Звонящий услышит то, чего никто не подтвердил",
                    "Найдите официальный источник или ведите тему к оператору",
                )


def same_signs(sign: str) -> tuple[str, ...]:
    """Words of a sign, as `same_words` writes them, each with its ``*``."""
    return tuple(
        same_words(word) + ("*" if word.endswith("*") else "")
        for word in sign.split()
        if same_words(word)
    )


def _stands_in(part: str, words: list[str]) -> bool:
    if part.endswith("*"):
        return any(word.startswith(part[:-1]) for word in words)
    return part in words
