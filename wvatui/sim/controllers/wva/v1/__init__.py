"""One reconcile of the controller up to v0.4: capacity, model, or both."""
