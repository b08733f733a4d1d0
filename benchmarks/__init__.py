"""What the product is measured with; nothing of it is installed."""
