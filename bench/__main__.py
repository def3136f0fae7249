"""`make bench`: runs every measurement and prints one table and one JSON document.

Each module's `measure()` returns rows: name, value, unit, reach (the value to achieve), better
(more or less), and any further measurements. Ratios against a peer are taken within the same run.
"""

import importlib
import json
import os
import sys
import time

from wvatui.host import collecting

MODULES = (
    "logs",
    "promtext",
    "fold",
    "decisions",
    "replay",
    "past",
    "screen",
    "pods",
    "shifts",
    "watch",
    "polling",
    "engines",
    "latency",
    "startup",
    "installed",
    "explaining",
    "opening",
    "importing",
    "paint",
    "whatif",
    "compare",
    "report",
)


def main() -> int:
    """Run all modules (or those named on the command line); returns 1 when one could not run."""
    names = sys.argv[1:] or list(MODULES)
    rows: list[dict[str, object]] = []
    failed = 0
    collecting.seldom()  # as every verb does
    for name in names:
        begin = time.perf_counter()
        try:
            found = importlib.import_module(f"bench.{name}").measure()
        except Exception as error:  # noqa: BLE001 - one broken measurement must not hide the others
            print(f"{name}: could not be measured: {error!r}", file=sys.stderr)
            failed = 1
            continue
        print(f"  {name}: {time.perf_counter() - begin:.1f} s", file=sys.stderr)
        rows += found
    print(table(rows))
    print(json.dumps({"cores": os.cpu_count(), "rows": rows}, indent=1))
    return failed


def table(rows: list[dict[str, object]]) -> str:
    """The rows for people."""
    lines = [f"{'what':<58}{'measured':>16}  {'reach':>14}  ok"]
    for row in rows:
        value, reach = row["value"], row["reach"]
        unit = str(row.get("unit", ""))
        more = row.get("better", "less") == "more"
        good = float(value) >= float(reach) if more else float(value) <= float(reach)  # type: ignore[arg-type]
        sign = "≥" if more else "≤"
        lines.append(
            f"{row['name']!s:<58}{_number(value) + ' ' + unit:>16}  "
            f"{sign + ' ' + _number(reach) + ' ' + unit:>14}  {'yes' if good else 'NO'}"
        )
    return "\n".join(lines)


def _number(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


if __name__ == "__main__":
    sys.exit(main())
