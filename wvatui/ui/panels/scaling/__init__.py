"""Panels of the scaling view: changes of replicas, their steps, lags, and lacking replicas."""
