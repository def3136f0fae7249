"""A credential plugin as kubectl runs them: prints a token that is valid for a minute."""

import datetime
import json
import sys
import time
from pathlib import Path

from wvatui.sim.api.context import ADMIN, signed_token

LIFE_S = 60


def main(arguments: list[str]) -> int:
    """`[file]`, which holds the simulator's secret: print an ExecCredential.

    Returns 1 when run interactively, as a real plugin might wait for input then.
    """
    (secret_file,) = arguments
    if sys.stdin is not None and sys.stdin.isatty():
        print("this plugin must not be given a terminal", file=sys.stderr)  # noqa: T201
        return 1
    expiry = int(time.time()) + LIFE_S
    token = signed_token(Path(secret_file).read_bytes(), ADMIN, expiry)
    ends = datetime.datetime.fromtimestamp(expiry, datetime.UTC)
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token, "expirationTimestamp": f"{ends:%Y-%m-%dT%H:%M:%SZ}"},
    }
    print(json.dumps(credential))  # noqa: T201
    return 0
