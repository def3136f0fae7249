"""Load: which there is (profiles, manifests), what runs already (detect), what a job's log says.

Pure and offline: nothing here knows a cluster or a clock. Manifests are plain dicts, logs are
bytes, files are read where a function says so. But for `jobs` and what stands under it (`job`,
`follow`, `job_log`, `owner`): they make the jobs, follow them and take them away.
"""
