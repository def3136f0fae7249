"""Panels of the scaling view: every change of replicas, its steps, lags and shortfalls."""
