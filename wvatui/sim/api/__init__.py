"""The Kubernetes API over HTTP, as far as wvatui and kubectl use it.

server.py      routes, and who asks               clock.py      the simulated clock, faults, mishaps
access.py      identities, and what they may do   reviews.py    access reviews
discovery.py   /version, /apis, resource lists    reading.py    get, list and watch
writing.py     create, update, patch, scale       deleting.py   delete, and what belongs to it
podlog.py      container logs                     proxying.py   into pods and services
objects/       admission, defaults, patches, selectors, printer columns
wire/          kinds, JSON, protobuf, status errors, streams
"""
