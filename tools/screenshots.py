"""The pictures of the README: the HTML page of an example in a browser without a screen.

    python tools/screenshots.py          writes docs/images/*.png

Any Chromium will do (``apt-get install chromium``); Playwright is in the extra ``test``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
EXAMPLE = "examples/attention.py"
SHOTS: tuple[tuple[str, int, int, Literal["light", "dark"], str], ...] = (
    ("page", 1140, 1110, "light", "header"),
    ("flow", 1000, 1270, "dark", "details.function[open]"),
    ("phone", 360, 760, "light", "#f1-L16"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


def main() -> None:
    """Write every picture anew."""
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if executable is None:
        sys.exit("no Chromium is installed")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page = Path(folder) / "page.html"
        page.write_text(_html(), "ascii")
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for name, width, height, scheme, place in SHOTS:
            shown = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            shown.goto(page.as_uri())
            _take(shown, place, IMAGES / f"{name}.png")
        browser.close()


def _html() -> str:
    command = (sys.executable, "-m", "tflint_gemm", EXAMPLE, "--isolated", "--format", "html")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def _take(page: Page, place: str, to: Path) -> None:
    page.add_style_tag(content="nav { position: static !important } html { scroll-padding: 0 !important }")
    page.locator(place).evaluate("one => one.scrollIntoView()")
    page.wait_for_timeout(200)
    page.screenshot(path=to)
    print(to.relative_to(ROOT), to.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
