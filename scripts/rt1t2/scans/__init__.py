"""From archives, DICOM series and NIfTI files to a checked BIDS pair."""
