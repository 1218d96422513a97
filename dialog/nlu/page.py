"""One page for editors: how well the assistant understands, and which phrases to work on."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from dialog.nlu.evaluate import Figure, Metrics, Outcome
from dialog.nlu.neighbours import Neighbour

if TYPE_CHECKING:
    from dialog.nlu.reports import IntentScore

WORST: Final = 100
"""Errors shown at most."""

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c2530; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #d9dee4;
  vertical-align: top; }
th { background: #f2f5f8; position: sticky; top: 0; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.weak td { background: #fdf1ef; }
img { max-width: 100%; }
small { color: #5b6774; }
"""


def page(
    title: str,
    metrics: Metrics,
    scores: Mapping[str, IntentScore],
    errors: Sequence[Outcome],
    near: Sequence[Neighbour],
    pictures: tuple[bytes, bytes],
) -> str:
    """The page, whole in itself.

    Args:
        title: what was tested on what.
        metrics: of all phrases.
        scores: by intent.
        errors: wrong outcomes, the surest first.
        near: the training phrase nearest to each error, or nothing.
        pictures: heat map and histogram, PNG.
    """
    matrix, histogram = (base64.b64encode(picture).decode("ascii") for picture in pictures)
    return f"""<!doctype html>
<html lang="ru">
<head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>
<body>
<h1>{escape(title)}</h1>
{_summary(metrics)}
<h2>Какие фразы понять не удалось</h2>
<p>Сначала те, в которых помощник был увереннее всего. Похожая фраза из обучения подсказывает,
почему он так решил: добавьте примеров той теме, о которой спрашивали.</p>
{_errors(errors, near)}
<h2>Темы</h2>
<p>Точность: как часто тема названа верно. Полнота: какую часть её фраз помощник узнал.</p>
{_scores(scores)}
<h2>Что с чем путается</h2>
<p>По строкам то, что сказано, по столбцам то, что понято. Хорошо, когда тёмная
только диагональ.</p>
<img alt="Таблица путаницы" src="data:image/png;base64,{matrix}">
<h2>Уверенность</h2>
<p>Хорошо, когда верные ответы справа, а неверные слева.</p>
<img alt="Гистограмма уверенности" src="data:image/png;base64,{histogram}">
</body>
</html>
"""


def _summary(metrics: Metrics) -> str:
    rows = (
        ("Фраз", f"{metrics.phrases}"),
        ("Понято верно (по темам службы)", _percent(metrics.accuracy)),
        ("Чужие темы узнаны (F1)", _percent(metrics.out_of_scope_f1)),
        ("Ошибка уверенности (ECE)", _percent(metrics.calibration_error)),
        ("Переспросит", f"{metrics.questions:.1%}"),
        ("Ответит не о том", f"{metrics.wrong_answers:.1%}"),
    )
    cells = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _percent(figure: Figure) -> str:
    return (
        f"{figure.value:.1%} <small>(с вероятностью 95 % от {figure.low:.1%} "
        f"до {figure.high:.1%})</small>"
    )


def _scores(scores: Mapping[str, IntentScore]) -> str:
    rows = []
    for name, score in sorted(scores.items(), key=lambda item: (item[1].f1, item[0])):
        confused = ", ".join(f"{escape(n)} ({c})" for n, c in score.confused_with.items())
        rows.append(
            f"<tr{' class=weak' if score.f1 < 0.8 else ''}><td>{escape(name)}</td>"
            f'<td class="number">{score.precision:.0%}</td>'
            f'<td class="number">{score.recall:.0%}</td>'
            f'<td class="number">{score.support}</td><td>{confused}</td></tr>'
        )
    head = "<tr><th>Тема<th>Точность<th>Полнота<th>Фраз<th>С чем путается</tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _errors(errors: Sequence[Outcome], near: Sequence[Neighbour]) -> str:
    if not errors:
        return "<p>Таких нет.</p>"
    rows = []
    for number, error in enumerate(errors[:WORST]):
        nearest = ""
        if near:
            example = near[number].example
            nearest = (
                f"{escape(example.text)}<br><small>{escape(example.intent)}, "
                f"{escape(example.file)}:{example.line}</small>"
            )
        decided = "не понято" if error.decided is None else escape(error.decided)
        asked = "<br><small>переспросит</small>" if error.asked else ""
        rows.append(
            f"<tr><td>{escape(error.text)}</td><td>{escape(error.intent)}</td>"
            f'<td>{decided}{asked}</td><td class="number">{error.confidence:.0%}</td>'
            f"<td>{nearest}</td></tr>"
        )
    head = "<tr><th>Сказано<th>О чём<th>Понято<th>Уверенность<th>Похожая фраза из обучения</tr>"
    rest = len(errors) - WORST
    more = f"<p>И ещё {rest}: они в intent_errors.json.</p>" if rest > 0 else ""
    return f"<table>{head}{''.join(rows)}</table>{more}"
