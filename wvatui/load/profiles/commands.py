"""The command lines of load tools, in the form that each release understands."""

import json
import re
from typing import Any

from wvatui.load.profiles.profiles import Profile, Tokens, Wave

FOLDER = "/tmp/wvatui"
"""Folder for the reports of a built-in job, in its own container."""
UNNAMED = "load"
DATASET = "/data/ShareGPT_V3_unfiltered_cleaned_split.json"
DATASET_URL = (
    "https://huggingface.co/datasets/anon8231489123/ShareGPT_Vicuna_unfiltered/resolve/main/"
    "ShareGPT_V3_unfiltered_cleaned_split.json"
)
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


def guidellm_form(image: str) -> str:
    """The form of command line that an image of GuideLLM accepts, by its tag: "0.3", "0.4" or
    "0.7".

    A tag without a version counts as a new one.
    """
    tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
    match = _VERSION.match(tag)
    if match is None:
        return "0.7"
    version = int(match[1]), int(match[2])
    return "0.3" if version < (0, 4) else "0.4" if version < (0, 7) else "0.7"


def report_path(profile: Profile, index: int) -> str:
    """Path in the container of the report of the wave with this `index` (from 0)."""
    name = f"{index + 1}-{_plain(profile.waves[index].name) or UNNAMED}"
    if profile.tool == "guidellm" and guidellm_form(profile.image) == "0.4":
        return f"{FOLDER}/{name}/benchmarks.json"
    return f"{FOLDER}/{name}.json"


def wave_name(path: str) -> str:
    """Name of the wave whose report has this path; "" where the path does not show it."""
    match = re.match(rf"{FOLDER}/\d+-([a-z0-9-]+)", path)
    return "" if match is None or match[1] == UNNAMED else match[1].replace("-", " ")


def guidellm(profile: Profile, index: int, target: str, model: str) -> list[str]:
    """The command line of GuideLLM for one wave."""
    wave, path = profile.waves[index], report_path(profile, index)
    form = guidellm_form(profile.image)
    if form == "0.7":
        options = {
            "backend": f"kind=openai_http,target={target},model={model}",
            "profile": _new_profile(profile, wave),
            "constraint": f"kind=max_duration,seconds={wave.duration_s:g}",
            "data": "kind=synthetic_text," + _lengths(profile),
            "output": f"kind=json,path={path}",
        }
        return ["guidellm", "run", *_words(options), "--disable-progress"]
    words = ["guidellm", "benchmark", "--target", target, "--model", model]
    words += ["--rate-type" if form == "0.3" else "--profile", profile.strategy]
    if wave.rate is not None:
        words += ["--rate", f"{wave.rate:g}"]
    elif profile.concurrency is not None and form == "0.4":
        words += ["--rate", str(profile.concurrency)]
    words += ["--max-seconds", f"{wave.duration_s:g}", "--data", _lengths(profile)]
    if form == "0.3":
        return [*words, "--output-path", path]
    folder = path.rpartition("/")[0]
    return [*words, "--output-dir", folder, "--outputs", "benchmarks.json", "--disable-progress"]


def _new_profile(profile: Profile, wave: Wave) -> str:
    if wave.rate is not None:
        return f"kind={profile.strategy},rate={wave.rate:g}"
    if profile.concurrency is not None:
        return f"kind={profile.strategy},max_concurrency={profile.concurrency}"
    return f"kind={profile.strategy}"


def _lengths(profile: Profile) -> str:
    """Synthetic data with the profile's lengths: prompt_tokens=1024,output_tokens=2048,…"""
    parts = []
    for name, tokens in (("prompt_tokens", profile.prompt), ("output_tokens", profile.answer)):
        parts.append(f"{name}={tokens.mean}")
        if tokens.stdev:
            parts.append(f"{name}_stdev={tokens.stdev}")
        parts += [
            f"{name}_{edge}={value}"
            for edge, value in (("min", tokens.min), ("max", tokens.max))
            if value is not None
        ]
    return ",".join(parts)


def vllm_bench(profile: Profile, target: str, model: str) -> list[str]:
    """`vllm bench serve` with ShareGPT, as in the older scripts' jobs; without the interpreter."""
    wave = profile.waves[0]
    requests = profile.requests or max(1, round((wave.rate or 1.0) * wave.duration_s))
    options = {
        "backend": "openai",
        "base-url": target,
        "dataset-name": "sharegpt",
        "dataset-path": DATASET,
        "model": model,
        "seed": str(profile.seed),
        "num-prompts": str(requests),
        "max-concurrency": str(profile.concurrency or 512),
        "request-rate": f"{wave.rate:g}" if wave.rate is not None else "inf",
        "sharegpt-output-len": str(profile.answer.mean),
    }
    return ["-m", "vllm.entrypoints.cli.main", "bench", "serve", *_words(options)]


def _words(options: dict[str, str]) -> list[str]:
    """Options as words of a command line."""
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def inference_perf_config(profile: Profile, target: str, model: str) -> str:
    """The configuration of inference-perf, as JSON (which is YAML too)."""
    stages = [{"rate": wave.rate, "duration": int(wave.duration_s)} for wave in profile.waves]
    config: dict[str, Any] = {
        "load": {"type": "constant", "stages": stages},
        "api": {"type": "completion", "streaming": True},
        "server": {"type": "vllm", "model_name": model, "base_url": target, "ignore_eos": True},
        "tokenizer": {"pretrained_model_name_or_path": model},
        "data": {
            "type": "random",
            "input_distribution": _distribution(profile.prompt),
            "output_distribution": _distribution(profile.answer),
        },
        "report": {"request_lifecycle": {"summary": True, "per_stage": True, "per_request": False}},
        "storage": {"local_storage": {"path": f"{FOLDER}/reports"}},
    }
    return json.dumps(config)


def _distribution(tokens: Tokens) -> dict[str, int]:
    low = tokens.min if tokens.min is not None else max(1, tokens.mean - 3 * tokens.stdev)
    high = tokens.max if tokens.max is not None else tokens.mean + 3 * tokens.stdev
    return {
        "min": low,
        "max": high,
        "mean": tokens.mean,
        "std_dev": tokens.stdev,
        "total_count": 2000,
    }


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
