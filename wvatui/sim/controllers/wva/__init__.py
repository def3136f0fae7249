"""The simulated Workload Variant Autoscaler: what both generations share."""
