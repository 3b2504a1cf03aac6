"""Simulated people as raw DICOM, with the truth behind; never used by a study."""
