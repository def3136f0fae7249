"""The simulated Workload Variant Autoscaler of both generations, V1 and V2."""
