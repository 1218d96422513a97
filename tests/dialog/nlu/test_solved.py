"""Training again after a small change: quick, and as good as solving everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.nlu.bands import Costs
from dialog.nlu.embedded import load_interpreter
from dialog.nlu.encoder import E5Encoder
from dialog.nlu.train import TrainingReport, train
from tests.dialog.nlu.conftest import PHRASES, phrases, write_content

UNSEEN = (
    "мне бы к доктору записаться глаза болят",
    "кровь сдавал на прошлой неделе ответ пришёл",
    "а денежки мобилизованным когда дадут",
    "купите слона",
    "нет не надо",
)


class Site:
    """A folder of content with its model and cache."""

    def __init__(self, folder: Path, encoder: E5Encoder) -> None:
        self.content, self.model, self.cache = folder / "c", folder / "m.npz", folder / "cache"
        self.encoder = encoder
        self.said = {name: phrases(name) for name in PHRASES}

    def train(self, *, anew: bool = False, costs: Costs | None = None) -> TrainingReport:
        write_content(self.content, self.said)
        return train(
            self.content,
            self.model,
            self.cache,
            costs=costs or Costs(),
            make_encoder=lambda: self.encoder,
            anew=anew,
        )

    def understands(self) -> list[float]:
        """Probabilities of everything, for unseen phrases."""
        interpreter = load_interpreter(self.model, lambda: self.encoder)
        rankings = (interpreter.parse(text).ranking for text in UNSEEN)
        return [
            r.confidence for ranking in rankings for r in sorted(ranking, key=lambda r: r.intent)
        ]


@pytest.fixture
def site(tmp_path: Path, encoder: E5Encoder) -> Site:
    site = Site(tmp_path, encoder)
    assert site.train().changes is None
    return site


def test_a_changed_phrase_is_exchanged_in_what_was_solved(site: Site) -> None:
    site.said["lab_results"][0] = "пришла ли расшифровка биопсии"
    quick = site.train()
    assert quick.changes == 1
    assert (
        load_interpreter(site.model, lambda: site.encoder)
        .parse("расшифровка биопсии пришла")
        .intent
        == "lab_results"
    )
    by_exchange = site.understands()
    full = site.train(anew=True)
    assert full.changes is None
    assert by_exchange == pytest.approx(site.understands(), abs=0.05)
    assert quick.cross_validation.accuracy.value == pytest.approx(
        full.cross_validation.accuracy.value, abs=0.05
    )


def test_a_change_and_back_gives_the_same_understanding(site: Site) -> None:
    before, original = site.understands(), site.said["affirm"][3]
    site.said["affirm"][3] = "ладно так и быть"
    assert site.train().changes == 1
    site.said["affirm"][3] = original
    assert site.train().changes == 0
    assert site.understands() == pytest.approx(before, abs=1e-4)


def test_many_changes_or_another_intent_are_solved(site: Site) -> None:
    kept = site.said["deny"]
    site.said["deny"] = [*kept, "ни за что", "ни в коем разе", "да ну его"]
    assert site.train().changes is None
    site.said["maybe"] = ["может быть", "наверное", "посмотрим", "не знаю даже", "как получится"]
    assert site.train().changes is None
    del site.said["maybe"]
    assert site.train().changes is None


def test_another_way_of_training_solves_everything(site: Site) -> None:
    site.said["deny"][0] = "ни за что"
    assert site.train(costs=Costs(wrong_answer=9)).changes is None
    site.said["deny"][0] = "нетушки"
    assert site.train(costs=Costs(wrong_answer=9)).changes == 1


@pytest.mark.parametrize("file", ["phrases.json", "model.npz", "root0.npy", "root1.npy"])
@pytest.mark.parametrize("keep", [None, 0, 100])
def test_what_is_missing_or_damaged_is_solved_anew(site: Site, file: str, keep: int | None) -> None:
    path = site.cache / "solved" / file
    data = path.read_bytes()
    path.unlink()
    if keep is not None:
        path.write_bytes(data[:keep])
    site.said["deny"][0] = "ни за что"
    assert site.train().changes is None
    site.said["deny"][0] = "нетушки"
    assert site.train().changes == 1


def test_roots_of_another_training_are_not_taken(site: Site, tmp_path: Path) -> None:
    other = Site(tmp_path / "other", site.encoder)
    other.said["deny"] = other.said["deny"][:6]
    other.train()
    (other.cache / "solved" / "root1.npy").replace(site.cache / "solved" / "root1.npy")
    site.said["deny"][0] = "ни за что"
    assert site.train().changes is None


def test_what_is_kept_holds_no_words(site: Site) -> None:
    assert "анализ" not in (site.cache / "solved" / "phrases.json").read_text(encoding="utf-8")
    assert [path.name for path in site.cache.iterdir() if path.name.startswith(".")] == []
