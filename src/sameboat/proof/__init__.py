"""What anyone can check: canonical bytes and chains of them."""
