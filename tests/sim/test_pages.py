"""Ports of pods: only those that listen answer."""

from wvatui.sim.pods.exposition import PodPages


def test_only_an_open_port_answers() -> None:
    pages = PodPages()
    pages.listen("ns", "pod", 8000, lambda path: (200, "text/plain", path.encode()))
    assert pages.fetch("ns", "pod", 8000, "/metrics?x=1") == (200, "text/plain", b"/metrics?x=1")
    assert pages.fetch("ns", "pod", 9000, "/metrics") is None
    assert pages.fetch("ns", "other", 8000, "/metrics") is None


def test_a_closed_pod_refuses() -> None:
    pages = PodPages()
    pages.listen("ns", "pod", 8000, lambda path: (200, "text/plain", b""))
    pages.close("ns", "pod")
    pages.close("ns", "pod")
    assert pages.fetch("ns", "pod", 8000, "/metrics") is None
