"""Linear transforms: their parameters, RAS and LPS, and ITK's text files.

A transform here is a 4x4 matrix that takes points in RAS mm (columns x, y, z, 1) to points in
RAS mm. ITK and DICOM count in LPS mm: both have x and y reversed.
"""

from pathlib import Path

import numpy as np
from nibabel.affines import apply_affine
from scipy.spatial.transform import Rotation

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Take points, shape (..., 3), through a 4x4 matrix."""
    moved: np.ndarray = apply_affine(matrix, points)  # type: ignore[no-untyped-call]
    return moved


def translation(shift_mm: np.ndarray) -> np.ndarray:
    """Return the 4x4 matrix that adds ``shift_mm`` (x, y, z) to a point."""
    matrix = np.eye(4)
    matrix[:3, 3] = shift_mm
    return matrix


def rotation(angles_deg: np.ndarray) -> np.ndarray:
    """Return the 3x3 matrix Rz·Ry·Rx of rotations about the x, y and z axis in degrees."""
    matrix: np.ndarray = Rotation.from_euler(
        "xyz", angles_deg, degrees=True
    ).as_matrix()
    return matrix


def from_parameters(parameters: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Compose a 4x4 matrix from up to twelve parameters.

    Parameters
    ----------
    parameters
        Three shifts (mm), three rotations (degrees), three scales (100 times their natural
        logarithm, so about per cent) and three shears (per cent: xy, xz, yz). Missing ones
        are 0: six parameters are a rigid transform.
    centre
        Point (x, y, z in mm) that rotations, scales and shears leave in place.

    Returns
    -------
    np.ndarray
        4x4 matrix of x -> R·H·S·(x - centre) + centre + shift.
    """
    p = np.zeros(12)
    p[: len(parameters)] = parameters
    shear = np.eye(3)
    shear[0, 1], shear[0, 2], shear[1, 2] = p[9:12] / 100
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(p[3:6]) @ shear @ np.diag(np.exp(p[6:9] / 100))
    matrix[:3, 3] = centre + p[:3] - matrix[:3, :3] @ centre
    return matrix


def to_parameters(matrix: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return the twelve parameters of a matrix: the inverse of :func:`from_parameters`.

    Raises
    ------
    ValueError
        If the matrix mirrors space (determinant not above 0).
    """
    if np.linalg.det(matrix[:3, :3]) <= 0:
        raise ValueError("a matrix that mirrors space has no rotation")
    orthogonal, upper = np.linalg.qr(matrix[:3, :3])
    sign = np.sign(np.diag(upper))
    orthogonal, upper = orthogonal * sign, upper * sign[:, None]
    scale = np.diag(upper)
    shear = upper / scale
    angles = Rotation.from_matrix(orthogonal).as_euler("xyz", degrees=True)
    shift = matrix[:3, 3] - centre + matrix[:3, :3] @ centre
    shears = [shear[0, 1], shear[0, 2], shear[1, 2]]
    parameters: np.ndarray = np.r_[
        shift, angles, 100 * np.log(scale), 100 * np.array(shears)
    ]
    return parameters


def write_itk(matrix: np.ndarray, path: str | Path) -> None:
    """Write a RAS matrix as an ITK text file (AffineTransform, LPS mm, centre 0)."""
    lps = RAS_TO_LPS @ matrix @ RAS_TO_LPS
    numbers = [*lps[:3, :3].ravel(), *lps[:3, 3]]
    # + 0.0 turns -0.0 into 0.0
    parameters = " ".join(repr(float(number) + 0.0) for number in numbers)
    Path(path).write_text(
        "#Insight Transform File V1.0\n"
        "#Transform 0\n"
        "Transform: AffineTransform_double_3_3\n"
        f"Parameters: {parameters}\n"
        "FixedParameters: 0 0 0\n"
    )


def read_itk(path: str | Path) -> np.ndarray:
    """Read an ITK text file with one matrix transform as a 4x4 RAS matrix.

    Raises
    ------
    ValueError
        If the file holds anything but one transform with a 3x3 matrix and a translation.
    """
    lines = Path(path).read_text().splitlines()
    fields = [line.split(":", 1) for line in lines if ":" in line]
    entries = {name.strip(): text.split() for name, text in fields}
    parameters = np.array(entries.get("Parameters", []), dtype=float)
    if len(fields) != 3 or len(parameters) != 12:
        raise ValueError(f"{path} is not an ITK text file with one affine transform")
    centre = np.array(entries["FixedParameters"][:3], dtype=float)
    lps = np.eye(4)
    lps[:3, :3] = parameters[:9].reshape(3, 3)
    lps[:3, 3] = parameters[9:] + centre - lps[:3, :3] @ centre
    return RAS_TO_LPS @ lps @ RAS_TO_LPS


def rotation_deg(matrix: np.ndarray) -> float:
    """Return the angle by which a rigid matrix turns about its axis."""
    return float(np.rad2deg(Rotation.from_matrix(matrix[:3, :3]).magnitude()))


def displacement_mm(matrix: np.ndarray, point: np.ndarray) -> float:
    """Return how far a matrix moves a point."""
    return float(np.linalg.norm(apply(matrix, np.asarray(point)) - point))
