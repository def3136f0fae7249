"""From a specification to running pods: scheduler, image pulls, the life of a pod."""
