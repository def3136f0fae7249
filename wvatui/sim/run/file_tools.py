"""Programs that work on files and their names: mkdir, rm, cp, ls, …"""

from wvatui.sim.run.box import Box


def make_folder(box: Box, argv: list[str], given: bytes) -> int:
    """`mkdir`."""
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.make_folder(box.path(name))
    return 0


def touch(box: Box, argv: list[str], given: bytes) -> int:
    """`touch`."""
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.write(box.path(name), b"", more=True)
    return 0


def remove(box: Box, argv: list[str], given: bytes) -> int:
    """`rm`."""
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.remove(box.path(name))
    return 0


def copy(box: Box, argv: list[str], given: bytes) -> int:
    """`cp` and `mv`."""
    names = [w for w in argv[1:] if not w.startswith("-")]
    if len(names) < 2:
        return 1
    into = box.path(names[-1])
    for name in names[:-1]:
        source = box.path(name)
        content = box.files.read(source)
        if content is None:
            box.say(f"{argv[0]}: cannot stat '{name}': No such file or directory")
            return 1
        inside = box.files.is_folder(into)
        box.files.write(f"{into}/{source.rpartition('/')[2]}" if inside else into, content)
        if argv[0].endswith("mv"):
            box.files.remove(source)
    return 0


def list_folder(box: Box, argv: list[str], given: bytes) -> int:
    """`ls`, a name a line."""
    for name in [w for w in argv[1:] if not w.startswith("-")] or [box.folder]:
        path = box.path(name)
        if box.files.read(path) is not None:
            box.say(name)
        elif box.files.is_folder(path):
            for one in box.files.names(path):
                box.say(one)
        else:
            box.say(f"ls: cannot access '{name}': No such file or directory")
            return 2
    return 0


def path_part(box: Box, argv: list[str], given: bytes) -> int:
    """`basename` and `dirname`."""
    folder, _, name = argv[1].rstrip("/").rpartition("/")
    suffix = argv[2] if len(argv) > 2 else ""
    box.say(name.removesuffix(suffix) if argv[0].endswith("basename") else folder or ".")
    return 0
