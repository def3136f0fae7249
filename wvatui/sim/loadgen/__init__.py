"""Load generators as their users know them: arguments, traffic, logs and reports.

client.py          sends requests on a plan and measures what comes back
numbers.py         percentiles and distributions of what was measured
lengths.py         how long prompts and answers are, by data set
flags.py           command lines taken apart
bench_serve.py     `vllm bench serve`: tqdm, the result block, its JSON
guidellm.py        `guidellm run` and `guidellm benchmark`
guidellm_plan.py   its arguments of every release to strategies
guidellm_report.py its JSON in the four dialects      guidellm_console.py what it prints
inference_perf.py  `inference-perf`: stages, log, lifecycle metrics
pipeline_steps.py  steps of a pipeline: load from a text of YAML, alpha and beta of two reports
"""
