"""wvatui: watch, record and replay how an LLM autoscaler reacts to saturation.

The house, from the door inwards (imports go down only, CI holds it):

    cli        the program;  verbs: one file each, with its flags
    serving    the screen in a browser: one process records, each viewer is a replay
    live       watch and demo: puts a live session together;  offline, estimate: read files
    explaining the verb explain: why each target
    experiments  the verb run: an experiment from a file as a live session
    loading, launching  the verb load; orders of load as a live session
    creating   what load, run and estimate ask, tell and look for before they create anything
    alternatives  the verb whatif: a recording decided again;  whatif: what it asks and tries
    settings   flags, variables, the file;  ui_settings: the screen's;  configuration: their verb
    ui         the Textual screen: draws a State, asks the Session for everything else
    unseen     a session without a screen, to its end;  asking: words and a question on a terminal
    capture    a live session: sources -> inbox -> recorder and fold -> State
    playback   a replay: pause, speed, seek;  past: the same while a live session goes on
    playhead   any moment of many events;  session: what live and replay have in common
    launch     launching load from a session: orders, targets, drafts, what it takes away again
    experiment an experiment: its file, plan, checks, stages by the clock, and folder
    sources    where events come from: the controller's log, pods, objects of a cluster
    sim        a simulated cluster, reached over real HTTP like a real one
    load       load jobs: profiles, manifests, what their logs and reports say; jobs: makes them
    kube       the Kubernetes API as wvatui uses it: credentials, answers, streams, watches
    child      processes of ours, safe in any folder;  signals: what they do, at any moment
    recording  events <-> JSON lines on disk;  export, summary, outcome: what a State says
    core       pure: events, log dialects, metrics, the fold, the decision rules
"""

__version__ = "0.1.0"
