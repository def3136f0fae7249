"""wvatui: watch, record and replay how an LLM autoscaler reacts to saturation.

The house, from the door inwards (imports go down only, CI holds it):

    cli        the verbs and their flags; the only place that knows which mode it wires
    ui         the Textual screen: draws a State, asks the Session for everything else
    session    sources -> inbox -> recorder + fold -> State; pause, speed, seek
    sources    where events come from: a cluster, a recording, an old log
    sim        a simulated cluster, reached over real HTTP like a real one
    kube       the Kubernetes API as wvatui uses it
    recording  events <-> JSON lines on disk; export and summary read the same State
    core       pure: events, log dialects, metrics, the fold, the decision rules
"""

__version__ = "0.1.0"
