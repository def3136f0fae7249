"""Load that runs, whoever created it, read from its objects, manifests and logs."""
