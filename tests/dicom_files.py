"""Small DICOM series for tests, written with pydicom as a scanner would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    RLELossless,
    generate_uid,
)

from rt1t2.scans.dicom_series import Series, series_of
from rt1t2.scans.source_files import source_files

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
PRIVATE = "Muster^Erika"  # in every personal and free-text field
STUDY_UID = "1.2.826.0.1.3680043.8.498.4711"
PHILIPS = {"Manufacturer": "Philips Medical Systems"}

MPRAGE = {
    "ScanningSequence": ["GR", "IR"],
    "SequenceVariant": ["SK", "SP", "MP"],
    "MRAcquisitionType": "3D",
    "RepetitionTime": 2300,
    "EchoTime": 2.98,
    "InversionTime": 900,
    "FlipAngle": 9,
}
TSE = {
    "ScanningSequence": "SE",
    "SequenceVariant": "SK",
    "MRAcquisitionType": "2D",
    "RepetitionTime": 5000,
    "EchoTime": 93,
    "FlipAngle": 150,
}
FLAIR = {**TSE, "ScanningSequence": ["SE", "IR"], "InversionTime": 2500}
ORIENTATIONS = {
    "axial": (1, 0, 0, 0, 1, 0),
    "sagittal": (0, 1, 0, 0, 0, -1),
    "coronal": (1, 0, 0, 0, 0, -1),
    "oblique": (1, 0, 0, 0, 0.9659258, 0.2588190),
    "axial, turned by 180 degrees": (-1, 0, 0, 0, -1, 0),
    "axial, rows upwards": (1, 0, 0, 0, -1, 0),
    "sagittal, from the other side": (0, -1, 0, 0, 0, -1),
    "coronal, from behind": (-1, 0, 0, 0, 0, -1),
}


def find_series(folder: Path) -> list[Series]:
    """Return the series of a folder; archives in it are unpacked beside it."""
    return series_of(source_files(folder, folder.with_name(f"{folder.name}_scratch")))


def volume(shape: tuple[int, int, int] = (30, 32, 12), seed: int = 0) -> np.ndarray:
    """Return a volume (columns, rows, slices) without any symmetry."""
    x, y, z = np.indices(shape)
    noise = np.random.default_rng(seed).integers(0, 50, shape)
    return (300 + 7 * x + 3 * y + 11 * z + noise).astype(np.uint16)


def write_series(
    folder: Path,
    voxels: np.ndarray,
    *,
    number: int = 1,
    orientation: str = "axial",
    pixel_mm: tuple[float, float] = (5.0, 4.5),
    spacing_mm: float = 4.0,
    skip: tuple[int, ...] = (),
    shear_mm: float = 0.0,
    displace_mm: float = 0.0,
    name: str = "IM{:04d}",
    **fields: Any,
) -> np.ndarray:
    """Write one slice per file; return the affine (voxel to RAS mm) of columns, rows, slices.

    ``pixel_mm`` is (between columns, between rows); ``skip`` leaves slices out;
    ``shear_mm`` moves each slice along its columns; ``displace_mm`` moves slice 5 along
    the normal.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cosines, normal, start = _placed(orientation)
    series_uid = fields.pop("SeriesInstanceUID", generate_uid())
    slopes = fields.pop("slopes", None)
    for k in range(voxels.shape[2]):
        if k in skip:
            continue
        image = _image(fields, number, series_uid)
        image.InstanceNumber = k + 1
        place = start + k * (spacing_mm * normal + shear_mm * cosines[3:])
        place = place + (k == 5) * displace_mm * normal
        image.ImagePositionPatient = [round(float(v), 6) for v in place]
        image.ImageOrientationPatient = [float(v) for v in cosines]
        image.PixelSpacing = [pixel_mm[1], pixel_mm[0]]
        image.SliceThickness = spacing_mm
        if slopes is not None:
            image.RescaleSlope, image.RescaleIntercept = float(slopes[k]), 0
        _pixels(image, voxels[:, :, k].T)
        image.save_as(folder / name.format(k), enforce_file_format=True)
    return _affine(orientation, pixel_mm, spacing_mm)


