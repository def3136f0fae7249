"""Sessions: what has been recorded."""

from pathlib import Path

import click

from wvatui.cli.params import FORM, option
from wvatui.config import paths
from wvatui.core.lines import clean
from wvatui.export.stamp import iso
from wvatui.host import console
from wvatui.session.time_expressions import span


@click.command()
@FORM
@option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Where to look; the sessions folder by default.",
)
def sessions(output: str, folder: Path | None) -> None:
    """List what has been recorded, newest first."""
    from wvatui.recording import list_sessions

    folder = folder or paths.sessions_dir()
    infos = list_sessions(folder)
    if output == "json":
        rows = [
            {
                "started_at": iso(info.started_at),
                "namespace": info.namespace,
                "model": info.model,
                "label": info.label,
                "length_s": info.length_s,
                "size_bytes": info.size_bytes,
                "decisions": info.decisions,
                "parts": info.parts,
                "ended": info.ended,
                "path": str(info.path),
            }
            for info in infos
        ]
        console.out_json(rows)
        return
    if not infos:
        console.err(f"nothing recorded yet in {folder}")
        return
    console.out(
        f"{'WHEN (UTC)':<20}{'LENGTH':>8}{'SIZE':>9}{'DECISIONS':>11}  "
        f"{'NAMESPACE':<18}{'LABEL':<10}{'MODEL':<30}FILE"
    )
    for info in infos:
        decisions = "–" if info.decisions is None else str(info.decisions)
        console.out(
            f"{iso(info.started_at)[:19].replace('T', ' '):<20}{span(info.length_s):>8}"
            f"{_size(info.size_bytes):>9}{decisions:>11}  {_cell(info.namespace, 17):<18}"
            f"{_cell(info.label, 9):<10}{_cell(info.model, 29):<30}{_cell(info.path.name, 200)}"
            + ("" if info.ended == "clean" else f" ({info.ended})")
        )


def _cell(text: str, width: int) -> str:
    """Text of others for one column: safe to print, and cut where it is too long."""
    safe = clean(text[: 4 * width])
    return safe if len(safe) <= width else safe[: width - 1] + "…"


def _size(count: int) -> str:
    for unit, factor in (("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}B"
    return f"{count} B"
