"""What is polled, what is known, and how cursors move."""