def write_multiframe(
    path: Path, voxels: np.ndarray, echo_times: tuple[float, ...], **fields: Any
) -> None:
    """Write all slices of an enhanced MR image into one file, once for each echo time."""
    image = _image(fields, 1, generate_uid())
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = ENHANCED_MR
    image.NumberOfFrames = voxels.shape[2] * len(echo_times)
    image.MRAcquisitionType = "2D"
    image.EchoPulseSequence = "SPIN"
    image.ImageType = ["ORIGINAL", "PRIMARY", "T2", "NONE"]
    image.AcquisitionContrast = "UNKNOWN"
    orientation, measures, timing = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [4.5, 5.0], 4.0
    timing.RepetitionTime, timing.FlipAngle = 5000, 150
    shared = Dataset()
    shared.PlaneOrientationSequence = Sequence([orientation])
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.MRTimingAndRelatedParametersSequence = Sequence([timing])
    image.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for number, echo_time in enumerate(echo_times):
        for k in range(voxels.shape[2]):
            frame, position, echo, content = Dataset(), Dataset(), Dataset(), Dataset()
            position.ImagePositionPatient = [-70, -65, -20 + 4 * k]
            echo.EffectiveEchoTime = echo_time
            content.InStackPositionNumber, content.StackID = k + 1, "1"
            content.DimensionIndexValues = [1, k + 1, number + 1]
            frame.PlanePositionSequence = Sequence([position])
            frame.MREchoSequence = Sequence([echo])
            frame.FrameContentSequence = Sequence([content])
            frames.append(frame)
    image.PerFrameFunctionalGroupsSequence = Sequence(frames)
    stack = voxels.transpose(2, 1, 0)
    _pixels(image, np.concatenate([stack] * len(echo_times)))
    image.Rows, image.Columns = stack.shape[1:]
    image.save_as(path, enforce_file_format=True)


def write_enhanced(
    path: Path,
    voxels: np.ndarray,
    groups: dict[str, dict[str, Any]],
    *,
    orientation: str = "axial",
    pixel_mm: tuple[float, float] = (5.0, 4.5),
    spacing_mm: float = 4.0,
    in_frames: bool = False,
    backwards: bool = False,
    add: Callable[[Dataset], None] = lambda frame: None,
    **fields: Any,
) -> np.ndarray:
    """Write one enhanced MR image; return the affine (voxel to RAS mm).

    ``groups`` are functional groups: sequence, then its fields. Siemens XA keeps them all
    ``in_frames``, Philips shares what is alike. ``backwards`` stores the last slice first;
    ``add`` is given each frame.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    cosines, normal, start = _placed(orientation)
    image = _image(fields, fields.pop("number", 1), generate_uid())
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = ENHANCED_MR
    common = {
        "PlaneOrientationSequence": {"ImageOrientationPatient": list(cosines)},
        "PixelMeasuresSequence": {
            "PixelSpacing": [pixel_mm[1], pixel_mm[0]],
            "SliceThickness": spacing_mm,
        },
        **groups,
    }
    shared, frames = Dataset(), []
    order = range(voxels.shape[2])[:: -1 if backwards else 1]
    for number, k in enumerate(order, start=1):
        frame = Dataset()
        own = {
            "PlanePositionSequence": {
                "ImagePositionPatient": [
                    round(float(v), 6) for v in start + k * spacing_mm * normal
                ]
            },
            "FrameContentSequence": {
                "InStackPositionNumber": k + 1,
                "StackID": "1",
                "DimensionIndexValues": [1, number],
            },
        }
        _add_groups(frame, own | (common if in_frames else {}))
        add(frame)
        frames.append(frame)
    _add_groups(shared, {} if in_frames else common)
    image.SharedFunctionalGroupsSequence = Sequence([shared])
    image.PerFrameFunctionalGroupsSequence = Sequence(frames)
    image.NumberOfFrames = len(frames)
    stack = voxels.transpose(2, 1, 0)[list(order)]
    _pixels(image, stack)
    image.save_as(path, enforce_file_format=True)
    return _affine(orientation, pixel_mm, spacing_mm)


def edit_files(folder: Path, edit: Callable[[Dataset], None]) -> None:
    """Change every DICOM file of a folder in place."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        image = pydicom.dcmread(path)
        edit(image)
        big = image.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
        pydicom.dcmwrite(
            path,
            image,
            enforce_file_format=True,
            **({"little_endian": False, "implicit_vr": False} if big else {}),
        )


