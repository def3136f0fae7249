"""What a process in a container sees: its files, its environment, the network, its output."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from wvatui.engine.timeline import Timeline
from wvatui.sim.run.network import Network

Write = Callable[[bytes], None]


class Files:
    """Files by absolute path. A folder of it may be another one: a volume that is shared."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._folders = {"/", "/tmp"}
        self._mounts: dict[str, Files] = {}

    def mount(self, folder: str, volume: "Files") -> None:
        """`folder` and what is under it are from now on `volume`."""
        self._mounts[folder.rstrip("/")] = volume

    def _at(self, path: str) -> "tuple[Files, str]":
        inside = [m for m in self._mounts if path == m or path.startswith(m + "/")]
        if not inside:
            return self, path
        place = max(inside, key=len)
        return self._mounts[place], path[len(place) :] or "/"

    def read(self, path: str) -> bytes | None:
        """The content; None when there is no such file."""
        files, path = self._at(path)
        return files._files.get(path)

    def write(self, path: str, content: bytes, *, more: bool = False) -> None:
        """Write a file, or with `more` add to its end."""
        files, path = self._at(path)
        files._files[path] = files._files.get(path, b"") + content if more else content

    def make_folder(self, path: str) -> None:
        """A folder, empty at first."""
        files, path = self._at(path)
        files._folders.add(path.rstrip("/") or "/")

    def is_folder(self, path: str) -> bool:
        """Whether it is a folder, or one by what is in it."""
        path = path.rstrip("/") or "/"
        files, inner = self._at(path)
        if inner == "/" or any(m.startswith(path + "/") for m in self._mounts):
            return True
        return inner in files._folders or any(p.startswith(inner + "/") for p in files._files)

    def paths(self) -> list[str]:
        """Every file, in the order in which it was first written."""
        inside = [place + path for place, volume in self._mounts.items() for path in volume.paths()]
        return [*inside, *self._files]


@dataclass
class Box:
    """The surroundings of one process. `out` takes what it writes, standard error included."""

    timeline: Timeline
    network: Network
    files: Files
    rng: random.Random
    out: Write
    namespace: str = "default"
    pod: str = ""
    image: str = ""
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"

    def say(self, text: str) -> None:
        """Write a line."""
        self.out(text.encode("utf-8", "surrogateescape") + b"\n")

    def path(self, name: str) -> str:
        """An absolute path, without dots."""
        parts: list[str] = []
        for part in f"{'' if name.startswith('/') else self.folder}/{name}".split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)
