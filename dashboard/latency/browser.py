"""A real browser without a window, through Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.latency.errors import LatencyError

INSTALLED = (Path("/usr/bin/chromium"), Path("/usr/bin/google-chrome"))
"""Tried first; else the browser that `playwright install chromium` has brought."""

CONNECTED = '#line[data-state="live"]'
_PATIENCE_MS = 60_000


@contextmanager
def watching(url: str) -> Iterator[None]:
    """The commentator's page, open and connected while the block runs.

    Raises:
        LatencyError: there is no browser, or the page does not come to life.
    """
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415
    except ImportError as error:
        raise LatencyError(
            "Playwright is not here, which drives the browser; try: pip install playwright && "
            "playwright install chromium"
        ) from error
    installed = next((path for path in INSTALLED if path.exists()), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        except Error as error:
            raise LatencyError(
                f"no browser: {error.message.splitlines()[0]}; try: playwright install chromium"
            ) from error
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(url, timeout=_PATIENCE_MS)
            # Not `wait_for_function`: the page's policy lets no text be run as a script.
            page.wait_for_selector(CONNECTED, timeout=_PATIENCE_MS)
        except Error as error:
            raise LatencyError(f"{url}: the page does not come to life: {error.message}") from error
        yield
        browser.close()
