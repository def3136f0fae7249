"""Takes pictures of two reports for the documents, in Chromium: `python -m bench.page_picture`.

Where no Chromium is installed it says so, and the pictures are not changed.
"""

import asyncio
import base64
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.serving.chromium import BINARY, chromium

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = ROOT / "recordings"
WIDTH, HEIGHT = 1100, 1300
PICTURES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "report-keda.png": (("keda-queue.jsonl",), "At a glance", "light"),
    "report-compare.png": (("spike.jsonl", "keda-queue.jsonl"), "At a glance", "dark"),
}
"""By file in `docs`: recordings, the section at which the picture begins, the theme."""
_TOP = "[...document.querySelectorAll('h2')].find(each => each.textContent === '{}').offsetTop - 8"


async def taken(page_file: Path, section: str, theme: str) -> bytes:
    """A PNG of a page, beginning at one of its sections."""
    with tempfile.TemporaryDirectory() as folder:
        async with chromium(Path(folder), page_file.as_uri()) as page:
            await page.holds("document.readyState === 'complete'")
            feature = {"name": "prefers-color-scheme", "value": theme}
            await page.call("Emulation.setEmulatedMedia", features=[feature])
            size = {"width": WIDTH, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            await page.call("Emulation.setDeviceMetricsOverride", **size)
            await page.holds(f"innerWidth === {WIDTH}")
            top = await page.value(_TOP.format(section))
            clip = {"x": 0, "y": top, "width": WIDTH, "height": HEIGHT, "scale": 1}
            told = await page.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
    return base64.b64decode(told["data"])


def main() -> None:
    """Take every picture anew."""
    if BINARY is None:
        print("no Chromium here: pictures of reports stay as they are")
        return
    for name, (recordings, section, theme) in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            named = [str(RECORDINGS / each) for each in recordings]
            words = [sys.executable, "-m", "wvatui", "report", *named, "-o", folder]
            subprocess.run(words, check=True, capture_output=True)
            shot = asyncio.run(taken(Path(folder) / "report.html", section, theme))
        picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(64)
        picture.save(ROOT / "docs" / name, optimize=True)
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
