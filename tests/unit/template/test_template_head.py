import numpy as np

from rt1t2.geometry.transforms import apply
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.template.template_head import share_of


def test_parenchyma_is_brain_tissue(template_head, head):
    """Within the brain, in the thalamus and in white matter, not in the ventricles or air."""
    inside = template_head.parenchyma > 0.5
    assert head.brain[inside].mean() > 0.99
    places_mm = {(12, -18, 8): True, (28, -20, 30): True, (-100, 0, 0): False}
    for place_mm, expected in places_mm.items():
        voxel = apply(np.linalg.inv(head.affine), np.array(place_mm, float))
        assert inside[tuple(np.round(voxel).astype(int))] == expected, place_mm
    assert inside[head.fractions["csf"] > 0.9].mean() < 0.01


def test_shares_of_all_classes_fill_a_voxel(template_head):
    total = share_of(template_head.classes, *HEAD_CLASSES)
    np.testing.assert_allclose(total, 1, atol=1e-5)
