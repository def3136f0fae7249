"""An object of the Kubernetes API as JSON, and the name that it goes by."""

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]
"""One that is made or changed."""
ReadObject = Mapping[str, Any]
"""One that is only read."""
NamespacedName = tuple[str, str]
"""(namespace, name)."""
