"""What if, joined: alternatives asked for, manifests read, open loop and closed loop together."""
