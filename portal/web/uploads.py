"""Pictures that people upload: decoded by content, never trusted, made anew without metadata (security.md 3.6)."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T

#: Bytes of one file, pixels of one picture, and the longest side before and after.
MOST_BYTES = 15 * 2**20
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 12_000
KEPT_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 85
#: What the decoders raise over broken files.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    EOFError,
    MemoryError,
)


@dataclass(frozen=True)
class Photo:
    """A picture as it is kept."""

    #: JPEG without EXIF, place, colour profile or comment.
    content: bytes
    #: 64-bit perceptual hash, hexadecimal: alike pictures differ in few bits.
    fingerprint: str


def read_photo(data: bytes) -> Photo:
    """A JPEG, PNG or WebP picture, turned upright, at most KEPT_SIDE pixels a side.

    What it is is told by decoding it, not by its name. Raises RuleBroken UP-1 for anything else, for more than
    MOST_BYTES or MOST_PIXELS, and for animations.
    """
    if not data or len(data) > MOST_BYTES:
        raise _refused(T("A photo has up to {most} MB.", most=MOST_BYTES // 2**20))
    # WeasyPrint switches this on for the whole process; half a picture is no proof.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS or max(picture.size) > LONGEST_SIDE:
                raise _refused(T("The picture is too large. Take it with a lower resolution."))
            if getattr(picture, "n_frames", 1) > 1:
                raise _refused(T("Moving pictures are not taken. Choose a photo."))
            picture.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except RuleBroken:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, *_BROKEN):
        raise _refused(
            T("This is not a picture that can be read. Choose a JPEG, PNG or WebP photo.")
        ) from None
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    kept = io.BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(kept, "JPEG", quality=_QUALITY)
    return Photo(kept.getvalue(), fingerprint(upright))


def fingerprint(picture: Image.Image) -> str:
    """Difference hash: whether each of 8 × 8 points is brighter than its right neighbour; 16 hexadecimal digits."""
    small = picture.convert("L").resize((9, 8), Image.Resampling.BOX)
    points = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (points[at] > points[at + 1])
    return f"{bits:016x}"


def _refused(text: T) -> RuleBroken:
    return RuleBroken("UP-1", text, field="photos")
