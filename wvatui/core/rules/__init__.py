"""The decision rules as published: WVA, HPA, KEDA, pure; and recorded cases that hold them."""
