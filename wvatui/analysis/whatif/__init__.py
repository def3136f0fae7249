"""What-if: parsing alternatives and manifests, and trying them by open loop and closed loop."""