def add_philips_scale(image: Dataset, slope: float, scale: float) -> None:
    """Give a data set, or a frame of one, the rescale slope and Philips' scale slope.

    The slope of a frame lies in its pixel value transformation, the private scale beside it.
    """
    private = image
    if "RescaleSlope" in image or "PixelData" in image:
        image.RescaleSlope, image.RescaleIntercept = slope, 0
    else:
        transformation, private = Dataset(), Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = slope, 0
        transformation.RescaleType = "US"
        image.PixelValueTransformationSequence = Sequence([transformation])
        image.add_new(0x20050014, "LO", "Philips MR Imaging DD 005")
        image.add_new(0x2005140F, "SQ", Sequence([private]))
    private.add_new(0x20050010, "LO", "Philips MR Imaging DD 001")
    private.add_new(0x2005100E, "FL", scale)


def encode(image: Dataset, how: str) -> None:
    """Store the pixels as ``"big endian"``, ``"RLE"``, ``"JPEG"`` or ``"JPEG2000"``, lossless.

    The JPEG kinds are encoded by GDCM, which is not the decoder under test.
    """
    if how == "RLE":
        image.compress(RLELossless)
    elif how == "big endian":
        image.PixelData = image.pixel_array.astype(">u2").tobytes()
        image["PixelData"].VR = "OW"
        image.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    else:
        path = Path(image.filename).with_suffix(".dcm")
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.SetUseCompression(True)
        writer.SetCompressor(how)
        writer.SetFileName(str(path))
        writer.Execute(sitk.GetImageFromArray(image.pixel_array[None]))
        encoded = pydicom.dcmread(path)
        path.unlink()
        image.file_meta.TransferSyntaxUID = encoded.file_meta.TransferSyntaxUID
        image["PixelData"] = encoded["PixelData"]


def _placed(orientation: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and column cosines, their normal, and where the first voxel lies (LPS)."""
    cosines = np.array(ORIENTATIONS[orientation], float)
    return (
        cosines,
        np.cross(cosines[:3], cosines[3:]),
        np.array([-70.0, -65.0, -20.0]),
    )


def _affine(
    orientation: str, pixel_mm: tuple[float, float], spacing_mm: float
) -> np.ndarray:
    cosines, normal, start = _placed(orientation)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = cosines[:3] * pixel_mm[0], cosines[3:] * pixel_mm[1]
    affine[:3, 2], affine[:3, 3] = normal * spacing_mm, start
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def _add_groups(dataset: Dataset, groups: dict[str, dict[str, Any]]) -> None:
    for sequence, fields in groups.items():
        item = Dataset()
        for keyword, value in fields.items():
            setattr(item, keyword, value)
        setattr(dataset, sequence, Sequence([item]))


def _image(fields: dict[str, Any], number: int, series_uid: str) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = MR
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = STUDY_UID, series_uid
    image.PatientName = image.PatientID = image.ProtocolName = PRIVATE
    image.StudyDescription = image.InstitutionName = PRIVATE
    image.PatientBirthDate, image.StudyDate, image.StudyTime = (
        "19600102",
        "20200304",
        "1206",
    )
    image.Modality, image.Manufacturer = "MR", "SIEMENS"
    image.ManufacturerModelName = "Prisma"
    image.MagneticFieldStrength = 3
    image.PatientPosition = "HFS"
    image.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    image.SeriesNumber = number
    for keyword, value in fields.items():
        setattr(image, keyword, value)
    return image


def _pixels(image: Dataset, pixels: np.ndarray) -> None:
    image.Rows, image.Columns = pixels.shape[-2:]
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.PixelRepresentation = 0
    image.PixelData = np.ascontiguousarray(pixels, dtype="<u2").tobytes()
