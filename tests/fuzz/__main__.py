"""`make fuzz`: thousands of damaged inputs on two workers; figures, and what was found."""

import argparse
import sys
import time
from collections import Counter
from random import Random

from tests.fuzz.kinds import KINDS
from tests.fuzz.workers import Done, all_of

WORKERS = 2


def main() -> int:
    """0: nothing was found; 1: something was."""
    asked = _arguments()
    seed = asked.seed if asked.seed is not None else Random().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    wanted = _wanted(asked)
    begin = time.monotonic()
    done = []
    for one in all_of(wanted, seed, asked.workers):
        done.append(one)
        if one.fault:
            _tell(one, seed)
    _print_figures(done, time.monotonic() - begin)
    return any(one.fault for one in done)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "--seed", type=int, help="what the inputs are drawn from; drawn itself by default"
    )
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument(
        "--only", metavar="KIND:NUMBER", help="just this one input, such as recordings:17"
    )
    for kind in KINDS:
        parser.add_argument(
            f"--{kind.name}", type=int, default=kind.many, help=f"by default {kind.many}"
        )
    return parser.parse_args()


def _wanted(asked: argparse.Namespace) -> list[tuple[str, int]]:
    """The costly kinds first: so both workers end together."""
    if asked.only:
        kind, _, number = asked.only.partition(":")
        return [(kind, int(number))]
    return [(k.name, n) for k in reversed(KINDS) for n in range(getattr(asked, k.name))]


# --- what is printed --------------------------------------------------------------------------


def _tell(one: Done, seed: int) -> None:
    again = f"python -m tests.fuzz --seed {seed} --only {one.kind}:{one.number}"
    text = one.fault[:600].encode("utf-8", "backslashreplace").decode()
    print(f"FOUND {one.kind}:{one.number}: {text}\n      again: {again}", flush=True)


def _print_figures(done: list[Done], took_s: float) -> None:
    print(f"{'kind':<12}{'inputs':>8}{'found':>7}{'per second':>12}{'longest s':>11}")
    for kind in KINDS:
        mine = [one for one in done if one.kind == kind.name]
        if mine:
            busy = sum(one.took_s for one in mine) or 1e-9
            found = sum(bool(one.fault) for one in mine)
            print(
                f"{kind.name:<12}{len(mine):>8}{found:>7}{len(mine) / busy:>12.1f}"
                f"{max(one.took_s for one in mine):>11.1f}"
            )
    print(f"{len(done)} inputs in {took_s:.0f} s; found: {sum(bool(o.fault) for o in done)}")
    for text, count in Counter(
        line[:160] for o in done for line in o.fault.splitlines()
    ).most_common():
        print(f"  {count:>5}  {text.encode('utf-8', 'backslashreplace').decode()}")


if __name__ == "__main__":
    sys.exit(main())
