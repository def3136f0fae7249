"""Small hand-made runs: a benchmark bundle, and a recording with a load job."""

import json
from pathlib import Path
from typing import Any

BEGIN = 1_788_249_600.0
POD = "llama-decode-6b69b5dccd-"


def bundle(**changes: Any) -> dict[str, Any]:
    """A bundle of ten minutes: one replica, three wanted from t+120 on, the second ready at t+180,
    the third at t+240; four requests, of which one failed."""
    stands = [
        (0, 1, 1),
        (60, 1, 1),
        (120, 3, 1),
        (180, 3, 2),
        (240, 3, 3),
        (540, 1, 1),
        (600, 1, 1),
    ]
    made: dict[str, Any] = {
        "meta": {
            "run": "inference-perf-1",
            "harness": "inference-perf",
            "model": "m",
            "namespace": "ns",
            "workload": "stairs.yaml",
            "harness_start_epoch": BEGIN,
            "load_duration_s": 605.0,
            "engine": {"num_gpu_blocks": "100", "block_size": "16"},
        },
        "requests": [
            {
                "t_arr": BEGIN + 10.0 * n,
                "t_dep": BEGIN + 10.0 * n + n,
                "in_tok": 100,
                "out_tok": 50,
                "ttft": 0.1 * n,
                "itl_true": 10.0 + n,
                "outcome": outcome,
            }
            for n, outcome in enumerate(("ok", "ok", "ok", "error"), 1)
        ],
        "replicas": [
            {"t": BEGIN + at, "desired": desired, "ready": ready, "available": ready}
            for at, desired, ready in stands
        ],
        "system": [{"t": BEGIN + 60, "q_engine": 7.0, "q_dispatch": 90.0, "q_flow": 4.0}],
        "pods": {
            f"{POD}aaaaa": {
                "n_samples": 2,
                "series": [
                    {"t": BEGIN, "run": 1.0, "wait": 0.0, "kv": 0.1},
                    {"t": BEGIN + 60, "run": 9.0, "wait": 7.0, "kv": 0.9},
                ],
            },
            f"{POD}bbbbb": {
                "n_samples": 1,
                "series": [{"t": BEGIN + 180, "run": 0.0, "wait": 0.0, "kv": None}],
            },
        },
        "derived": {},
        "self_checks": [{"check": "kv within [0,1]", "ok": False, "detail": ""}],
    }
    return made | changes


def written(folder: Path, data: Any, name: str = "bundle.json", indent: int | None = None) -> Path:
    path = folder / name
    path.write_text(json.dumps(data, indent=indent))
    return path
