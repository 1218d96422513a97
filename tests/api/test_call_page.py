"""A call from the browser's microphone over the real WebSocket edge, in a real browser.

The ears, the dialogue and the edge are real; recognizer and voice are scripted.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.async_api import Page, Route, WebSocketRoute, expect

from api.app import create_app
from routing.access import Role
from tests.api.browser import CHROMIUM, page
from tests.api.conftest import Service
from tests.api.live import serving
from tests.telephony.fake_service import ScriptedEngines
from voice122.serving import CallService
from voice122.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium: run deploy/test-packages")

AUDIO = Path(__file__).parents[1] / "audio"
HEARD = {"запишите меня к врачу": "make_appointment"}
GREETING = "Здравствуйте"
NO_MICROPHONE = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
TAP = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    const tap = new AnalyserNode(this.context, { fftSize: 4096 });
    connect.call(this, tap);
    window.loudness = () => {
      const samples = new Float32Array(tap.fftSize);
      tap.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
    };
  }
  return connect.call(this, to, ...rest);
};
"""


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """What the microphone hears: silence while the greeting lasts, a phrase, silence."""
    phrase, rate = soundfile.read(AUDIO / "appointment" / "1.flac", dtype="int16")
    quiet = np.zeros(9 * rate, np.int16)
    path = tmp_path / "speech.wav"
    soundfile.write(path, np.concatenate([quiet, phrase, quiet]), rate)
    return path


@contextlib.asynccontextmanager
async def calling(
    service: Service, tmp_path: Path, *, script: str = "", max_calls: int = 3, **options: Any
) -> AsyncIterator[Page]:
    """The page of a service that takes calls."""
    settings = Settings(
        audiosocket_port=None,
        data_dir=tmp_path / "calls",
        edge_trust_loopback=options.pop("trusted", True),
        keypad_calls=0,
    )
    engines = ScriptedEngines(tmp_path / "calls", HEARD)
    calls = CallService(settings, engines.session, service.desk.delivery)
    app = create_app(service.sources, more=calls.routers())
    async with (
        calls.running(max_calls),
        serving(app) as port,
        page(f"http://127.0.0.1:{port}/call", script=script, **options) as opened,
    ):
        yield opened
    await calls.drain()
    engines.store.close()


async def dial(opened: Page) -> None:
    await opened.get_by_role("button", name="Позвонить").click()


def said(opened: Page) -> Any:
    return opened.get_by_role("log").get_by_role("listitem")


async def sounding(opened: Page) -> None:
    """Wait until the loudspeaker has something to play."""
    async with asyncio.timeout(30):
        while await opened.evaluate("window.loudness()") < 0.01:  # noqa: ASYNC110 - in the page
            await asyncio.sleep(0.1)


async def test_what_is_said_into_the_microphone_is_heard_understood_and_answered(
    service: Service, tmp_path: Path, speech: Path
) -> None:
    async with calling(service, tmp_path, hears=speech, script=TAP) as opened:
        await dial(opened)
        await expect(said(opened).first).to_contain_text(GREETING)
        await sounding(opened)
        await expect(opened.get_by_role("status")).to_have_text("Говорит помощник")
        await expect(opened.get_by_role("status")).to_have_text("Слушаю вас")
        await expect(said(opened).nth(1)).to_contain_text("запишите меня к врачу")
        await expect(said(opened).nth(1)).to_contain_text("тема: make_appointment")
        await expect(said(opened).nth(2)).to_contain_text("Помощник")
        times = opened.get_by_role("table", name="Этапы ответа").get_by_role("row")
        await expect(times).to_have_count(2)
        await expect(times.nth(1).get_by_role("cell").last).to_have_text(re.compile(r"\d+"))
        await opened.get_by_role("button", name="Положить трубку").click()
        await expect(said(opened).last).to_contain_text("Вы положили трубку.")
        await expect(opened.get_by_role("status")).to_have_text("Звонок окончен")


