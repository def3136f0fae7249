"""`python -m bench.calibration`: compare, print, and draw a picture where one is requested."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import bench.calibration as about
from bench.calibration.compare import compare, table
from bench.calibration.load_file import load_file
from bench.calibration.pages import RecordedRun, read_run
from bench.calibration.picture import picture
from bench.calibration.run import measured, of_line, simulate
from tests.fixtures import FIXTURES
from wvatui.core.queries.pods.engine_figures import EngineFigures, figures_of
from wvatui.engine.fleet import BOOT_S
from wvatui.errors import UsageError

PAGES = FIXTURES / "vllm-metrics" / "staircase-20260803.tar.gz"
LOAD = FIXTURES / "vllm-metrics" / "ta_autoscale_staircase.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the calibration and return the exit code."""
    asked = _asked(arguments)
    pages, load_path = asked.pages, asked.load
    if pages is None:
        pages, load_path = PAGES, load_path or LOAD
        if not pages.exists():
            print(
                f"calibration: the recorded run is not beside this checkout ({PAGES.name}); give "
                "a folder or a tar of saved metrics pages",
                file=sys.stderr,
            )
            return 2
    try:
        run = read_run(pages)
        figures = measured(run)
        load = load_file(load_path) if load_path else None
        if asked.itl is not None:
            figures = of_line(figures, *asked.itl)
        simulated = simulate(run, figures, load=load, boot_s=asked.boot, seed=asked.seed)
    except (UsageError, OSError) as error:
        hint = getattr(error, "hint", "")
        print(f"calibration: {error}{'; ' if hint else ''}{hint}", file=sys.stderr)
        return 2
    rows = compare(run.looks, simulated)
    again = figures_of(simulated, figures.blocks, figures.block_size)
    print(told(run, figures, again if isinstance(again, EngineFigures) else None))
    print(table(rows))
    if asked.svg:
        asked.svg.write_text(picture(run, simulated, rows), encoding="utf-8")
        print(f"drawn: {asked.svg}", file=sys.stderr)
    return 0 if all(row.is_reached for row in rows) else 1


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.calibration",
        description=about.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pages", type=Path, nargs="?", help="a folder or a tar of saved pages")
    parser.add_argument("--load", type=Path, help="inference-perf's configuration of the run")
    parser.add_argument(
        "--itl",
        type=_line,
        metavar="BASE,SLOPE",
        help="ms and ms a running request: all that a step costs",
    )
    parser.add_argument("--boot", type=float, default=BOOT_S, help="seconds until a pod serves")
    parser.add_argument("--seed", type=int, default=7, help="of the simulated run's chance")
    parser.add_argument("--svg", type=Path, help="where to draw recorded and simulated")
    return parser.parse_args(arguments)


def _line(text: str) -> tuple[float, float]:
    base, slope = (float(part) for part in text.split(","))
    return base, slope


def told(run: RecordedRun, figures: EngineFigures, again: EngineFigures | None) -> str:
    """The measured figures of the engines as text; `again`: those measured on the simulated
    engines."""
    line, pages = figures.line, sum(map(len, run.looks.values()))
    made = f", simulated {again.line.base:.1f} + {again.line.slope:.3f}" if again else ""
    return (
        f"{pages} pages of {len(run.looks)} pods over {run.until - run.since:.0f} s"
        f" ({run.others} files are no such page)\n"
        f"engine  {figures.blocks:,} blocks of {figures.block_size} tokens\n"
        f"load    prompts of {figures.prompt:,.0f} tokens, answers of {figures.output:,.0f}\n"
        f"ITL     recorded {line.base:.1f} + {line.slope:.3f} ms a running request{made}\n"
        f"a step  {figures.step_ms:.2f} ms + {figures.seq_ms:.3f} ms a request that answers + "
        f"{1000 * figures.prefill_ms:.1f} µs a prompt token\n"
    )


if __name__ == "__main__":
    sys.exit(main())
