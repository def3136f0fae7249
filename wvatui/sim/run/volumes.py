"""The files and environment of a pod's containers: volumes, keys, fields."""

import base64
import re
from typing import Any

from wvatui.core.kube_object import Object
from wvatui.load.read.container import expand
from wvatui.sim.run.box import Files
from wvatui.sim.store import Store


class MissingVolume(Exception):  # noqa: N818 - what a kubelet waits for
    """A volume or a key is not there yet."""


class Volumes:
    """The volumes of pods. Claims live as long as the cluster, others as long as their pod."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._claims: dict[tuple[str, str], Files] = {}

    def of(self, pod: Object) -> dict[str, Files]:
        """The pod's volumes by their names. Raises Missing."""
        return {
            volume["name"]: self._volume(pod, volume) for volume in pod["spec"].get("volumes") or []
        }

    def mounted(self, container: Object, volumes: dict[str, Files]) -> Files:
        """The files that one container sees."""
        files = Files()
        for mount in container.get("volumeMounts") or []:
            volume = volumes.get(mount["name"])
            if volume is None:
                continue
            part = str(mount.get("subPath") or "")
            if part and (content := volume.read(f"/{part}")) is not None:
                files.write(mount["mountPath"], content)
            else:
                files.mount(mount["mountPath"], volume)
        return files

    def _volume(self, pod: Object, given: Object) -> Files:
        namespace = pod["metadata"]["namespace"]
        if claim := given.get("persistentVolumeClaim"):
            return self._claims.setdefault((namespace, claim["claimName"]), Files())
        files = Files()
        for kind, key, name_key in (
            ("ConfigMap", "configMap", "name"),
            ("Secret", "secret", "secretName"),
        ):
            if (source := given.get(key)) is None:
                continue
            content = self._content(kind, namespace, source.get(name_key, ""))
            if content is None:
                if source.get("optional"):
                    return files
                raise MissingVolume(
                    f'MountVolume.SetUp failed for volume "{given["name"]}" : '
                    f'{kind.lower()} "{source.get(name_key, "")}" not found'
                )
            items = {item["key"]: item["path"] for item in source.get("items") or []}
            for name, data in content.items():
                if not items or name in items:
                    files.write(f"/{items.get(name, name)}", data)
        return files

    def _content(self, kind: str, namespace: str, name: str) -> dict[str, bytes] | None:
        obj = self._store.get(kind, namespace, name)
        if obj is None:
            return None
        data = obj.get("data") or {}
        if kind == "ConfigMap":
            return {key: str(value).encode() for key, value in data.items()}
        try:
            packed = {key: base64.b64decode(str(value)) for key, value in data.items()}
        except ValueError:
            return None
        return packed | {k: str(v).encode() for k, v in (obj.get("stringData") or {}).items()}

    def environment(self, pod: Object, container: Object) -> dict[str, str]:
        """The container's variables. Raises Missing."""
        namespace = pod["metadata"]["namespace"]
        values = {
            "HOSTNAME": pod["metadata"]["name"],
            "HOME": "/root",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }
        for source in container.get("envFrom") or []:
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if key in source:
                    content = self._content(kind, namespace, source[key].get("name", "")) or {}
                    values |= {k: v.decode("utf-8", "replace") for k, v in content.items()}
        for variable in container.get("env") or []:
            value = variable.get("value")
            if value is None:
                value = self._value(pod, variable.get("valueFrom") or {})
            if value is not None:
                values[variable["name"]] = expand(str(value), values)
        return values

    def _value(self, pod: Object, source: dict[str, Any]) -> str | None:
        if path := (source.get("fieldRef") or {}).get("fieldPath"):
            value: Any = pod
            for key in re.findall(r"[^.\[\]']+", path):
                value = value.get(key) if isinstance(value, dict) else None
            return None if value is None else str(value)
        for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            if (ref := source.get(key)) is None:
                continue
            content = self._content(kind, pod["metadata"]["namespace"], ref.get("name", ""))
            if content is not None and ref.get("key") in content:
                return content[ref["key"]].decode("utf-8", "replace")
            if ref.get("optional"):
                return None
            if content is None:
                raise MissingVolume(f'{kind.lower()} "{ref.get("name", "")}" not found')
            where = f"{pod['metadata']['namespace']}/{ref.get('name', '')}"
            raise MissingVolume(f"couldn't find key {ref.get('key')} in {kind} {where}")
        return None
