"""What listens inside pods: metrics pages of engines and pickers, and who scrapes them."""
