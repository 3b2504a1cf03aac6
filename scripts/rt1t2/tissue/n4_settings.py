"""How N4 is called; the methods text quotes it. No package, unlike N4 itself."""

SHRINK_MM = 4.0
SPLINE_MM = 180.0  # distance of the control points: near SPM's 60 mm FWHM
ITERATIONS = (40, 30, 20)
FWHM, CONVERGENCE = 0.15, 1e-4
