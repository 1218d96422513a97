"""The operator's desk in a real browser: an operator without any other system can work with it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from routing.access import Role
from routing.queue.records import NewTask, OperatorProfile, Queue
from routing.queue.states import Activity, Ending, TaskKind, TaskState
from tests.api.browser import CHROMIUM, page
from tests.api.conftest import Service
from tests.api.live import serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium: run deploy/test-packages")

BRIEF = {
    "title": "записаться к врачу",
    "slots": {"specialty": "cardiologist", "visit_day": "2026-11-26", "confirmed": "yes"},
    "last_words": ["да <b>всё</b> верно"],
}


@contextlib.asynccontextmanager
async def desk(service: Service, operator: str = "anna") -> AsyncIterator[Page]:
    """The page of an operator who has logged in."""
    service.desk.directory.put_queue(Queue("appointments", "Запись к врачу"))
    service.desk.directory.put_queue(Queue("social", "Социальная поддержка"))
    service.desk.operators.put(
        OperatorProfile(id=operator, name="Анна Петровна", queues=("appointments",))
    )
    _, key = service.keys.create("рабочее место", Role.OPERATOR, operator=operator)
    async with serving(service.app) as port, page(f"http://127.0.0.1:{port}/desk") as opened:
        await opened.get_by_label("Ключ оператора").fill(key)
        await opened.get_by_role("button", name="Войти").click()
        await expect(opened.get_by_text("Анна Петровна")).to_be_visible()
        yield opened


async def call(service: Service, key: str = "one", kind: TaskKind = TaskKind.CALL) -> str:
    new = NewTask(key=key, queue="appointments", brief=BRIEF, phone="+79990000122", kind=kind)
    task = await asyncio.to_thread(service.desk.tasks.create, new)
    return task.id


async def test_a_call_from_the_offer_to_the_finished_card(service: Service) -> None:
    async with desk(service) as opened:
        task = await call(service)
        queue = opened.get_by_role("region", name="Очередь")
        await expect(queue.get_by_role("row")).to_have_count(2)
        await opened.get_by_role("button", name="На линии").click()
        card = opened.get_by_role("region", name="Записаться к врачу")
        await expect(card.get_by_role("link", name="+79990000122")).to_be_visible()
        await expect(card).to_contain_text("26 ноября 2026")
        await expect(card).to_contain_text("«да <b>всё</b> верно»")  # words, never markup
        await expect(opened).to_have_title(re.compile("Вам звонок"))
        await expect(opened.get_by_text("Никто не ждёт.")).to_be_visible()
        await card.get_by_role("button", name="Принять", exact=True).click()
        await card.get_by_role("button", name="Разговор окончен").click()
        await expect(card).to_contain_text("На карточку осталось")
        await card.get_by_role("button", name="Карточка готова").click()
        await expect(opened.get_by_text("Звонков для вас нет")).to_be_visible()
        await expect(opened.locator("#handled")).to_have_text("1")
    assert service.desk.tasks.get(task).ending is Ending.ANSWERED


async def test_by_keyboard_alone(service: Service) -> None:
    async with desk(service) as opened:
        await call(service)
        await opened.get_by_role("button", name="На линии").focus()
        await opened.keyboard.press("Enter")
        for words in ("Осталось ответить", "Разговор идёт", "На карточку осталось"):
            await expect(opened.get_by_text(words)).to_be_visible()
            await opened.keyboard.press("F2")
        await expect(opened.get_by_text("Звонков для вас нет")).to_be_visible()


async def test_an_offer_is_announced_to_a_screen_reader(service: Service) -> None:
    async with desk(service) as opened:
        await opened.get_by_role("button", name="На линии").click()
        await call(service)
        await expect(opened.get_by_role("status").first).to_have_text(
            "Вам звонок: Записаться к врачу"
        )


async def test_a_call_that_has_gone_is_told_and_the_desk_goes_on(service: Service) -> None:
    async with desk(service) as opened:
        task = await call(service)
        await opened.get_by_role("button", name="На линии").click()
        await expect(opened.get_by_role("button", name="Принять", exact=True)).to_be_visible()
        await asyncio.to_thread(service.desk.tasks.caller_left, task)
        await expect(opened.get_by_text("Звонков для вас нет")).to_be_visible()


async def test_a_call_back_that_reached_nobody_comes_back_later(service: Service) -> None:
    async with desk(service) as opened:
        task = await call(service, kind=TaskKind.CALLBACK)
        await opened.get_by_role("button", name="На линии").click()
        await expect(opened.get_by_text("Обещан обратный звонок")).to_be_visible()
        await opened.get_by_role("button", name="Принять", exact=True).click()
        await opened.get_by_role("button", name="Не дозвонились").click()
        await expect(opened.get_by_text("Звонков для вас нет")).to_be_visible()
    waiting = service.desk.tasks.get(task)
    assert (waiting.state, waiting.attempts) == (TaskState.PENDING, 1)


async def test_a_call_is_passed_on_to_another_queue(service: Service) -> None:
    async with desk(service) as opened:
        task = await call(service)
        await opened.get_by_role("button", name="На линии").click()
        await opened.get_by_role("button", name="Принять", exact=True).click()
        await opened.get_by_text("Передать звонок").click()
        await opened.get_by_label("В другую очередь").select_option("Социальная поддержка")
        await opened.get_by_role("button", name="Передать в очередь").click()
        await expect(opened.get_by_text("Заполняете карточку")).to_be_visible()
    assert service.desk.tasks.get(task).queue == "social"


async def test_a_wrong_key_is_told_in_words(service: Service) -> None:
    async with (
        serving(service.app) as port,
        page(f"http://127.0.0.1:{port}/desk", expected="401|unknown") as opened,
    ):
        await opened.get_by_label("Ключ оператора").fill("v122_nothing")
        await opened.get_by_role("button", name="Войти").click()
        await expect(opened.get_by_role("alert")).to_contain_text("Ключ не подходит")


async def test_leaving_takes_the_operator_off_the_line_and_forgets_the_key(
    service: Service,
) -> None:
    async with desk(service) as opened:
        await opened.get_by_role("button", name="На линии").click()
        await expect(opened.get_by_text("ждёте звонка")).to_be_visible()
        await opened.get_by_role("button", name="Выйти").click()
        await expect(opened.get_by_label("Ключ оператора")).to_be_visible()
        await expect(opened.get_by_text("Анна Петровна")).to_be_hidden()
        assert await opened.evaluate("sessionStorage.length") == 0
    assert service.desk.operators.get("anna").activity is Activity.OFFLINE
