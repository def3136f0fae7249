"""Credentials in a text are hidden wherever they are, and nothing else is."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import ROOT
from wvatui.core.events import Log
from wvatui.core.events.redact_event import redacted_value
from wvatui.core.log.parser import parse
from wvatui.core.redact import is_secret, redacted_text, redacted_words
from wvatui.load.profiles.manifests import JobOwner, job
from wvatui.load.profiles.profiles import PROFILES
from wvatui.recording import open_recording

TEXTS = [
    "export HF_TOKEN=S3CR3T; vllm serve m --port 8000",
    "AWS_SECRET_ACCESS_KEY=S3CR3T/x+S3CR3T= vllm serve m",
    "PASSWORD='a S3CR3T b' run",
    'PASSWORD="a\\"S3CR3T" run',
    "vllm serve m --api-key S3CR3T --max-num-seqs 5",
    "vllm serve m --api-key=S3CR3T",
    "run --password S3CR3T --passphrase=S3CR3T --pwd S3CR3T --creds S3CR3T --token=-S3CR3T",
    "tool -p S3CR3T --auth S3CR3T --key S3CR3T",
    "curl -u user:S3CR3T -uuser:S3CR3T --user 'user:S3CR3T' --proxy-user user:S3CR3T https://h/x",
    "mysql -h db -pS3CR3T; redis-cli -a S3CR3T ping",
    "curl -H 'Authorization: Bearer S3CR3T' -H \"X-Api-Key: S3CR3T\"'",
    "curl -H 'Cookie: a=S3CR3T; b=S3CR3T' https://h/x",
    "Authorization: Basic dXNlcjpS3CR3T=",
    "Authorization: Custom S3CR3T next=1",
    'request with header "authorization": "Bearer S3CR3T" refused',
    "401 for Bearer S3CR3T",
    "https://user:S3CR3T@host/x",
    "https://S3CR3T@host/x",
    "https://user:S3@CR3T-S3CR3T@host/x and https://user:a/S3CR3T@host/x",
    "postgres://u:S3CR3T@db:5432/x redis://:S3CR3T@cache:6379/0",
    "user:S3CR3T@registry/image@sha256:abc",
    "http://h/v1?api_key=S3CR3T&key=S3CR3T&sig=S3CR3T%3D&v=2",
    "https://b/k?X-Amz-Credential=S3CR3T&X-Amz-Signature=S3CR3T&X-Amz-Date=1",
    "https://h/run?code=S3CR3T== https://h/x?auth=S3CR3T;pw=S3CR3T",
    "https://hooks.slack.com/services/T00/B00/S3CR3T",
    "https://discord.com/api/webhooks/123/S3CR3T https://discordapp.com/api/v10/webhooks/1/S3CR3T",
    "https://x.webhook.office.com/webhookb2/S3CR3T@aa/IncomingWebhook/S3CR3T/cc",
    "--webhook https://alerts.example.com/a/S3CR3T WEBHOOK_URL=https://example.com/S3CR3T",
    '{"webhookUrl": "https://example.com/S3CR3T"}',
    "https://chat.example.com/hooks/S3CR3T https://example.com/api/webhook/v1/S3CR3T",
    "REDIS_PASS=S3CR3T MYSQL_PWD=S3CR3T PGPASSWORD=S3CR3T docker login -u me -p S3CR3T",
    "python client.py -p S3CR3T",
    "https://api.telegram.org/bot123:S3CR3T/sendMessage",
    '{"api_key": "S3CR3T", "clientSecret": "S3CR3T", "x": 1}',
    '{\\"api_key\\": \\"S3CR3T\\", \\"x\\": 1}',
    "{'model': 'm', 'api_key': 'S3CR3T'}",
    '{"auths":{"r":{"auth":"dXNlcjpS3CR3T="}}}',
    '[{"name":"HF_TOKEN","value":"S3CR3T"},{"name":"A","value":"b"}]',
    "- name: DB_PASSWORD\n  value: S3CR3T\n- name: A\n  value: b",
    'exec ["curl","-u","user:S3CR3T","--password","S3CR3T"] failed',
    "args:\n- --password\n- S3CR3T\n- -u\n- user:S3CR3T",
    "pull failed token=S3CR3T",
    "AKIAS3CR3TEXAMPLE000 ASIAS3CR3TEXAMPLE000",
    "hf_abcdefS3CR3Tghijkl",
    "sk-abcdefS3CR3Tghijkl sk-proj-S3CR3T-ghijkl sk-ant-S3CR3T-xyzxyz",
    "eyJhbGciOi.S3CR3T.S3CR3T-S3CR3T",
    "ghp_abcdefghS3CR3Tijklm glpat-abcdefghS3CR3Tijklm xoxb-123-S3CR3Txyz nvapi-abcdefS3CR3Tghijk",
    "-----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY----- and -----BEGIN X-----\nS3CR3T",
]
"""Texts with S3CR3T in place of a credential."""

PLAIN = [
    "vllm serve meta-llama/Llama-3.1-8B --port 8000 --max-num-batched-tokens 8192",
    "docker run -p 8080:80 -p 127.0.0.1:80:80/tcp -u 1000:1000 --user 1000 image",
    "mkdir -p models/llama && cp -p a b && kubectl patch pod x -p '{\"spec\":{}}'",
    "--tokenizer meta/llama --max-token=512 --stop-token '</s>' --eos-token x --kv-cache-dtype fp8",
    "--data prompt_tokens=128,output_tokens=128 --token-limit 5 --hf-secret-name hf",
    "ghcr.io/llm-d/llm-d:v0.3@sha256:0123456789abcdef0123 oci://r.io/i:v1@sha256:0123456789",
    "vllm:v0.9@sha256:0123456789abcdef pulled llm-d:v1@sha512:0123456789abcdef",
    "docker-pullable://ghcr.io/llm-d/llm-d@sha256:0123456789abcdef",
    "ms-sim-llm-d-modelservice-decode-5d9c8b7f6-68ggd task-12345678901234567890 risk-abcdefghijkl",
    "sk-llama-8b-decode-6f7c9d5b4c-x2x4z akia-decode-0 hf_transfer hf_overrides",
    "http://gateway.llm-d.svc:8000/v1/completions?model=m&n=2&code=200&monkey=x",
    "https://mutate-webhook.kserve.svc:443/mutate-pods?timeout=10s",
    "https://mutate.kserve.svc:443/webhook/mutate https://x.ns.svc.cluster.local/webhooks/mutate",
    'failed calling webhook "m.x.io": Post "https://webhooks.ns.svc:443/validate-v1": EOF',
    'pods "token-reader" not found; secrets is forbidden; the token has expired',
    'User "me@example.com" cannot get resource "pods/proxy"; mailto:me@example.com',
    "env HF_TOKEN=$HF_TOKEN API_KEY=$(API_KEY) PASSWORD=${PASSWORD} serve --api-key $KEY",
    '{"token": null, "password": "", "authorization": false, "token_count": 3}',
    '{"name":"HF_TOKEN","valueFrom":{"secretKeyRef":{"key":"HF_TOKEN","name":"hf-secret"}}}',
    "volumes:\n- name: s\n  secret:\n    secretName: hf-token\nimagePullSecrets:\n- name: r",
    "time_to_first_token: 0.12 time_per_output_token=12ms costPerToken: 0.001 token: 5",
    "---------------Inter-token Latency----------------",
    "n_pass: 12 groupKey=a instanceKey: b key=default/x cacheKey=[1 2]",
    'WWW-Authenticate: Bearer realm="x"; bearer token expired; basic authentication failed',
    "me:80 a:b 10.0.0.1:8000 2026-01-01T00:00:00Z user@host",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_credential_is_hidden_wherever_it_stands(text: str) -> None:
    assert "S3CR3T" in text
    assert "S3" not in redacted_text(text)
    assert "***" in redacted_text(text)


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_hidden_stays_as_it_is_when_it_is_read_again(text: str) -> None:
    assert redacted_text(redacted_text(text)) == redacted_text(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_credential_stays(text: str) -> None:
    assert redacted_text(text) == text
    assert redacted_words(text.split()) == tuple(text.split())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["--api-key", "a b", "--port", "80"], ["--api-key", "***", "--port", "80"]),
        (["--api-key=abc"], ["--api-key=***"]),
        (["-p", "abc", "-u", "me:a b"], ["-p", "***", "-u", "me:***"]),
        (["-p", "8080:80", "-u", "1000"], ["-p", "8080:80", "-u", "1000"]),
        (["HF_TOKEN=abc", "vllm"], ["HF_TOKEN=***", "vllm"]),
        (["--kwargs", '{"api_key": "abc", "x": 1}'], ["--kwargs", '{"api_key": "***", "x": 1}']),
        (["--kwargs", '{"password": 123}'], ["--kwargs", '{"password": "***"}']),
        (["--header", "Authorization: Bearer abc.def"], ["--header", "Authorization: Bearer ***"]),
        (["--trust-key", "--next"], ["--trust-key", "--next"]),
        (["it's", "--password", "x", "it's"], ["it's", "--password", "***", "it's"]),
        (["a='x", "PASSWORD='abc", "b"], ["a='x", "PASSWORD='***'", "b"]),
        (["a\x1fb", "--token", "x"], ["a b", "--token", "***"]),
        ([], []),
        ([""], [""]),
    ],
)
def test_the_words_of_a_command_line_are_read_together(given: list[str], kept: list[str]) -> None:
    assert list(redacted_words(given)) == kept


@given(st.lists(st.text(max_size=20)))
def test_as_many_words_come_back_as_went_in(words: list[str]) -> None:
    assert len(redacted_words(words)) == len(words)


@pytest.mark.parametrize("name", ["HF_TOKEN", "apiKey", "x-api-key", "dbPassword", "clientSecret"])
def test_a_name_tells_that_its_value_is_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["time_to_first_token", "tokens", "groupKey", "tokenizer", "keys"])
def test_a_name_of_something_else_does_not(name: str) -> None:
    assert not is_secret(name)


def test_json_stays_json() -> None:
    text = json.dumps({"token": 'a"b', "password": [1], "pwd": 5, "n": {"secret": "x", "y": 2.5}})
    assert json.loads(redacted_text(text)) == {
        "token": "***",
        "password": [1],
        "pwd": "***",
        "n": {"secret": "***", "y": 2.5},
    }


# --- lines of logs ------------------------------------------------------------------------

LINES = [
    '{"level":"INFO","ts":"2026-06-24T11:03:26Z","msg":"Processing decision: variant=a, '
    'action=scale-up, current=1→target=2","token":"S3CR3T","n":1}',
    "2026-06-24T11:03:26Z\tINFO\tsaturation/engine.go:1\tProcessing decision for VA\t"
    '{"variant": "ns/a", "password": "S3CR3T", "action": "scale-up", "current": 1, "target": 2}',
    "2026-06-24T11:03:26Z\tINFO\tsaturation/engine.go:1\tProcessing decision for VA\t"
    '{"url":"https://u:S3CR3T@h?key=S3CR3T","variant":"ns/a","action":"scale-up","current":1,"target":2}',
    "2026-06-24T11:03:26Z\tINFO\tsaturation/engine.go:1\tProcessing decision for VA\t"
    '{"variant":"ns/a","token":"S3CR3T","action":"scale-up","pwd":"S3CR3T","current":1,"target":2}',
]


@pytest.mark.parametrize("line", LINES)
def test_a_log_line_without_its_credentials_says_the_same(line: str) -> None:
    hidden = redacted_text(line)
    assert "S3CR3T" not in hidden
    before, after = parse(line, 2026), parse(hidden, 2026)
    assert before.facts
    assert (after.facts, after.template, after.at) == (before.facts, before.template, before.at)


def test_no_line_of_the_recordings_is_changed() -> None:
    files = sorted((ROOT / "recordings").glob("*.jsonl"))
    assert files
    for file in files:
        for event in open_recording(file).events():
            assert not isinstance(event, Log) or redacted_text(event.line) == event.line


# --- manifests ----------------------------------------------------------------------------


def test_a_manifest_is_shown_without_credentials() -> None:
    container = {
        "env": [{"name": "HF_TOKEN", "value": "S3CR3T"}, {"name": "A", "value": "b"}],
        "args": ["--api-key", "S3CR3T", "--port", "80"],
    }
    assert redacted_value(container) == {
        "env": [{"name": "HF_TOKEN", "value": "***"}, {"name": "A", "value": "b"}],
        "args": ["--api-key", "***", "--port", "80"],
    }


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_built_in_load_is_shown_as_it_is(profile: object) -> None:
    body = job(profile, "http://gw:80", "meta/llama", JobOwner("ns", "s", "x", "t"))  # type: ignore[arg-type]
    assert redacted_value(body) == body


# --- cost ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    [
        "token",
        "://",
        "://a:",
        "-----BEGIN ",
        "--token\n\n\n",
        "a:",
        "@",
        "mysql ",
        'key="',
        "bearer ",
        "https://hooks.",
        "token=,",
        "-p ",
        "password='",
        "\\token",
        "authorization: ",
        "name: a_token ",
        "?key=",
        "eyJ",
        "-u a:",
        "basic ",
        "-",
        "\n",
        "cookie:",
        "https://a.office.com/webhook",
    ],
)
def test_the_time_grows_with_the_text_and_no_faster(hostile: str) -> None:
    def seconds(length: int) -> float:
        text = (hostile * length)[:length] + " token"
        begun = time.process_time()
        redacted_text(text)
        return time.process_time() - begun

    assert seconds(100_000) < 2.5  # with quadratic time it would take several times as long
