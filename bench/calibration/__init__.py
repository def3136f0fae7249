"""How closely the simulated engines match a real run.

python -m bench.calibration [PAGES] [--load LOAD.yaml] [--itl 8.4,0.22] [--boot 94] [--seed 7]
                            [--svg OUT.svg]

PAGES: a folder or a tar of metrics pages saved during a run (see `pages`); without it, the recorded
run beside the checkout. The pages give the figures of the engines (`core.queries.pods`), the load
that reached the pods and the times at which each pod served. A fleet of simulated engines
(`engine.fleet`) gets these and nothing else, and its behaviour is compared with the pages.
`--load`: take the load from inference-perf's own file instead, stage after stage as that tool runs
them; the pages then only give the start and how often prompts were repeated.
`--itl`: use only the line of inter-token latency for the engine's speed.

Exit code: 0 when every figure is within its limit, 1 when one is not, 2 for wrong arguments.
"""
