"""wvatui: watch, record and replay how an LLM autoscaler reacts to saturation.

Sources yield events, one pure fold turns events into a State, panels draw the State. Imports go
down only, from `cli` to `core`; each folder's docstring says what lives there, and
`docs/architecture.md` is the map.
"""

__version__ = "0.1.0"
