"""The Kubernetes API over HTTP, as far as wvatui and kubectl use it.

server.py       routes, authentication, the simulated clock, planned faults
context.py      identities and their rights, the target of a request
discovery.py    /version, /apis, resource lists, access reviews
reading.py      get, list and watch, with selectors
writing.py      create, update, patch, scale
deleting.py     delete, and the dependents of what is deleted
admission.py, jobs.py   checks and defaults of new objects
subresources.py container logs, and the proxy into pods and services
tables.py       printer columns
wire/           kinds, JSON, protobuf, status errors, streams
"""
