"""ARTIFACTS: every file that a report has of each run."""

from wvatui.analysis.report.benchmark.report import report_text
from wvatui.analysis.report.notebooks.files import NOTEBOOKS
from wvatui.analysis.report.pictures.figures import PICTURES, Picturing
from wvatui.analysis.report.reported import Artifact

ARTIFACTS: tuple[Artifact, ...] = (
    *(
        Artifact(f"pictures/{row.name}.{form}", Picturing(row.name, form), drawn=True)
        for row in PICTURES
        for form in ("svg", "png")
    ),
    *NOTEBOOKS,
    Artifact("benchmark-report.json", lambda reported: report_text(reported.measured)),
)
"""In the order in which they are written. A name stands here once."""
