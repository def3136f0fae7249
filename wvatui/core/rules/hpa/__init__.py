"""The HorizontalPodAutoscaler (autoscaling/v2) as a pure function."""
