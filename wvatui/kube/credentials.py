"""Reads a kubeconfig, or a pod's own account, and asks exec plugins for credentials.

This is a program of its own: `auth.py` runs it in a child process whose standard input is closed
and takes its answer, one JSON object, from standard output. So a plugin that wants to ask something
cannot take the keys away from the screen, nothing slow runs on the event loop, and the `kubernetes`
package (with all it imports) never enters the memory of a session.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CLOCK_EXTENSION = "clock.wvatui.dev"


class _WrongError(Exception):
    """What is wrong, in words, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class _Heard(logging.Handler):
    """What the kubernetes package only logs: the failure of a plugin, mostly."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def main(arguments: list[str]) -> int:
    """`[kubeconfig, context]`, empty for the usual ones."""
    kubeconfig, context = arguments
    try:
        answer = _read(kubeconfig, context)
    except _WrongError as wrong:
        answer = {"error": wrong.message, "hint": wrong.hint}
    json.dump(answer, sys.stdout)
    return 0


def _read(kubeconfig: str, context: str) -> dict[str, Any]:
    files = _files(kubeconfig)
    if files:
        return _from_files(files, context)
    if context:
        raise _WrongError(f"there is no kubeconfig to look for context {context!r} in")
    if os.environ.get("KUBERNETES_SERVICE_HOST") and (ACCOUNT / "token").is_file():
        return _from_account()
    raise _WrongError(
        "no kubeconfig: neither --kubeconfig, nor $KUBECONFIG, nor ~/.kube/config",
        "name one with --kubeconfig FILE, or try `wvatui demo`",
    )


def _files(kubeconfig: str) -> list[Path]:
    """The kubeconfig files that are there, in kubectl's order; the first that has a key wins."""
    if kubeconfig:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise _WrongError(f"{kubeconfig}: no such kubeconfig")
        return [path]
    variable = os.environ.get("KUBECONFIG", "")
    if variable:
        named = [Path(part).expanduser() for part in variable.split(os.pathsep) if part]
        found = [path for path in named if path.is_file()]
        if not found:
            raise _WrongError(f"$KUBECONFIG names {variable}, and there is no such file")
        return found
    usual = Path("~/.kube/config").expanduser()
    return [usual] if usual.is_file() else []


def _from_files(files: list[Path], context: str) -> dict[str, Any]:
    from kubernetes import client, config

    name = os.pathsep.join(map(str, files))
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    configuration = client.Configuration()
    try:
        contexts, current = config.list_kube_config_contexts(config_file=name)
        wanted = _context(contexts, current, context, name)
        config.load_kube_config(
            config_file=name,
            context=wanted["name"],
            client_configuration=configuration,
            persist_config=False,
        )
    except config.ConfigException as error:
        raise _WrongError(f"{name}: {_line(error)}") from None
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise _WrongError(f"{name}: not a usable kubeconfig: {_line(error)}") from None
    except Exception as error:  # noqa: BLE001 - YAML errors, without importing YAML for its name
        raise _WrongError(f"{name}: cannot be read: {_line(error)}") from None
    if heard.messages:
        user = wanted["context"].get("user", "")
        raise _WrongError(f"{name}: no credentials for user {user!r}: {_line(heard.messages[-1])}")
    about = wanted["context"]
    cluster = _cluster(files, about.get("cluster", ""))
    clock = next(
        (
            item.get("extension") or {}
            for item in cluster.get("extensions") or []
            if item.get("name") == CLOCK_EXTENSION
        ),
        {},
    )
    return _answer(configuration) | {
        "context": wanted["name"],
        "namespace": about.get("namespace") or "",
        "clock_url": str(clock.get("url") or ""),
        "clock_speed": float(clock.get("speed") or 1.0),
    }


def _context(contexts: list[Any], current: Any, wanted: str, name: str) -> dict[str, Any]:
    if not wanted:
        found: dict[str, Any] = current
        return found
    for item in contexts:
        if item["name"] == wanted:
            chosen: dict[str, Any] = item
            return chosen
    known = ", ".join(sorted(item["name"] for item in contexts)) or "none"
    raise _WrongError(f"{name}: has no context {wanted!r}", f"it has: {known}")


def _cluster(files: list[Path], name: str) -> dict[str, Any]:
    """The entry of a cluster, as it stands in the file: the loader leaves out its extensions."""
    import yaml

    for path in files:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for item in data.get("clusters") or []:
            if item.get("name") == name:
                found: dict[str, Any] = item.get("cluster") or {}
                return found
    return {}


def _from_account() -> dict[str, Any]:
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)
        namespace = (ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except (config.ConfigException, OSError) as error:
        raise _WrongError(f"{ACCOUNT}: {_line(error)}") from None
    return _answer(configuration) | {"context": "in-cluster", "namespace": namespace}


def _answer(configuration: Any) -> dict[str, Any]:
    token = configuration.api_key.get("BearerToken", "")
    if token[:7].lower() == "bearer ":
        token = "Bearer " + token[7:].strip()
    return {
        "server": configuration.host,
        "ca": _content(configuration.ssl_ca_cert),
        "certificate": _content(configuration.cert_file),
        "key": _content(configuration.key_file),
        "authorization": token,
        "verify": bool(configuration.verify_ssl),
        "server_name": configuration.tls_server_name or "",
        "proxy": configuration.proxy or "",
    }


def _content(path: str | None) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _WrongError(f"{path}: {_line(error)}") from None


def _line(error: object) -> str:
    return " ".join(str(error).split())[:300]
