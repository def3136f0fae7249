"""The Kubernetes API as wvatui uses it: credentials, requests, watches, followed logs."""
