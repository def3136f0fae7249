"""How well the simulated engines follow a real run.

python -m bench.calibration [PAGES] [--load LOAD.yaml] [--itl 8.4,0.22] [--boot 94] [--seed 7]
                            [--svg OUT.svg]

PAGES: a folder or a tar of metrics pages saved during a run (see `pages`); without it, the recorded
run beside the checkout. From the pages come the figures of the engines (`core.engine_figures`), the
load that reached the pods (`core.demand`) and when each pod served. A fleet of simulated engines
(`sim.fleet`) is given these and nothing else, and what it does is compared with what the pages say.
`--load`: the load is taken from inference-perf's own file instead, stage after stage as that tool
runs them; the pages then only tell when it began and how often prompts repeated.
`--itl`: of the engine's speed only the line of its inter-token latency is known.

Exit code: 0 when every figure is within its limit, 1 when one is not, 2 for wrong arguments.
"""
