"""Reads a kubeconfig, or a pod's service account, and asks exec plugins for credentials.

This is a program of its own: `auth.py` runs it in a child process without input or terminal and
reads its answer, one JSON object, from standard output. So a plugin that prompts cannot take keys
from the screen, nothing slow runs on the event loop, and the `kubernetes` package (with all it
imports) never enters the memory of a session.
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
from wvatui.kube.exec_plugin import PluginError, run_plugin
from wvatui.kube.kubeconfig import (
    Chosen,
    WrongError,
    choose,
    find,
    in_one,
    pem,
    save_oidc,
    server_of,
)

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CLOCK_EXTENSION = "clock.wvatui.dev"
TOKEN_FILE_S = 300.0
"""Wall seconds after which a token file is read again; kubelets renew it long before it expires."""


class _Heard(logging.Handler):
    """Collects the errors that the kubernetes package only logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def main(arguments: list[str]) -> int:
    """Run with `[kubeconfig, context]`, either empty for the default, and return the exit code."""
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
    if has_account():
        return _from_account()
    raise WrongError(
        "no kubeconfig: neither --kubeconfig, nor $KUBECONFIG, nor ~/.kube/config",
        "name one with --kubeconfig FILE; without Kubernetes: `wvatui watch --endpoint URL`; to try"
        " it: `wvatui demo`",
    )


def has_account() -> bool:
    """Whether this runs in a pod whose own account can be used."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and (ACCOUNT / "token").is_file()


def _from_files(files: list[Path], context: str) -> dict[str, Any]:
    chosen = choose(files, context)
    answer = _pems(chosen) | {
        "server": server_of(chosen.cluster),
        "verify": not chosen.cluster.get("insecure-skip-tls-verify"),
        "server_name": str(chosen.cluster.get("tls-server-name") or ""),
        "proxy": str(chosen.cluster.get("proxy-url") or ""),
        "context": chosen.context,
        "namespace": chosen.namespace,
        "headers": _impersonation(chosen.user),
    }
    answer |= _by_provider(chosen) if "auth-provider" in chosen.user else _by_user(chosen, answer)
    return _checked(answer | _clock(chosen.cluster))


def _by_user(chosen: Chosen, answer: dict[str, Any]) -> dict[str, Any]:
    """The user's credentials, in client-go's order of precedence: a token file, the token, a
    plugin, a password. Also when they must be read again, UTC epoch seconds."""
    user = chosen.user
    if user.get("tokenFile"):
        token, until = _text(user["tokenFile"]), time.time() + TOKEN_FILE_S
        return {"authorization": f"Bearer {token}", "expires_at": until}
    if user.get("token"):
        return {"authorization": f"Bearer {user['token']}"}
    if isinstance(plugin := user.get("exec"), dict):
        try:
            given = run_plugin(plugin, chosen.user_folder, chosen.cluster, answer["ca"])
        except PluginError as error:
            raise _plugin_failed(chosen, plugin, str(error)) from None
        answered: dict[str, Any] = {"expires_at": given.expires_at}
        if given.token:
            answered["authorization"] = f"Bearer {given.token}"
        if given.certificate:
            answered |= {"certificate": given.certificate, "key": given.key}
        return answered
    if "username" in user and "password" in user:
        return {"authorization": _basic(f"{user['username']}:{user['password']}")}
    return {}


def _by_provider(chosen: Chosen) -> dict[str, Any]:
    """The token of an `auth-provider` (oidc, gcp), renewed by the kubernetes package, which takes a
    second to import and is therefore imported for these users only."""
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    where = f"{chosen.file}: context {chosen.context!r}"
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    configuration = Configuration(proxy="", no_proxy="")  # the environment's: looked up later
    data = in_one(chosen)
    user = data["users"][0]["user"]
    try:
        loader = KubeConfigLoader(
            config_dict=data,
            # Every path in `data` is absolute: plugins run in this folder.
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
        raise WrongError(f"{where}: {one_line(heard.messages[-1], chosen.secrets)}")
    expiry = getattr(loader, "expiry", None)
    token = str(configuration.api_key.get("BearerToken") or "")
    return {
        "authorization": token,
        "expires_at": None if expiry is None else float(expiry.timestamp()),
    }


def _pems(chosen: Chosen) -> dict[str, str]:
    """CA, client certificate and key that the kubeconfig holds or names."""
    return {
        "ca": pem(chosen.cluster, "certificate-authority"),
        "certificate": pem(chosen.user, "client-certificate"),
        "key": pem(chosen.user, "client-key"),
    }


def _plugin_failed(chosen: Chosen, plugin: dict[str, Any], said: str) -> WrongError:
    """The error for a failed exec plugin, with its author's hint on how to install it."""
    name = Path(str(plugin.get("command", "plugin"))).name
    text = one_line(said, chosen.secrets)
    hint = "run `kubectl get pods` once: the plugin may want you to sign in"
    if "No such file" in said or "not found" in said:
        hint = str(plugin.get("installHint") or f"install {name}, or put it on the PATH")
    return WrongError(f"{chosen.file}: credential plugin {name} gave nothing: {text}", hint)


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
    """The simulated cluster's clock, from an extension of the kubeconfig that kubectl ignores."""
    for item in cluster.get("extensions") or []:
        place = item.get("extension") if isinstance(item, dict) else None
        if isinstance(place, dict) and item.get("name") == CLOCK_EXTENSION and place.get("url"):
            speed = place.get("speed")
            if not isinstance(speed, int | float) or not 0 < speed < float("inf"):
                speed = 1.0
            return {"clock_url": str(place["url"]), "clock_speed": float(speed)}
    return {}


def _from_account() -> dict[str, Any]:
    """The service account of the pod in which this runs."""
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    port = os.environ.get("KUBERNETES_SERVICE_PORT") or "443"
    answer = {
        "server": f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        "ca": _text(str(ACCOUNT / "ca.crt")),
        "authorization": f"Bearer {_text(str(ACCOUNT / 'token'))}",
        "context": "in-cluster",
        "namespace": _text(str(ACCOUNT / "namespace")),
        "expires_at": time.time() + TOKEN_FILE_S,
    }
    return _checked(answer)


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, with an Authorization header that can be sent and no password in its address."""
    said = str(answer.get("authorization") or "").strip()
    scheme, _, token = said.partition(" ")
    if token[:7].lower() == "bearer ":  # the token was written with the word
        token = token[7:].strip()
    if not token.isascii() or not token.isprintable():
        # httpx would refuse such a header later, and repeat it in its error.
        raise WrongError("the token holds characters that no HTTP header may hold")
    server, basic = _without_password(answer["server"])
    return answer | {"server": server, "authorization": f"{scheme} {token}".strip() or basic}


def _without_password(server: str) -> tuple[str, str]:
    """A URL without the user and password in it, and the Authorization header they stand for."""
    parts = urlsplit(server)
    who, at, place = parts.netloc.rpartition("@")
    if not at:
        return server, ""
    return parts._replace(netloc=place).geturl(), _basic(unquote(who))


def _basic(who: str) -> str:
    """An Authorization header of a name and a password with a colon between them."""
    return f"Basic {base64.b64encode(who.encode()).decode()}"


def _text(path: str) -> str:
    """The content of a file. Raises WrongError where it is empty or cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise WrongError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise WrongError(f"{path}: {one_line(str(error))}") from None
    if not text:
        raise WrongError(f"{path}: the file is empty")
    return text
