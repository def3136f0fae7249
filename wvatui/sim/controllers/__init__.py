"""The controllers of a cluster: HPA, KEDA, jobs, garbage collection, Tekton, WVA."""
