"""Tables, figures, methods text and the report."""
