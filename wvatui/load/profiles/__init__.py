"""Load by name: profiles, the command lines of load tools, and the manifests made of both."""
