"""ARTIFACTS: every file that a report has for each run; TOGETHER: its files about several runs."""

from wvatui.analysis.report.lab.files import LAB
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
)
"""In the order in which they are written. Each name occurs once."""
TOGETHER = LAB
"""Files of all runs together, where there are several."""