async def test_by_keyboard_and_without_a_microphone(service: Service, tmp_path: Path) -> None:
    async with calling(service, tmp_path, script=NO_MICROPHONE) as opened:
        await opened.keyboard.press("Tab")
        await expect(opened.get_by_role("link", name="К разговору")).to_be_focused()
        await opened.keyboard.press("Tab")
        await opened.keyboard.press("Enter")
        await expect(opened.get_by_role("alert")).to_contain_text("по https")
        await expect(said(opened).first).to_contain_text(GREETING)
        await opened.keyboard.press("0")
        await expect(said(opened).last).to_contain_text("передал звонок оператору")
        await expect(opened.get_by_role("log")).to_contain_text("Вы нажали0")
        await expect(opened.get_by_role("button", name="0, оператор")).to_be_disabled()


async def test_everything_has_a_name_for_a_screen_reader(service: Service, tmp_path: Path) -> None:
    async with calling(service, tmp_path) as opened:
        await expect(opened.locator("body")).to_match_aria_snapshot("""
            - banner:
              - heading "Звонок помощнику службы 122" [level=1]
            - main:
              - region "Телефон":
                - heading "Телефон" [level=2]
                - paragraph:
                  - status: Готов к звонку
                - button "Позвонить"
                - button "Выключить микрофон" [disabled]
                - group "Клавиши телефона":
                  - button "1" [disabled]
                  - button "Звёздочка" [disabled]
                  - button "0, оператор" [disabled]
                  - button "Решётка" [disabled]
              - region "Разговор":
                - heading "Разговор" [level=2]
              - region "Время ответа":
                - heading "Время ответа" [level=2]
        """)


async def test_from_elsewhere_a_key_is_asked_for(service: Service, tmp_path: Path) -> None:
    _, key = service.keys.create("браузер", Role.EDGE)
    expected = "403|401|WebSocket"
    async with calling(service, tmp_path, trusted=False, expected=expected) as opened:
        await dial(opened)
        await expect(opened.get_by_role("alert")).to_contain_text("нужен ключ доступа")
        await opened.get_by_label("Ключ доступа").fill("v122_wrong")
        await opened.get_by_role("button", name="Позвонить с ключом").click()
        await expect(opened.get_by_role("alert")).to_contain_text("нужен ключ доступа")
        await opened.get_by_label("Ключ доступа").fill(key)
        await opened.get_by_role("button", name="Позвонить с ключом").click()
        await expect(said(opened).first).to_contain_text(GREETING)


async def test_a_line_that_breaks_is_connected_again_with_the_same_call(
    service: Service, tmp_path: Path
) -> None:
    starts: list[str] = []
    again = asyncio.Event()

    async def breaking(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def from_page(message: str | bytes) -> None:
            if isinstance(message, str) and "start" in message:
                starts.append(message)
                if len(starts) == 2:
                    again.set()
            server.send(message)

        route.on_message(from_page)
        if not starts:
            await opened.wait_for_timeout(2500)
            await route.close(code=1011)
            await opened.wait_for_timeout(700)  # the service notices later than the page
            await server.close()

    async with calling(service, tmp_path, expected="WebSocket") as opened:
        await opened.route_web_socket(re.compile("/v1/media"), breaking)
        await dial(opened)
        await expect(said(opened).first).to_contain_text(GREETING)
        await asyncio.wait_for(again.wait(), 30)
        await expect(said(opened).nth(1)).to_be_visible()
        await expect(opened.get_by_role("button", name="Положить трубку")).to_be_visible()
    assert "call_id" not in starts[0]
    assert "call_id" in starts[1]


async def test_nothing_comes_from_elsewhere(service: Service, tmp_path: Path) -> None:
    asked: list[str] = []

    async def note(route: Route) -> None:
        asked.append(route.request.url)
        await route.continue_()

    async with calling(service, tmp_path) as opened:
        await opened.route("**/*", note)
        answer = await opened.reload()
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        await dial(opened)
        await expect(said(opened).first).to_contain_text(GREETING)
        origin = opened.url.removesuffix("/call")
    assert all(url.startswith(origin) for url in asked)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
