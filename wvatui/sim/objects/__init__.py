"""The objects that a simulated cluster starts with, and the kubeconfig that reaches it."""
