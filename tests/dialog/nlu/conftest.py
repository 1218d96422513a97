"""A small real model: five topics, trained once with real embeddings."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.nlu.embedded import EmbeddedInterpreter, load_interpreter
from dialog.nlu.encoder import E5Encoder
from dialog.nlu.train import TrainingReport, train

PHRASES = {
    "make_appointment": """
        запишите меня к терапевту
        хочу попасть на приём к хирургу
        можно записаться к лору на завтра
        нужен талончик к окулисту
        мне бы к врачу попасть спину прихватило
        запишите ребёнка к педиатру
        как записаться на приём к неврологу
        есть свободные места к кардиологу
        хотела бы к гинекологу записаться
        дайте номерок к зубному""",
    "lab_results": """
        готовы ли мои анализы
        где узнать результат анализа крови
        пришли результаты мазка
        хочу узнать что показала кровь
        сдавала мочу когда будет ответ
        можно получить результаты на почту
        анализы сдала во вторник до сих пор тишина
        где посмотреть результаты обследования
        как забрать результат анализов
        мне бы ответ по крови узнать""",
    "mobilization_payments": """
        сколько платят мобилизованным
        мужу не пришла выплата за мобилизацию
        какие деньги положены мобилизованному
        когда перечислят денежное довольствие
        не приходят деньги сыну он мобилизован
        единовременная выплата при мобилизации
        сколько получает мобилизованный в месяц
        где деньги за службу мужа
        куда обращаться если не заплатили мобилизованному
        довольствие за сентябрь не пришло""",
    "affirm": """
        да
        ага
        конечно
        да да верно
        угу
        правильно
        да хочу
        именно так
        согласна
        ну да""",
    "deny": """
        нет
        не надо
        не то
        нет спасибо не нужно
        неа
        нет не так
        неправильно
        не хочу
        отмена
        да нет""",
    "out_of_scope": """
        вызовите такси до вокзала
        какая завтра погода
        расскажи анекдот
        не включили отопление в доме
        сколько стоит доллар
        хочу заказать пиццу
        как доехать до аэропорта
        заблокировали карту в банке
        купите нашу рекламу
        включи музыку погромче
        кто выиграл в футбол
        где купить шины на машину""",
}


def phrases(intent: str) -> list[str]:
    return [line.strip() for line in PHRASES[intent].splitlines() if line.strip()]


def write_content(folder: Path, content: dict[str, list[str]] | None = None) -> Path:
    """``folder/nlu/all.yml`` with these phrases by intent."""
    document = ['version: "3.1"', "nlu:"]
    for intent, said in (content or {name: phrases(name) for name in PHRASES}).items():
        document += [f"- intent: {intent}", "  examples: |"]
        document += [f"    - {phrase}" for phrase in said]
    (folder / "nlu").mkdir(parents=True, exist_ok=True)
    (folder / "nlu" / "all.yml").write_text("\n".join(document) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def encoder() -> E5Encoder:
    return E5Encoder()


@pytest.fixture(scope="session")
def trained(encoder: E5Encoder, tmp_path_factory: pytest.TempPathFactory) -> TrainingReport:
    """A model with its cache beside it (``cache``), and its content (``content``)."""
    folder = tmp_path_factory.mktemp("trained")
    return train(
        write_content(folder / "content"),
        folder / "model.npz",
        folder / "cache",
        make_encoder=lambda: encoder,
    )


@pytest.fixture(scope="session")
def interpreter(encoder: E5Encoder, trained: TrainingReport) -> EmbeddedInterpreter:
    return load_interpreter(trained.path, lambda: encoder)
