"""The gate for uploaded pictures: what is taken, what is refused, what is left of it (security.md 3.6)."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image, ImageDraw, ImageFile

from portal.kernel.errors import RuleBroken
from portal.web.uploads import KEPT_SIDE, MOST_BYTES, read_photo


def scene(size: tuple[int, int] = (640, 480), shift: int = 0) -> Image.Image:
    picture = Image.new("RGB", size, "#d9e2e6")
    draw = ImageDraw.Draw(picture)
    draw.rectangle([size[0] // 5 + shift, size[1] // 4, size[0] // 2 + shift, size[1] // 2], fill="#335566")
    draw.ellipse([size[0] // 2, size[1] // 2, size[0] - 20, size[1] - 20], fill="#aa7733")
    return picture


def encoded(picture: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def exif() -> bytes:
    tags = Image.Exif()
    tags[0x010F], tags[0x0112] = "SpyCam", 6
    tags.get_ifd(0x8825)[1] = "N"
    return tags.tobytes()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header says more than its few bytes hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_come_out_as_small_jpegs_without_a_trace(kind: str) -> None:
    photo = read_photo(encoded(scene((2400, 1800)), kind, exif=exif()))
    kept = Image.open(io.BytesIO(photo.content))
    assert (kept.format, max(kept.size)) == ("JPEG", KEPT_SIDE)
    assert not kept.getexif()
    assert b"SpyCam" not in photo.content


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    assert Image.open(io.BytesIO(read_photo(encoded(scene(), exif=exif())).content)).size == (480, 640)


def test_what_hangs_on_behind_a_picture_is_gone() -> None:
    photo = read_photo(encoded(scene()) + b"<html><script>alert(1)</script></html>")
    assert b"<script" not in photo.content


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ" + b"\0" * 100,
        b"%PDF-1.7\n",
        b"PK\x03\x04" + b"\0" * 100,
        b"\xff\xd8\xff\xe0" + b"A" * 500,
        encoded(scene())[:900],
        encoded(scene((64, 48)), "GIF"),
        encoded(scene((64, 48)), "BMP"),
        encoded(scene((64, 48)), "TIFF"),
        encoded(scene((99, 99)), "WEBP", save_all=True, append_images=[Image.new("RGB", (99, 99), "blue")]),
        png_of_size(30000, 30000),
        png_of_size(12001, 10),
        encoded(scene((64, 48))) + b"\0" * MOST_BYTES,
    ],
)
def test_everything_else_is_refused(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(RuleBroken) as refused:
        read_photo(data)
    assert (refused.value.rule, refused.value.field) == ("UP-1", "photos")


def test_broken_files_raise_nothing_else() -> None:
    chance = random.Random(5)
    bases = [encoded(scene((160, 120)), kind) for kind in ("JPEG", "PNG", "WEBP")]
    taken = 0
    for _ in range(300):
        data = bytearray(chance.choice(bases))
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_photo(bytes(data))
            taken += 1
        except RuleBroken:
            pass
    assert 0 < taken < 300


def test_the_fingerprint_knows_a_picture_again_and_tells_others_apart() -> None:
    def bits(picture: Image.Image, **more: object) -> int:
        return int(read_photo(encoded(picture, **more)).fingerprint, 16)

    original = bits(scene())
    assert (original ^ bits(scene((1280, 960)))).bit_count() <= 6
    assert (original ^ bits(scene(), quality=40)).bit_count() <= 6
    assert (original ^ bits(scene().transpose(Image.Transpose.FLIP_LEFT_RIGHT))).bit_count() > 6
