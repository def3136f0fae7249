"""Credentials in command lines: hidden wherever they stand, and nothing else is."""

import pytest

from wvatui.core.redact import redacted


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["--api-key", "abc", "--port", "80"], ["--api-key", "***", "--port", "80"]),
        (["--api-key=abc"], ["--api-key=***"]),
        (["--hf-token", "abc"], ["--hf-token", "***"]),
        (["HF_TOKEN=abc", "vllm"], ["HF_TOKEN=***", "vllm"]),
        (["--backend-kwargs", '{"api_key": "abc", "x": 1}'],
         ["--backend-kwargs", '{"api_key": ***, "x": 1}']),
        (["exec vllm serve m --api-key abc --max-num-seqs 5"],
         ["exec vllm serve m --api-key *** --max-num-seqs 5"]),
        (["export PASSWORD='a b'; run"], ["export PASSWORD=***; run"]),
        (["--url", "https://me:abc@host/x"], ["--url", "https://***@host/x"]),
        (["-H", "Authorization: Bearer abc.def"], ["-H", "Authorization: *** ***"]),
        (["--trust-key", "--next"], ["--trust-key", "--next"]),
    ],
)  # fmt: skip
def test_a_credential_is_hidden(given: list[str], kept: list[str]) -> None:
    assert list(redacted(given)) == kept


@pytest.mark.parametrize(
    "given",
    [
        ["--max-num-batched-tokens", "8192"],
        ["--max-tokens=512"],
        ["--tokenizer", "meta/llama"],
        ["--data", "prompt_tokens=128,output_tokens=128"],
        ["--kv-cache-dtype", "fp8", "--block-size=64"],
        ["http://gateway:80/v1"],
        ["--sharegpt-output-len", "1024"],
    ],
)
def test_what_is_no_credential_stays(given: list[str]) -> None:
    assert list(redacted(given)) == given
