"""Regional means and their correlation with receptor maps."""
