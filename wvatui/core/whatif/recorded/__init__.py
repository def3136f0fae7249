"""What what-if takes from a recording: the load over time, the cycles, the replicas."""
