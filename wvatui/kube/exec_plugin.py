"""Runs a credential plugin of a kubeconfig (`exec`) and reads the ExecCredential that it prints.

The protocol is client.authentication.k8s.io, as client-go speaks it (its package
plugin.pkg.client.auth.exec).
"""

import base64
import datetime as dt
import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

CONFIG_EXTENSION = "/".join(("client.authentication.k8s.io", "exec"))
"""A cluster's extension that is meant for its plugins."""
_TOLD = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
"""Fields of the cluster, beside its CA, that are passed on to a plugin."""


class PluginError(Exception):
    """Why a plugin gave no credential, in words that may hold secrets."""


class ExecCredential(NamedTuple):
    """The credential that a plugin printed. An empty field was not in it."""

    token: str
    certificate: str
    """PEM, with its key."""
    key: str
    expires_at: float | None
    """UTC epoch seconds; None: the plugin does not say."""


def run_plugin(
    plugin: dict[str, Any], folder: Path, cluster: dict[str, Any], ca: str
) -> ExecCredential:
    """The credential of `plugin`, which runs in `folder`. Blocks while it runs.

    `cluster`, `ca`: the kubeconfig's cluster and its CA in PEM form, passed on where the plugin
    asks for them (`provideClusterInfo`). Raises PluginError.
    """
    command, version = plugin.get("command"), plugin.get("apiVersion")
    if not command or not version:
        raise PluginError(f"it has no {'apiVersion' if command else 'command'}")
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = _cluster_info(cluster, ca)
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
    own = {
        str(item["name"]): str(item.get("value") or "")
        for item in plugin.get("env") or []
        if isinstance(item, dict) and item.get("name")
    }
    try:
        ended = subprocess.run(
            [str(command), *map(str, plugin.get("args") or [])],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd=folder,
            env={**os.environ, **own, "KUBERNETES_EXEC_INFO": json.dumps(info)},
        )
    except (OSError, ValueError) as error:
        raise PluginError(str(error)) from None
    if ended.returncode:
        said = ended.stderr.decode("utf-8", "replace").strip()
        raise PluginError(f"it ended with exit code {ended.returncode}. {said}".strip())
    return _credential(ended.stdout, str(version))


def _cluster_info(cluster: dict[str, Any], ca: str) -> dict[str, Any]:
    """The `spec.cluster` of an ExecCredential."""
    info = {key: cluster[key] for key in _TOLD if key in cluster}
    if ca:
        info["certificate-authority-data"] = base64.b64encode(ca.encode()).decode()
    for item in cluster.get("extensions") or []:
        if isinstance(item, dict) and item.get("name") == CONFIG_EXTENSION:
            info["config"] = item.get("extension")
    return info


def _credential(printed: bytes, version: str) -> ExecCredential:
    """What the plugin printed. Raises PluginError."""
    try:
        answer = json.loads(printed)
    except ValueError as error:
        raise PluginError(f"its output cannot be decoded as JSON: {error}") from None
    status = answer.get("status") if isinstance(answer, dict) else None
    if not isinstance(status, dict):
        raise PluginError("its output is no ExecCredential with a status")
    if answer.get("apiVersion") != version:
        raise PluginError(f"it speaks {answer.get('apiVersion')}, and {version} is configured")
    given = ExecCredential(
        token=str(status.get("token") or ""),
        certificate=str(status.get("clientCertificateData") or ""),
        key=str(status.get("clientKeyData") or ""),
        expires_at=_epoch(status.get("expirationTimestamp")),
    )
    if bool(given.certificate) != bool(given.key):
        lacks = "clientKeyData" if given.certificate else "clientCertificateData"
        raise PluginError(f"missing {lacks} in its output")
    if not given.token and not given.certificate:
        raise PluginError("missing token or clientCertificateData in its output")
    return given


def _epoch(text: Any) -> float | None:
    """An RFC 3339 time as UTC epoch seconds; None: the text is none."""
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        raise PluginError(f"expirationTimestamp {text!r} is no time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
