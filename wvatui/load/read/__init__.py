"""Load that runs, whoever made it: what its objects and its manifests say."""
