"""States for tests: the recordings that come with wvatui, and text logs, folded."""

from functools import lru_cache
from pathlib import Path

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings"


@lru_cache(maxsize=8)
def recorded(name: str) -> State:
    """The State after one of the recordings in `recordings/`."""
    return fold(EMPTY, list(open_recording(RECORDINGS / name).events()))


def logged(text: str) -> State:
    """The State after a controller's log and nothing else."""
    at, events = 0.0, list[ev.Event]()
    for line in text.split("\n"):
        if line:
            at = max(at, parse(line).at or at)
            events.append(ev.Log(at, line=line))
    return fold(EMPTY, events)


HEAD = """\
{"level":"info","ts":"2026-08-18T13:55:08Z","caller":"a.go:1","msg":"Starting manager"}
{"level":"info","ts":"2026-08-18T13:55:09Z","caller":"saturation/engine.go:379","msg":"Grouped VAs by model","modelCount":1,"totalVAs":2}
{"level":"Level(-4)","ts":"2026-08-18T13:55:09Z","caller":"collector/replica_metrics.go:480","msg":"KV cache metric","pod":"a100-x","usage":0.6}
{"level":"Level(-4)","ts":"2026-08-18T13:55:09Z","caller":"collector/replica_metrics.go:509","msg":"Queue metric","pod":"a100-x","queueLength":2}
{"level":"info","ts":"2026-08-18T13:55:09Z","caller":"saturation/engine_v2.go:695","msg":"analyzer-result","modelID":"m","namespace":"ns","analyzer":"saturation","supply":1000,"demand":950,"util":0.95,"rc":120.5,"sc":0,"scaleUpThreshold":0.85,"scaleDownBoundary":0.7,"variants":[{"name":"a100","prc":500,"role":"both","reason":"P3-k2"}]}
{"level":"info","ts":"2026-08-18T13:55:09Z","caller":"saturation/engine_v2.go:744","msg":"scaling-decision","modelID":"m","namespace":"ns","decisions":[{"name":"h100","curr":1,"tgt":1,"action":"no-change"},{"name":"a100","curr":1,"tgt":2,"action":"scale-up"}]}
{"level":"error","ts":"2026-08-18T13:55:09Z","caller":"x.go:1","msg":"Failed to look","error":"nobody there"}
{"level":"info","ts":"2026-08-18T13:55:10Z","caller":"saturation/engine.go:585","msg":"Optimization completed successfully","mode":"saturation","modelsProcessed":1,"decisionsApplied":2}
{"level":"info","ts":"2026-08-18T13:55:20Z","caller":"x.go:1","msg":"Shutting down"}
{"level":"info","ts":"2026-08-18T13:55:39Z","caller":"saturation/engine.go:379","msg":"Grouped VAs by model","modelCount":1,"totalVAs":2}
{"level":"info","ts":"2026-08-18T13:55:39Z","caller":"saturation/engine_v2.go:744","msg":"scaling-decision","modelID":"m","namespace":"ns","decisions":[{"name":"a100","curr":2,"tgt":1,"action":"scale-down"}]}
"""  # noqa: E501
"""Two cycles of a release at HEAD; the second one has not ended."""
