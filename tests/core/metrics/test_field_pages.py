"""Metrics pages that users reported are read correctly; skipped without the recorded data."""

import pytest

from tests.fixtures import shared
from wvatui.core.events import Engine, Scrape
from wvatui.core.metrics.scrape import BoundsBook, read_page

PAGES = (
    ("metrics-01-dp-queue-summed/dp8", (80, 8, 0.2), {"waiting": 1}, None),
    ("metrics-03-unsupported-silent/ray", (1, 0, 5.882698982295764e-05), None, None),
    ("metrics-03-unsupported-silent/sglang-old", (12, 3, 0.4), None, 570979),
    ("metrics-03-unsupported-silent/smg", (4, 2, 0.3), None, None),
    ("metrics-04-hybrid-kv-tokens/hybrid", (1, 0, 0.2), None, 131072),
    ("metrics-pages/ray-serve", (3, None, 0.5), None, None),
    ("metrics-pages/sglang-all-schedulers", (3, 5, 0.4), None, None),
    ("metrics-pages/vllm-dp2", (2, 6, 0.1), {"waiting": 3}, None),
)
"""(file, (running, waiting, KV), values judged in place of these, KV tokens)."""


@pytest.mark.parametrize(("name", "numbers", "judged", "tokens"), PAGES)
def test_a_reported_page_says_what_is_so(
    name: str, numbers: tuple[object, ...], judged: dict[str, float] | None, tokens: int | None
) -> None:
    page = shared(f"field-cases/{name}.prom").read_bytes()
    *_, engine, scrape = read_page(page, at=1.0, pod="p", took_ms=1, bounds=BoundsBook())
    assert isinstance(scrape, Scrape)
    assert isinstance(engine, Engine)
    assert (scrape.running, scrape.waiting, scrape.kv) == numbers
    assert (scrape.judged, engine.kv_tokens) == (judged, tokens)
