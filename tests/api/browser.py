"""A real browser without a screen: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

PATIENCE_MS = 30_000
"""Machines that run tests are busy."""
expect.set_options(timeout=PATIENCE_MS)


@contextlib.asynccontextmanager
async def page(
    url: str, hears: Path | None = None, expected: str | None = None, script: str = ""
) -> AsyncIterator[Page]:
    """A page of the service, whose errors fail the test.

    Args:
        url: of the page.
        hears: a WAV file that is played into the microphone once; a beep now and then by default.
        script: runs before those of the page.
        expected: a pattern of the errors that the test provokes.
    """
    assert CHROMIUM is not None, "chromium is missing; run deploy/test-packages"
    arguments = ["--no-sandbox", "--use-fake-device-for-media-stream"]
    arguments.append("--use-fake-ui-for-media-stream")
    if hears is not None:
        arguments.append(f"--use-file-for-fake-audio-capture={hears}%noloop")
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            opened = await browser.new_page()
            opened.set_default_timeout(PATIENCE_MS)
            opened.on("pageerror", lambda error: errors.append(str(error)))
            # A refused resource or a breach of the content security policy is told here.
            opened.on(
                "console",
                lambda message: errors.append(message.text) if message.type == "error" else None,
            )
            if script:
                await opened.add_init_script(script)
            await opened.goto(url)
            yield opened
        finally:
            await browser.close()
    unexpected = [each for each in errors if not expected or not re.search(expected, each)]
    assert not unexpected, unexpected
