"""Load: by name (`profiles`), as it runs (`read`), created by us (`make`), planned (`experiment`).

`profiles` and `read` are pure and offline, but for `read.log.follow`: manifests are plain dicts,
logs are bytes, and a file is read where a function says so. `make` creates jobs in a cluster,
follows and deletes them; `experiment` runs a file of stages with it.
"""
