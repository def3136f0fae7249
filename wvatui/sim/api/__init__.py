"""The Kubernetes API over HTTP, as far as wvatui and kubectl use it.

kinds.py       which resources exist: groups, names, verbs, subresources
status.py      errors as the API server writes them
access.py      who asks, and what they may do
wire.py        objects and lists to JSON, single or as a Table
selectors.py   labelSelector and fieldSelector
tables.py      printer columns
discovery.py   /version, /api, /apis and the resource lists
reading.py     get and list          watching.py   watch
writing.py     create, update, patch, scale                  patching.py   merge rules
deleting.py    delete, and what belongs to what is deleted   defaults.py   what new objects become
admission.py   namespaces and unknown fields
jobs.py        what a new Job becomes, or why it is refused
podlog.py      container logs        proxying.py   into pods and services
reviews.py     access reviews         protobuf.py   as kubectl sends them
openapi.py     what kubectl wants to know before it applies
streams.py     long answers: fed when something happened, cut when nobody reads them
"""
