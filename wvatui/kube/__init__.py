"""The Kubernetes API as wvatui uses it: credentials, requests, watches, followed logs."""

import sys

# httpx would import its own command line, with all of rich, pygments and click: 0.3 s.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
# httpcore tries this import at every lock and event that it makes, several to a request, and looks
# through the whole path in vain each time: a sixth of the time of a round. Without it, it takes
# asyncio, which is what runs here.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
