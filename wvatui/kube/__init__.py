"""The Kubernetes API as wvatui uses it: credentials, requests, watches, followed logs."""

import sys

# httpx would import its own command line, with all of rich, pygments and click: 0.3 s.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
