"""The verbs and their flags: one file and one row each.

What a verb needs is imported when it runs, so that `--version` and `export` never load the screen.
"""

import click

from wvatui.verbs import (
    check,
    config,
    demo,
    estimate,
    explain,
    export,
    load,
    replay,
    rules,
    run,
    serve,
    sessions,
    sim,
    summary,
    themes,
    watch,
    whatif,
)

VERBS: tuple[click.Command, ...] = (
    watch.watch,
    check.check,
    demo.demo,
    run.run_experiment,
    load.load,
    replay.replay,
    serve.serve_screen,
    export.export,
    explain.explain,
    summary.summary,
    sessions.sessions,
    estimate.estimate,
    rules.rules,
    whatif.whatif,
    themes.themes,
    config.config,
    sim.sim,
)
"""In the order in which they came to be; the help sorts them by name."""
