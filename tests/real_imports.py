"""Every real source of ../shared/data/dicom and negatives, and what its import has to give.

One table for the tests (``scripts/test_real_imports.py``) and for the print-out
(``benchmarks/import_cases.py``). The expectations are those of the data's description; truths are
the NIfTI files beside a case, or the pixels that pydicom reads from uncompressed files.
"""

import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom

from rt1t2.errors import UserError
from rt1t2.scans.conversion import convert_series, run_converter
from rt1t2.scans.dicom_series import series_of
from rt1t2.scans.nifti_volume import read_volume
from rt1t2.scans.scan_import import import_image, open_scans
from rt1t2.scans.source_files import source_files

SLABS = "dicom/dicom2nifti_cases"
MOSAICS = "dicom/dcm_qa_ts_transfer_syntaxes"
UNCOMPRESSED_MOSAIC = "1.dcm"
TRUTH = "as the NIfTI beside it"
SLICES = "every pixel where its slice's header says"
MOSAIC = "voxels of the uncompressed file"
READ = "read; the image is judged later"


@dataclass(frozen=True)
class Case:
    """A source below ``shared/data`` and what is expected of it, as part of what is got."""

    source: str
    converted: str
    as_t1w: str
    as_t2w: str


def _slab(name: str, converted: str, reason: str) -> Case:
    return Case(f"{SLABS}/{name}", converted, reason, reason)


def _nifti(name: str, got: str) -> Case:
    return Case(f"negatives/{name}.nii.gz", "is a NIfTI", got, got)


FLAIR = "FLAIR; too few slices: 4"
NO_T2W = "no T2w found (series {} (TE {} ms): T1w)"
CASES = [
    *(Case(f"{MOSAICS}/{n}.dcm", MOSAIC, "EPI", "EPI") for n in range(1, 10)),
    _slab("generic/anatomical/001", TRUTH, FLAIR),
    _slab("siemens/anatomical/001", TRUTH, FLAIR),
    _slab("generic/anatomical/002_non_isotropic", TRUTH, "derived image"),
    _slab("generic/compressed/001", TRUTH, FLAIR),
    _slab("generic/compressed_j2k/001", TRUTH, FLAIR),
    _slab("generic/compressed_jpeg/001", TRUTH, FLAIR),
    _slab("generic/compressed_jpegls/001", TRUTH, FLAIR),
    _slab("generic/compressed_rle/001", TRUTH, FLAIR),
    _slab("generic/rgb/001", "colour or complex image", "colour image"),
    _slab("ge/anatomical/001", TRUTH, "T1w; too few slices: 4"),
    _slab("ge/anatomical/001_single_slice", "a single slice", "T1w; a single slice"),
    _slab("hitachi/anatomical/001", TRUTH, "PDw; too few slices: 4"),
    _slab("failing/gantrytilting/001", "gantry tilt", "not MR; slices are sheared"),
    _slab(
        "failing/notavolume/001", "all 4 slices lie at the same", "not MR; all 4 slices"
    ),
    _slab("failing/slicecount/001", TRUTH, "FLAIR; too few slices: 2"),
    Case("dicom/ctk_mrhead_ge_coronal_T1", SLICES, READ, NO_T2W.format(17, 5.004)),
    Case("negatives/dcm_qa_deident_fruit_T1", SLICES, READ, NO_T2W.format(10, 2.832)),
    _nifti("openms-04_s1_FLAIR_as_wrong_contrast", READ),
    _nifti("tcga-FG-6692_T1_post_gadolinium", READ),
    _nifti("kirby113_MPRAGE_skullstripped", "flagged: looks skull-stripped"),
    _nifti("kirby113_T2w_skullstripped", "flagged: looks skull-stripped"),
]


def unpacked(shared: Path, folder: Path) -> Path:
    """Unpack every archive, and link every NIfTI, under its name in ``shared/data``."""
    for part in ("dicom", "negatives"):
        for path in sorted((shared / "data" / part).iterdir()):
            if path.name.endswith(".tar.gz"):
                with tarfile.open(path) as packed:
                    name = path.name.removesuffix(".tar.gz")
                    packed.extractall(folder / part / name, filter="data")
            else:
                (folder / part).mkdir(exist_ok=True)
                (folder / part / path.name).symlink_to(path)
    return folder


