"""wvatui: watch, record and replay how an LLM autoscaler reacts to saturation.

The house, from the door inwards (imports go down only, CI holds it):

    cli        the program: a file a verb in cluster, recorded, settings; what they share
    serving    the screen in a browser: one process records, each viewer is a replay
    ui         the Textual screen: draws a State, asks the Session for everything else
    session    from its first event to its last: live, replayed, gone back in, without a screen
    load       load jobs: profiles; read: what runs; make: what we create; experiment: a whole plan
    analysis   after the run: what a session comes to, what other rules would have done
    sources    where events come from: the controller's log, pods, objects of a cluster
    sim        a simulated cluster, reached over real HTTP like a real one
    engine     the model of an LLM engine that the simulator and what-if share
    kube       the Kubernetes API as wvatui uses it: credentials, answers, streams, watches
    recording  events <-> JSON lines on disk;  export: CSV
    config     the configuration file: flags and the screen's settings
    host       this machine: terminal, signals, child processes, private files
    core       pure: events, log dialects, metrics, the fold, the decision rules
"""

__version__ = "0.1.0"
