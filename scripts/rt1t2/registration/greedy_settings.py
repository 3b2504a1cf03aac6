"""How Greedy normalises a brain; the methods text quotes it. No package, unlike Greedy itself."""

ITERATIONS = (100, 60, 30)  # at each level of the pyramid, coarse to fine
RADIUS = 2  # of the windows of the cross-correlation, in voxels of each level
SMOOTHING = (1.5, 0.5)  # SD of what smooths updates and displacement, in voxels
# Share of the T1w beside the tissue maps in what is compared. The maps are free of bias and
# contrast; inside the deep nuclei they say little, and the T1w holds the nuclei's borders.
T1W_SHARE = 0.4
