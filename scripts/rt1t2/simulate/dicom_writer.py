"""Write simulated scans as DICOM series, as an MR scanner and an archive would give them."""

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from rt1t2.nifti import nib
from rt1t2.template.signals import MPRAGE, TSE

# As a converter gives them: i along an image's columns, j up its rows, k over the slices.
SAGITTAL, CORONAL, AXIAL = "PSR", "LSA", "LAS"


def reordered(
    data: np.ndarray, affine: np.ndarray, order: str
) -> tuple[np.ndarray, np.ndarray]:
    """Flip and swap voxel axes to an order such as ``"PSR"`` (i to posterior, …)."""
    present = nib.io_orientation(affine)
    wanted = nib.orientations.axcodes2ornt(order)
    change = nib.orientations.ornt_transform(present, wanted)
    turned = nib.orientations.apply_orientation(data, change)
    return turned, affine @ nib.orientations.inv_ornt_aff(change, data.shape)


# Invented: the demo's people do not exist, and every copy of the demo is the same.
STUDY_DATE, STUDY_TIME = "20240102", "083000"
UID_NAMESPACE = uuid.UUID("5f1d1c38-6f0e-4b0c-9d5e-0d6c2f0a7f11")
TO_LPS = np.diag([-1.0, -1.0, 1.0])

T1W_HEADER = {
    "SeriesDescription": "t1_mprage_sag_p2_iso",
    "ScanningSequence": ["GR", "IR"],
    "SequenceVariant": ["SK", "SP", "MP"],
    "ScanOptions": "IR",
    "MRAcquisitionType": "3D",
    "RepetitionTime": MPRAGE.tr_ms,
    "EchoTime": MPRAGE.te_ms,
    "InversionTime": MPRAGE.ti_ms,
    "FlipAngle": MPRAGE.flip_deg,
    "EchoTrainLength": 1,
}
T2W_HEADER = {
    "SeriesDescription": "t2_tse_tra_4mm",
    "ScanningSequence": "SE",
    "SequenceVariant": ["SK", "SP", "OSP"],
    "ScanOptions": "",
    "MRAcquisitionType": "2D",
    "RepetitionTime": TSE.tr_ms,
    "EchoTime": TSE.te_ms,
    "FlipAngle": 150,
    "EchoTrainLength": TSE.echo_train_length,
}
LOCALIZER_HEADER = {
    "SeriesDescription": "localizer",
    "ScanningSequence": "GR",
    "SequenceVariant": ["SP", "OSP"],
    "ScanOptions": "",
    "MRAcquisitionType": "2D",
    "RepetitionTime": 8.6,
    "EchoTime": 4.0,
    "FlipAngle": 20,
    "EchoTrainLength": 1,
}


# What else a console asks for or adds, and may not leave the import: 50 fields.
IDENTIFYING = (
    "PatientName", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName",
    "PatientMotherBirthName", "PatientAddress", "PatientTelephoneNumbers", "PatientBirthTime",
    "IssuerOfPatientID", "MedicalRecordLocator", "EthnicGroup", "Occupation", "PatientComments",
    "AdditionalPatientHistory", "MedicalAlerts", "Allergies", "SpecialNeeds", "PatientState",
    "CountryOfResidence", "RegionOfResidence", "MilitaryRank", "BranchOfService",
    "PatientReligiousPreference", "ResponsiblePerson", "ResponsibleOrganization",
    "LastMenstrualDate", "AccessionNumber", "ReferringPhysicianName", "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers", "PhysiciansOfRecord", "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy", "RequestingPhysician", "OperatorsName", "RequestingService",
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName",
    "DeviceSerialNumber", "StudyDescription", "StudyComments", "ImageComments", "AdmissionID",
    "AdmittingDiagnosesDescription", "CurrentPatientLocation", "PerformedStationAETitle",
    "PerformedProcedureStepDescription", "RequestedProcedureDescription",
)  # fmt: skip
MARK = "Zyxnobody"


def identifying_fields() -> dict[str, str]:
    """Return a marked value for every one of IDENTIFYING."""
    marked = {}
    for number, keyword in enumerate(IDENTIFYING):
        kind = dictionary_VR(keyword)
        value = f"{MARK}{number:02d}"
        marked[keyword] = {"DA": "19070203", "TM": "070717.171717"}.get(kind, value)
    return marked


@dataclass(frozen=True)
class Volume:
    """Slices to be written: data (i, j, k), one slice per k, affine to scanner RAS mm.

    Columns of a DICOM slice run along i, rows against j.
    """

    data: np.ndarray
    affine: np.ndarray
    thickness_mm: float


@dataclass(frozen=True)
class Person:
    """Who the simulated patient is, as a scanner's console asks for it."""

    label: str
    sex: str = ""
    age_years: int | None = None


