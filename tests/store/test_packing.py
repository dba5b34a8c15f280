"""Arrays come back from the atlas as they went in, and damage is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from myomap.store.atlas_schema import pack_array, unpack_array


@given(
    st.sampled_from([np.int32, np.uint8, np.float32, np.int16]).flatmap(
        lambda kind: arrays.arrays(kind, st.tuples(st.integers(0, 40), st.integers(1, 9)))
    )
)
def test_arrays_come_back_as_they_went_in(array: np.ndarray) -> None:  # type: ignore[type-arg]
    back = unpack_array(pack_array(array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def raster() -> np.ndarray:  # type: ignore[type-arg]
    """A large image of cells, as a view has."""
    coarse = np.random.default_rng(3).permutation(3600).reshape(60, 60).astype(np.int32)
    return np.repeat(np.repeat(coarse, 7, axis=0), 7, axis=1)


def test_a_large_image_of_cells_comes_back_and_is_read_only() -> None:
    image = raster()
    blob = pack_array(image)
    back = unpack_array(blob)
    np.testing.assert_array_equal(back, image)
    assert not back.flags.writeable
    assert len(blob) < image.nbytes / 20


@pytest.mark.parametrize("array", [raster(), np.arange(900, dtype=np.int32)])
def test_a_damaged_array_is_told(array: np.ndarray) -> None:  # type: ignore[type-arg]
    blob = bytearray(pack_array(array))
    blob[len(blob) // 2] ^= 0x55
    with pytest.raises(ValueError, match="damaged"):
        unpack_array(bytes(blob))
    with pytest.raises(ValueError, match="damaged"):
        unpack_array(bytes(blob[: len(blob) // 3]))
