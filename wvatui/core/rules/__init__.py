"""The published rules of WVA, HPA and KEDA as pure functions, and recorded cases to check them."""
