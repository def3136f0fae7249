"""What a recording gives to what-if: the load over time, the cycles, the replicas."""
