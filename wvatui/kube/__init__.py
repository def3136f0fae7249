"""The Kubernetes API as wvatui uses it: credentials, requests, watches, followed logs."""

import sys

# httpx would import its own command line, with all of rich, pygments and click: 0.3 s.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
# httpcore tries this import for every lock and event that it makes, several per request, and each
# failed attempt searches the whole path: a sixth of the time of a polling round. With the import
# blocked it uses asyncio, which is what runs here.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
