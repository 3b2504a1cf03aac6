"""Quality control: metrics, pictures, pages for participants and cohort."""
