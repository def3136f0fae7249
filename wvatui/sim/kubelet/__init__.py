"""From a specification to pods that run: scheduler, image pulls, the life of a pod."""
