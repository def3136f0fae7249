"""Facts about a pod's work: from its page over the last minute, and from its command line."""

from tests.core.queries.few_pods import START, folded, look, namespace
from wvatui.core import events as ev
from wvatui.core.queries.pods.pod_detail import pod_detail

ARGUMENTS = {"sidecar": ("proxy",), "main": ("vllm", "serve", "--max-num-seqs", "64")}


def facts(*looks: ev.Scrape, now: float = 62) -> dict[str, str]:
    events = [
        ev.Workload(
            event.at,
            kind="Deployment",
            name="qwen",
            namespace=event.namespace,
            selector={"app": "qwen"},
            arguments=ARGUMENTS,
        )
        if isinstance(event, ev.Workload)
        else event
        for event in namespace("a")
    ]
    engine = ev.Engine(START + 1, pod="a", engine="vllm")
    detail = pod_detail(folded(*events, engine, *looks, now=now), "a")
    return {row.name: row.text for row in detail.facts}


def test_a_pod_tells_tokens_preemptions_and_hits_of_its_last_minute() -> None:
    before = look(
        "a", 2, generation_tokens=100, preemptions=3, prefix_queries=1000, prefix_hits=900
    )
    after = look(
        "a", 62, generation_tokens=6100, preemptions=5, prefix_queries=3000, prefix_hits=1400
    )
    told = facts(before, after)
    assert told["tokens/s"] == "100"
    assert told["preemptions"] == "2 in the last 60 s"
    assert told["prefix cache"] == "25 % of tokens hit"
    assert told["arguments"] == "vllm serve --max-num-seqs 64"


def test_a_pod_that_is_silent_since_long_tells_nothing_of_its_last_minute() -> None:
    looks = look("a", 2, generation_tokens=100, preemptions=3), look("a", 62, generation_tokens=200)
    assert "tokens/s" in facts(*looks)
    assert "tokens/s" not in facts(*looks, now=600)


def test_what_no_page_tells_and_a_counter_that_began_anew_are_left_out() -> None:
    told = facts(look("a", 2, prefix_queries=9, prefix_hits=9), look("a", 62, prefix_queries=1))
    assert not {"tokens/s", "preemptions", "prefix cache"} & set(told)
