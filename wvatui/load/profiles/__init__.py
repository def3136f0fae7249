"""Named load: profiles, the command lines of load tools, and manifests made from both."""
