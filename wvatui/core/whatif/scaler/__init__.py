"""The autoscaler of an alternative: its fields, its metrics, its pace."""
