"""Kubeconfig files: which exist, how several are merged, and what a context refers to.

Source: client-go (k8s.io/client-go tools/clientcmd/loader.go): the first file that sets a value
wins, and a relative path is resolved from the file that contains it.
"""

import base64
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

_SECRET = re.compile("token|secret|passw|key|credential", re.I)
_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class WrongError(Exception):
    """What is wrong, in words, and how to fix it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Chosen(NamedTuple):
    """One context with its cluster and user. Paths in it are absolute."""

    context: str
    namespace: str
    file: str
    """The file or files that it comes from, for messages."""
    cluster: dict[str, Any]
    user: dict[str, Any]
    user_file: Path | None
    user_name: str

    @property
    def user_folder(self) -> Path:
        """The folder of the file that holds the user's entry."""
        return (self.user_file or Path()).absolute().parent

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must not appear in any message."""
        plugin, provider = self.user.get("exec"), self.user.get("auth-provider")
        values = [self.user.get(key) for key in ("token", "password", "client-key-data")]
        if isinstance(plugin, dict):
            environment = [item for item in plugin.get("env") or [] if isinstance(item, dict)]
            values += [i.get("value") for i in environment if _SECRET.search(str(i.get("name")))]
        if isinstance(provider, dict) and isinstance(provider.get("config"), dict):
            values += [v for key, v in provider["config"].items() if _SECRET.search(str(key))]
        return tuple(str(value) for value in values if value)


def find(kubeconfig: str) -> list[Path]:
    """The existing kubeconfig files, in kubectl's order; empty: none."""
    if kubeconfig:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise WrongError(f"{kubeconfig}: no such kubeconfig", "see --kubeconfig")
        return [path]
    variable = os.environ.get("KUBECONFIG", "")
    if variable:
        named = [Path(part).expanduser() for part in variable.split(os.pathsep) if part]
        present = [path for path in named if path.is_file()]
        if not present:
            raise WrongError(f"$KUBECONFIG names {variable}, and there is no such file")
        return present
    usual = Path("~/.kube/config").expanduser()
    return [usual] if usual.is_file() else []


def choose(files: list[Path], context: str) -> Chosen:
    """`context` of `files`; empty: the current one of the first file that has one."""
    read = [(path, _load(path)) for path in files]
    name = os.pathsep.join(map(str, files))
    current = next((str(d["current-context"]) for _, d in read if d.get("current-context")), "")
    wanted = context or current
    if not wanted:
        raise WrongError(f"{name}: has no current context", _known(read) or "name a --context")
    about, _ = _entry(read, "contexts", wanted)
    if about is None:
        raise WrongError(f"{name}: has no context {wanted!r}", _known(read))
    cluster, cluster_file = _entry(read, "clusters", str(about.get("cluster") or ""))
    if cluster is None:
        which = about.get("cluster") or ""
        raise WrongError(f"{name}: context {wanted!r} names cluster {which!r}, which is not there")
    if not cluster.get("server"):
        raise WrongError(f"{name}: cluster {about['cluster']!r} has no server")
    user_name = str(about.get("user") or "")
    user, user_file = _entry(read, "users", user_name)
    if user is None and user_name:
        raise WrongError(f"{name}: context {wanted!r} names user {user_name!r}, who is not there")
    return Chosen(
        context=wanted,
        namespace=str(about.get("namespace") or ""),
        file=name,
        cluster=_absolute(cluster, cluster_file),
        user=_absolute(user or {}, user_file),
        user_file=user_file,
        user_name=user_name,
    )


def pem(entry: dict[str, Any], key: str) -> str:
    """The certificate or key at `key` of a cluster or user: its data, else its file."""
    data, file = entry.get(f"{key}-data"), entry.get(key)
    try:
        if data:
            return base64.b64decode(str(data), validate=False).decode()
        return Path(file).read_text(encoding="utf-8") if file else ""
    except OSError as error:
        raise WrongError(f"{file}: {error.strerror}", f"it is named as {key}") from None
    except ValueError:
        raise WrongError(f"{key}: no certificate or key in PEM form") from None