def outcome(case: Case, root: Path, scratch: Path) -> tuple[str, str, str]:
    """Return what is got from a case: converted, imported as T1w, imported as T2w."""
    source = root / case.source
    got = "is a NIfTI" if source.suffix == ".gz" else _converted(source, scratch)
    return got, *(_imported(source, name, scratch / name) for name in ("T1w", "T2w"))


def all_met(case: Case, got: tuple[str, str, str]) -> bool:
    """Tell whether each expectation is part of what was got."""
    wanted = case.converted, case.as_t1w, case.as_t2w
    return all(want in have for want, have in zip(wanted, got, strict=True))


def _imported(source: Path, contrast: str, scratch: Path) -> str:
    try:
        (scan,) = open_scans({contrast: source}, scratch)
        _, _, entries = import_image(scan, scratch / "converted")
    except UserError as error:
        found = re.search(r"(no .*)\. Give another folder", str(error))
        return f"refused: {found[1] if found else error}"
    if entries["Flags"]:
        return f"flagged: {'; '.join(entries['Flags'])}"
    return READ


def _converted(source: Path, scratch: Path) -> str:
    (series,) = series_of(source_files(source, scratch / "unpacked"))
    if "MOSAIC" in series.header["ImageType"]:
        (path,) = run_converter(series.files, scratch / "mosaic")
        return _compared_to_tiles(path, source.with_name(UNCOMPRESSED_MOSAIC))
    try:
        data, affine, _ = convert_series(series, scratch / "series")
    except UserError as error:
        return f"refused: {error}"
    truth = source.with_name(f"{source.name}_ground_truth.nii.gz")
    if truth.exists():
        return _compared_to_truth(data, affine, truth)
    return _compared_to_slices(data, affine, series.files)


def _compared_to_truth(data: np.ndarray, affine: np.ndarray, truth: Path) -> str:
    ours = nib.as_closest_canonical(nib.Nifti1Image(data.astype(np.float64), affine))
    theirs = nib.as_closest_canonical(nib.load(truth))
    if ours.shape != theirs.shape:
        return f"{ours.shape} instead of {theirs.shape}"
    voxels = np.abs(ours.get_fdata() - theirs.get_fdata()).max()
    voxels /= np.abs(theirs.get_fdata()).max()
    mm = np.abs(ours.affine - theirs.affine).max()
    if voxels > 1e-6 or mm > 1e-4:
        return f"voxels off by {voxels:.2g} of the maximum, affine by {mm:.2g} mm"
    return TRUTH


def _compared_to_slices(data: np.ndarray, affine: np.ndarray, files: list[Path]) -> str:
    """Find every pixel of every slice at the place in the volume that its header says."""
    found = np.zeros(data.shape, bool)
    for path in files:
        image = pydicom.dcmread(path)
        rows, columns = np.indices(image.pixel_array.shape).astype(float)
        along_row, along_column = np.reshape(image.ImageOrientationPatient, (2, 3))
        row_mm, column_mm = image.PixelSpacing
        lps = (
            np.array(image.ImagePositionPatient, float)
            + np.multiply.outer(columns * column_mm, along_row)
            + np.multiply.outer(rows * row_mm, along_column)
        )
        ras = lps * [-1, -1, 1]
        voxels = nib.affines.apply_affine(np.linalg.inv(affine), ras)
        nearest = np.rint(voxels).astype(int)
        if np.abs(voxels - nearest).max() > 0.02:
            return f"pixels lie {np.abs(voxels - nearest).max():.2f} voxels off"
        index = tuple(nearest.reshape(-1, 3).T)
        if (data[index] != image.pixel_array.ravel()).any():
            return "other values"
        found[index] = True
    return SLICES if found.all() else "voxels that no slice has"


def _compared_to_tiles(path: Path, uncompressed: Path) -> str:
    """Compare a converted mosaic with the tiles of an uncompressed file of the same image."""
    data, _ = read_volume(path, "the mosaic")
    tiled = pydicom.dcmread(uncompressed).pixel_array
    n_columns, n_rows, n_slices = data.shape
    per_row = tiled.shape[1] // n_columns
    tiles = tiled.reshape(-1, n_rows, per_row, n_columns).swapaxes(1, 2)
    tiles = tiles.reshape(-1, n_rows, n_columns)[:n_slices]
    same = np.array_equal(data, tiles.transpose(2, 1, 0)[:, ::-1])
    return MOSAIC if same else "other voxels than the uncompressed file"
