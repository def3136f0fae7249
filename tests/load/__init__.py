"""Tests of load: profiles, manifests, detection, the logs of jobs."""