def in_one(chosen: Chosen) -> dict[str, Any]:
    """A kubeconfig that holds `chosen`, without its certificates and keys (see `pem`), which the
    loader would write to files."""
    user = {key: value for key, value in chosen.user.items() if not key.startswith("client-")}
    if user.get("tokenFile"):
        user.pop("token", None)  # client-go prefers the file, the loader the token
    cluster = {k: v for k, v in chosen.cluster.items() if k != "certificate-authority"}
    cluster["server"] = server_of(cluster)
    context = {"cluster": "cluster", "user": "user"}
    return {
        "current-context": chosen.context,
        "contexts": [{"name": chosen.context, "context": context}],
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
    }


def save_oidc(chosen: Chosen, user: dict[str, Any]) -> None:
    """Store renewed OpenID tokens where kubectl stores them.

    Otherwise a provider that replaces its refresh token at each use would lock the user out.
    """
    import yaml

    if chosen.user_file is None:
        return
    data = _load(chosen.user_file)
    entry, _ = _entry([(chosen.user_file, data)], "users", chosen.user_name)
    try:
        kept, new = entry["auth-provider"]["config"], user["auth-provider"]["config"]  # type: ignore[index]
    except (KeyError, TypeError):
        return
    kept.update({key: new[key] for key in ("id-token", "refresh-token") if key in new})
    real = chosen.user_file.resolve()
    beside = real.with_name(f".{real.name}.wvatui-{os.getpid()}")
    mode = real.stat().st_mode & 0o777
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.fchmod(handle, mode)  # whatever new files may be here
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        yaml.safe_dump(data, file, default_flow_style=False)
    beside.replace(real)


# --- reading ------------------------------------------------------------------------------

_Read = list[tuple[Path, dict[str, Any]]]


def _load(path: Path) -> dict[str, Any]:
    """The parsed file; an empty file counts as missing."""
    import yaml

    try:
        # The parser in C where it is available: in Python a file of fifty clusters takes a second.
        data = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise WrongError(f"{path}:{line} not YAML: {problem}") from None
    except OSError as error:
        raise WrongError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise WrongError(f"{path}: not YAML") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise WrongError(f"{path}: not a kubeconfig")
    return data


def _items(data: dict[str, Any], section: str) -> list[dict[str, Any]]:
    items = data.get(section)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _entry(read: _Read, section: str, name: str) -> tuple[dict[str, Any] | None, Path | None]:
    """The entry called `name` and the file that contains it."""
    for path, data in read:
        for item in _items(data, section):
            if item.get("name") == name:
                body = item.get(section[:-1])
                return (body if isinstance(body, dict) else {}), path
    return None, None


def _known(read: _Read) -> str:
    names = sorted({str(i.get("name")) for _, data in read for i in _items(data, "contexts")})
    return f"it has: {', '.join(names)}" if names else ""


def _absolute(entry: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """`entry` with its relative paths resolved from its file's folder."""
    folder = (file or Path()).absolute().parent
    # An empty value counts as absent, but the loader would use it.
    own = {key: value for key, value in entry.items() if value not in ("", None)}
    for key in _PATHS:
        if key in own:
            own[key] = str(folder / str(own[key]))
    plugin = own.get("exec")
    if isinstance(plugin, dict):
        command = str(plugin.get("command") or "")
        if os.sep in command:
            own["exec"] = plugin | {"command": str(folder / command)}
    return own


def server_of(cluster: dict[str, Any]) -> str:
    """A cluster's address. Without a scheme it is https where any TLS field is set (client-go)."""
    server = str(cluster["server"]).rstrip("/")
    if "://" in server:
        return server
    said = ("certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify")
    return f"{'https' if any(key in cluster for key in said) else 'http'}://{server}"
