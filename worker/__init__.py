"""An automation worker for chat support teams."""
