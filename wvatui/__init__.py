"""wvatui: watch, record and replay how an LLM autoscaler reacts to saturation.

As a library: `run = wvatui.open("run.jsonl")` gives the tables of a recorded run as data frames,
see `docs/library.md`. Importing this package loads nothing of it.

Sources yield events, one pure fold turns events into a State, panels draw the State. Imports go
down only, from `cli` to `core`; each folder's docstring says what lives there, and
`docs/architecture.md` is the map.
"""

__version__ = "0.2.0"
_PUBLIC = {
    "RunFrames": ("wvatui.library.run_frames", "RunFrames"),
    "WvatuiError": ("wvatui.errors", "WvatuiError"),
    "compare": ("wvatui.library.comparing", "compare"),
    "open": ("wvatui.library.run_frames", "open_frames"),
    "report": ("wvatui.library.comparing", "report"),
}
"""Public names of the library: (module, name in it) of each. `__init__.pyi` types them."""
__all__ = ["RunFrames", "WvatuiError", "__version__", "compare", "open", "report"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used. Raises AttributeError for any other name."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'wvatui' has no attribute {name!r}")
    from importlib import import_module

    module, own = _PUBLIC[name]
    globals()[name] = value = getattr(import_module(module), own)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
