"""Linear and nonlinear registration of images."""
