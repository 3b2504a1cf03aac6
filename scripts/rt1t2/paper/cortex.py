"""A t map on the cortex: fsaverage5, which comes with nilearn, so that nothing is downloaded."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from nilearn import datasets, plotting, surface

from rt1t2.geometry.volume import Volume
from rt1t2.nifti import nib

VIEWS = (
    ("left", "lateral"),
    ("right", "lateral"),
    ("left", "medial"),
    ("right", "medial"),
)
# FreeSurfer gives the medial wall no thickness. Averaged over people its rim has some: two rings
# of neighbours more make 830 of 10,242 vertices (FreeSurfer's own label: 888).
THINNEST_CORTEX_MM, RINGS = 1.0, 2
ZOOM = 1.55  # matplotlib leaves room for the ticks that are not drawn
NO_FOLDER = "/nonexistent"  # where nilearn would look for, and put, what it downloads


@dataclass(frozen=True)
class Hemisphere:
    """One side of fsaverage5.

    Attributes
    ----------
    pial, white, inflated
        Surfaces, in MNI mm.
    sulci
        Depth of the sulci, by vertex.
    medial_wall
        Where there is no cortex, by vertex.
    """

    pial: surface.InMemoryMesh
    white: surface.InMemoryMesh
    inflated: surface.InMemoryMesh
    sulci: np.ndarray
    medial_wall: np.ndarray


@cache
def hemispheres() -> dict[str, Hemisphere]:
    """Read both sides of fsaverage5."""
    meshes = datasets.load_fsaverage("fsaverage5", data_dir=NO_FOLDER)
    sulci, thickness = (
        datasets.load_fsaverage_data("fsaverage5", data_type=kind, data_dir=NO_FOLDER)
        for kind in ("sulcal", "thickness")
    )
    found = {}
    for side in ("left", "right"):
        pial = meshes["pial"].parts[side]
        wall = thickness.data.parts[side] < THINNEST_CORTEX_MM
        found[side] = Hemisphere(
            pial,
            meshes["white_matter"].parts[side],
            meshes["inflated"].parts[side],
            sulci.data.parts[side],
            _grown(wall, pial.faces, RINGS),
        )
    return found


def _grown(vertices: np.ndarray, faces: np.ndarray, rings: int) -> np.ndarray:
    """Add the neighbours of vertices, so many times."""
    for _ in range(rings):
        grown = vertices.copy()
        grown[faces[vertices[faces].any(axis=1)].ravel()] = True
        vertices = grown
    return vertices


def on_cortex(t: Volume) -> dict[str, np.ndarray]:
    """Return the mean of a map between white and pial surface, by side and vertex.

    0 on the medial wall, whose vertices lie in white matter and next to the thalamus, and where
    the map is undefined.
    """
    image = nib.Nifti1Image(np.nan_to_num(t.data).astype(np.float32), t.affine)
    found = {}
    for side, hemisphere in hemispheres().items():
        values = surface.vol_to_surf(
            image, hemisphere.pial, inner_mesh=hemisphere.white
        )
        found[side] = np.where(hemisphere.medial_wall, 0, np.nan_to_num(values))
    return found


def draw_cortex(
    figure: Figure,
    box: tuple[float, float, float, float],
    values: np.ndarray,
    side: str,
    view: str,
    colours: Colormap,
    largest_t: float,
) -> None:
    """Draw one side of the inflated cortex into ``box`` (shares of the figure).

    ``values`` are of :func:`on_cortex`. The surface is a picture in SVG and PDF: as shapes it would
    have 44 MB.
    """
    hemisphere = hemispheres()[side]
    axes: Any = figure.add_axes(box, projection="3d")  # Axes3D has no types
    axes.patch.set_alpha(0)
    plotting.plot_surf(
        hemisphere.inflated,
        values,
        bg_map=hemisphere.sulci,
        hemi=side,
        view=view,
        engine="matplotlib",
        cmap=colours,
        vmin=-largest_t,
        vmax=largest_t,
        colorbar=False,
        axes=axes,
        figure=figure,
    )
    axes.set_box_aspect(None, zoom=ZOOM)
    for collection in axes.collections:
        collection.set_rasterized(True)
