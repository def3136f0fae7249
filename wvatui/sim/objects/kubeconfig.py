"""The kubeconfig of a simulated cluster: for wvatui, kubectl and everybody else."""

import base64
import json
import os
from pathlib import Path
from typing import Any

from wvatui.host.child import Child
from wvatui.sim.tls import Authority

NAME = "wvatui-sim"
CLOCK_EXTENSION = "clock.wvatui.dev"
USERS = ("token", "cert", "exec")


def kubeconfig(
    url: str,
    clock_url: str,
    speed: float,
    namespace: str,
    *,
    authority: Authority | None = None,
    token: str = "",
    secret_file: Path | None = None,
    auth: str = "token",
) -> dict[str, Any]:
    """One cluster; with `authority` a context for each way to prove who one is."""
    cluster: dict[str, Any] = {
        "server": url,
        "extensions": [{"name": CLOCK_EXTENSION, "extension": {"url": clock_url, "speed": speed}}],
    }
    users: dict[str, dict[str, Any]] = {"nobody": {}}
    if authority is not None:
        cluster["certificate-authority-data"] = _packed(authority.ca)
        users = {
            "token": {"token": token},
            "cert": {
                "client-certificate-data": _packed(authority.client_certificate),
                "client-key-data": _packed(authority.client_key),
            },
            "exec": {"exec": _plugin(secret_file)},
        }
    chosen = auth if auth in users else next(iter(users))
    contexts = {f"{NAME}-{user}": user for user in users} if len(users) > 1 else {}
    contexts[NAME] = chosen
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": cluster}],
        "users": [{"name": f"{NAME}-{name}", "user": user} for name, user in users.items()],
        "contexts": [
            {
                "name": name,
                "context": {"cluster": NAME, "user": f"{NAME}-{user}", "namespace": namespace},
            }
            for name, user in contexts.items()
        ],
    }


def write_kubeconfig(path: Path, content: dict[str, Any]) -> None:
    """Write it (JSON is YAML) so that nobody ever reads half of it. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    unfinished.replace(path)


def _plugin(secret_file: Path | None) -> dict[str, Any]:
    command, *arguments = Child("wvatui.sim.execplugin", (str(secret_file),)).command
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "args": arguments,
        "interactiveMode": "Never",
    }


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
