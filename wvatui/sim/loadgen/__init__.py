"""Load generators as their users know them: arguments, traffic, logs and reports.

client.py          sends requests on a plan and measures the answers
numbers.py         percentiles and distributions of the measurements
lengths.py         lengths of prompts and answers, by data set
flags.py           parsing of command lines
bench_serve.py     `vllm bench serve`: tqdm, the result block, its JSON
guidellm.py        `guidellm run` and `guidellm benchmark`, and their console output
guidellm_plan.py   its arguments of every release as strategies
guidellm_report.py its JSON in the four dialects
inference_perf.py  `inference-perf`: stages, log, lifecycle metrics
pipeline_steps.py  steps of a pipeline: load from a text of YAML, alpha and beta of two reports
"""
