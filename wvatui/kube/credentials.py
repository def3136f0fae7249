"""Reads a kubeconfig, or a pod's own account, and asks exec plugins for credentials.

This is a program of its own: `auth.py` runs it in a child process without input or terminal and
takes its answer, one JSON object, from standard output. So a plugin that wants to ask something
cannot take the keys away from the screen, nothing slow runs on the event loop, and the `kubernetes`
package (with all it imports) never enters the memory of a session.
"""

import base64
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from wvatui.kube.answers import one_line
from wvatui.kube.kubeconfig import Chosen, WrongError, choose, find, in_one, pem, save_oidc

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CLOCK_EXTENSION = "clock.wvatui.dev"
TOKEN_FILE_S = 300.0
"""Wall seconds after which a token file is read again; kubelets renew it long before it ends."""


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
    except WrongError as wrong:
        answer = {"error": one_line(wrong.message), "hint": one_line(wrong.hint)}
    json.dump(answer, sys.stdout)
    return 0


def _read(kubeconfig: str, context: str) -> dict[str, Any]:
    files = find(kubeconfig)
    if files:
        return _from_files(files, context)
    if context:
        raise WrongError(f"there is no kubeconfig to look for context {context!r} in")
    if os.environ.get("KUBERNETES_SERVICE_HOST") and (ACCOUNT / "token").is_file():
        return _from_account()
    raise WrongError(
        "no kubeconfig: neither --kubeconfig, nor $KUBECONFIG, nor ~/.kube/config",
        "name one with --kubeconfig FILE, or try `wvatui demo`",
    )


def _from_files(files: list[Path], context: str) -> dict[str, Any]:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    chosen = choose(files, context)
    where = f"{chosen.file}: context {chosen.context!r}"
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    configuration = Configuration(proxy="", no_proxy="")  # the environment's are looked at later
    data = in_one(chosen)
    user = data["users"][0]["user"]
    try:
        loader = KubeConfigLoader(
            config_dict=data,
            # Every path in `data` is absolute: this is where a plugin works.
            config_base_path=str(chosen.user_folder),
            config_persister=lambda: save_oidc(chosen, user),
        )
        loader.load_and_set(configuration)
    except ConfigException as error:
        raise WrongError(f"{where}: {one_line(str(error), chosen.secrets)}") from None
    except Exception as error:  # noqa: BLE001 - the loader raises whatever a wrong file leads to
        text = one_line(str(error), chosen.secrets)
        raise WrongError(f"{where}: not usable: {type(error).__name__}: {text}") from None
    if heard.messages:
        raise _plugin_failed(chosen, user, heard.messages[-1])
    own = _pems(chosen)
    answer = _answer(configuration)
    return (
        answer
        | {key: answer[key] or own[key] for key in own}
        | {
            "context": chosen.context,
            "namespace": chosen.namespace,
            "proxy": str(chosen.cluster.get("proxy-url") or ""),
            "expires_at": _expiry(loader, chosen.user),
            "headers": _impersonation(chosen.user),
        }
        | _clock(chosen.cluster)
    )


def _pems(chosen: Chosen) -> dict[str, str]:
    """CA, client certificate and key of the kubeconfig itself."""
    return {
        "ca": pem(chosen.cluster, "certificate-authority"),
        "certificate": pem(chosen.user, "client-certificate"),
        "key": pem(chosen.user, "client-key"),
    }


def _plugin_failed(chosen: Chosen, user: dict[str, Any], said: str) -> WrongError:
    """What went wrong in an exec plugin, with what its author says about installing it."""
    plugin = user.get("exec") or {}
    name = Path(str(plugin.get("command", "plugin"))).name
    text = one_line(said.removeprefix("exec: "), chosen.secrets)
    hint = "run `kubectl get pods` once: the plugin may want you to sign in"
    if "No such file" in said or "not found" in said:
        hint = str(plugin.get("installHint") or f"install {name}, or put it on the PATH")
    return WrongError(f"{chosen.file}: credential plugin {name} gave nothing: {text}", hint)


def _expiry(loader: Any, user: dict[str, Any]) -> float | None:
    """When to read the credentials again at the latest, UTC epoch seconds."""
    expiry = getattr(loader, "expiry", None)
    if expiry is not None:
        return float(expiry.timestamp())
    return time.time() + TOKEN_FILE_S if user.get("tokenFile") else None


def _impersonation(user: dict[str, Any]) -> list[tuple[str, str]]:
    """Headers for `as`, `as-uid` and `as-groups`, which the loader leaves out."""
    headers = [("Impersonate-User", str(user["as"]))] if user.get("as") else []
    if user.get("as-uid"):
        headers.append(("Impersonate-Uid", str(user["as-uid"])))
    headers += [("Impersonate-Group", str(group)) for group in user.get("as-groups") or []]
    for key, values in (user.get("as-user-extra") or {}).items():
        headers += [(f"Impersonate-Extra-{key}", str(value)) for value in values]
    return headers


def _clock(cluster: dict[str, Any]) -> dict[str, Any]:
    """The simulated cluster's clock, from the extension that kubectl ignores."""
    for item in cluster.get("extensions") or []:
        place = item.get("extension") if isinstance(item, dict) else None
        if isinstance(place, dict) and item.get("name") == CLOCK_EXTENSION and place.get("url"):
            speed = place.get("speed")
            if not isinstance(speed, int | float) or not 0 < speed < float("inf"):
                speed = 1.0
            return {"clock_url": str(place["url"]), "clock_speed": float(speed)}
    return {}


def _from_account() -> dict[str, Any]:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.incluster_config import InClusterConfigLoader

    configuration = Configuration(proxy="", no_proxy="")
    try:
        InClusterConfigLoader(
            token_filename=str(ACCOUNT / "token"), cert_filename=str(ACCOUNT / "ca.crt")
        ).load_and_set(configuration)
        namespace = (ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except (ConfigException, OSError) as error:
        raise WrongError(f"{ACCOUNT}: {one_line(str(error))}") from None
    expires_at = time.time() + TOKEN_FILE_S
    about = {"context": "in-cluster", "namespace": namespace, "expires_at": expires_at}
    return _answer(configuration) | about


def _answer(configuration: Any) -> dict[str, Any]:
    token = str(configuration.api_key.get("BearerToken") or "").strip()
    if token[:7].lower() == "bearer ":
        token = "Bearer " + token[7:].strip()
    if not token.isascii() or not token.isprintable():
        # httpx would refuse it later, and repeat it in its error.
        raise WrongError("the token holds characters that no HTTP header may hold")
    server, basic = _without_password(configuration.host)
    return {
        "server": server,
        "ca": _content(configuration.ssl_ca_cert),
        "certificate": _content(configuration.cert_file),
        "key": _content(configuration.key_file),
        "authorization": token or basic,
        "verify": bool(configuration.verify_ssl),
        "server_name": configuration.tls_server_name or "",
    }


def _without_password(server: str) -> tuple[str, str]:
    """A URL without the user and password in it, and the Authorization header they stand for."""
    parts = urlsplit(server)
    who, at, place = parts.netloc.rpartition("@")
    if not at:
        return server, ""
    basic = base64.b64encode(unquote(who).encode()).decode()
    return parts._replace(netloc=place).geturl(), f"Basic {basic}"


def _content(path: str | None) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongError(f"{path}: {type(error).__name__}: {one_line(str(error))}") from None
