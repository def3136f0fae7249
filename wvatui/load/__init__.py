"""Load: by name (`profiles`), as it runs (`read`), created by wvatui (`make`), planned
(`experiment`).

`profiles` and `read` are pure and offline, except for `read.job_log.follow_log`: manifests are
plain dicts, logs are bytes, and a file is read only where a function says so. `make` creates jobs
in a cluster, follows and deletes them; `experiment` uses it to run a file of stages.
"""