@dataclass
class Study:
    """One visit to the scanner, written series by series into one folder.

    ``seed`` and the person's label fix every UID.
    """

    folder: Path
    person: Person
    seed: int
    _series: int = field(default=0, init=False)
    _files: int = field(default=0, init=False)

    def write(self, volumes: list[Volume], header: dict[str, Any]) -> None:
        """Write one series: the slices of all ``volumes``, one file per slice.

        Voxel values are rounded to whole numbers from 0 to 65535; no rescaling is used.
        """
        self._series += 1
        common = self._common(header)
        slices = [
            (volume, k) for volume in volumes for k in range(volume.data.shape[2])
        ]
        for number, (volume, k) in enumerate(slices, start=1):
            self._files += 1
            _add_pixels(common, volume, k)
            common.InstanceNumber = number
            common.SOPInstanceUID = self._uid(self._series, number)
            common.file_meta.MediaStorageSOPInstanceUID = common.SOPInstanceUID
            common.save_as(
                self.folder / f"IM{self._files:06d}.dcm", enforce_file_format=True
            )

    def _common(self, header: dict[str, Any]) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = MRImageStorage
        dataset.SpecificCharacterSet = "ISO_IR 100"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
        for part in ("Study", "Series", "Acquisition", "Content"):
            setattr(dataset, f"{part}Date", STUDY_DATE)
            setattr(dataset, f"{part}Time", STUDY_TIME)
        dataset.Modality = "MR"
        dataset.Manufacturer = "rT1T2 simulator"
        dataset.ManufacturerModelName = "digital head phantom"
        for keyword, value in identifying_fields().items():
            setattr(dataset, keyword, value)
        _add_person(dataset, self.person)
        for keyword, value in header.items():
            setattr(dataset, keyword, value)
        dataset.ProtocolName = header["SeriesDescription"]
        dataset.MagneticFieldStrength = 3
        dataset.ImagingFrequency = 123.25
        dataset.ImagedNucleus = "1H"
        dataset.NumberOfAverages = 1
        dataset.PatientPosition = "HFS"
        dataset.StudyID = "1"
        dataset.SeriesNumber = self._series
        dataset.AcquisitionNumber = 1
        dataset.StudyInstanceUID = self._uid()
        dataset.SeriesInstanceUID = self._uid(self._series)
        dataset.FrameOfReferenceUID = self._uid("frame")
        dataset.PositionReferenceIndicator = ""
        return dataset

    def _uid(self, *parts: object) -> str:
        name = "/".join(map(str, (self.seed, self.person.label, *parts)))
        return f"2.25.{uuid.uuid5(UID_NAMESPACE, name).int}"


def localizer(data: np.ndarray, affine: np.ndarray, step: int = 2) -> list[Volume]:
    """Return one sagittal, coronal and axial slice through the middle of an image.

    Every ``step``-th voxel of a slice is kept.
    """
    planes = []
    for order in (SAGITTAL, CORONAL, AXIAL):
        turned, turned_affine = reordered(data, affine, order)
        middle = turned.shape[2] // 2
        to_plane = np.diag([step, step, 1.0, 1.0])
        to_plane[2, 3] = middle
        plane = turned[::step, ::step, [middle]]
        planes.append(Volume(plane, turned_affine @ to_plane, 6.0))
    return planes


def _add_person(dataset: Dataset, person: Person) -> None:
    dataset.PatientID = person.label
    dataset.PatientSex = person.sex
    dataset.PatientBirthDate = ""
    if person.age_years is not None:
        dataset.PatientAge = f"{person.age_years:03d}Y"
        dataset.PatientBirthDate = f"{int(STUDY_DATE[:4]) - person.age_years - 1}0704"


def _add_pixels(dataset: Dataset, volume: Volume, k: int) -> None:
    ni, nj, _ = volume.data.shape
    axes = TO_LPS @ volume.affine[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    corner = TO_LPS @ (volume.affine @ [0, nj - 1, k, 1])[:3]
    columns, rows = axes[:, 0] / spacing[0], -axes[:, 1] / spacing[1]
    pixels = np.clip(np.rint(volume.data[:, ::-1, k].T), 0, 65535).astype("<u2")
    dataset.SliceThickness = _decimal(volume.thickness_mm)
    dataset.SpacingBetweenSlices = _decimal(spacing[2])
    dataset.ImagePositionPatient = [_decimal(mm) for mm in corner]
    dataset.ImageOrientationPatient = [_decimal(cos) for cos in (*columns, *rows)]
    dataset.SliceLocation = _decimal(corner @ np.cross(columns, rows))
    dataset.PixelSpacing = [_decimal(spacing[1]), _decimal(spacing[0])]
    dataset.Rows, dataset.Columns = nj, ni
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    low, high = np.percentile(pixels, (1, 99))
    dataset.WindowCenter = _decimal((low + high) / 2)
    dataset.WindowWidth = _decimal(max(high - low, 1))
    dataset.PixelData = pixels.tobytes()


def _decimal(value: float) -> str:
    """Return a DICOM decimal string, which has room for 16 characters."""
    return f"{value:.9g}" if abs(value) >= 1e-4 else f"{value:.8f}"
