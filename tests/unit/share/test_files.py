"""The files of a shared study: each image with its sidecar, and everything once in the zip."""

from rt1t2.share import files

PEOPLE = ("sub-01", "sub-02")


def test_everything_of_everybody_is_packed_once():
    packed = files.packed_files(PEOPLE)
    assert len(packed) == len(set(packed))
    assert all(name.startswith(files.STUDY) and "{" not in name for name in packed)
    assert f"{files.STUDY}bids/sub-02/anat/sub-02_T2w.json" in packed
    assert files.CRATE not in packed
    assert files.CHECKSUMS not in packed
    assert len(files.packed_files(())) == 10


def test_every_image_comes_with_its_sidecar():
    packed = set(files.packed_files(PEOPLE, ["bids/sub-02/fmap/sub-02_TB1map"]))
    assert f"{files.STUDY}bids/sub-02/fmap/sub-02_TB1map.nii.gz" in packed
    for name in packed:
        if name.endswith(".nii.gz"):
            assert name.replace(".nii.gz", ".json") in packed


def test_what_the_checklist_reads_is_part_of_the_study():
    told = files.of_study(files.TOLD.values(), PEOPLE)
    assert set(told) <= set(files.packed_files(PEOPLE))
    assert told[: len(files.TOLD)] == files.of_study(files.TOLD.values(), PEOPLE[:1])


def test_an_image_either_has_a_face_or_is_copied():
    copied = {name.removesuffix(".nii.gz") for name in files.COPIED}
    assert not copied & {*files.DEFACED_RAW, *files.DEFACED_DERIVATIVES}
