"""Photos of invoices and plates that never existed, drawn with as much chance as real ones have light and shadow."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

from portal.web.uploads import Photo, read_photo

_SIZE = (480, 360)


def invoice(dice: random.Random, number: str) -> Photo:
    """A sheet with ruled lines and a round stamp, lying somewhere."""
    picture, draw = _table(dice)
    left, top = dice.randrange(40, 160), dice.randrange(20, 90)
    draw.rectangle((left, top, left + 250, top + 230), fill=(244, 241, 233))
    draw.text((left + 20, top + 14), f"SAMPLE INVOICE {number}", fill=(60, 60, 70))
    for line in range(6):
        height = top + 50 + line * 22
        draw.line(
            (left + 20, height, left + 20 + dice.randrange(80, 210), height), fill=(120, 125, 140), width=3
        )
    stamp = left + dice.randrange(120, 180), top + 150
    draw.ellipse((*stamp, stamp[0] + 62, stamp[1] + 62), outline=(190, 40, 40), width=4)
    return _taken(picture, dice)


def plate(dice: random.Random, serial: str) -> Photo:
    """A metal plate with its serial."""
    picture, draw = _table(dice)
    left, top = dice.randrange(30, 130), dice.randrange(60, 160)
    shade = dice.randrange(150, 215)
    draw.rounded_rectangle(
        (left, top, left + 300, top + 130), 12, fill=(shade, shade, shade + 6), outline=(70, 70, 70)
    )
    draw.text((left + 24, top + 24), "SAMPLE PLATE", fill=(30, 30, 30))
    draw.text((left + 24, top + 66), serial, fill=(20, 20, 20))
    return _taken(picture, dice)


def fault(dice: random.Random) -> Photo:
    """A dark crack across something, with a ring around it."""
    picture, draw = _table(dice)
    left, top = dice.randrange(90, 200), dice.randrange(60, 160)
    crack = [(left + place * 18, top + dice.randrange(-14, 60)) for place in range(10)]
    draw.line(crack, fill=(15, 15, 20), width=5, joint="curve")
    draw.ellipse((left - 20, top - 50, left + 190, top + 110), outline=(220, 30, 30), width=5)
    return _taken(picture, dice)


def signature(dice: random.Random) -> Photo:
    """A stroke of a pen that nobody could read."""
    picture = Image.new("RGB", (320, 120), "white")
    points = [(20 + place * 22, 60 + dice.randrange(-34, 35)) for place in range(13)]
    ImageDraw.Draw(picture).line(points, fill=(20, 20, 60), width=3, joint="curve")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return read_photo(kept.getvalue())


def _table(dice: random.Random) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """What the thing lies on: large spots of light and shadow, so that no two photos are alike."""
    picture = Image.new("RGB", _SIZE, tuple(dice.randrange(60, 190) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(14):
        x, y, size = dice.randrange(-80, _SIZE[0]), dice.randrange(-80, _SIZE[1]), dice.randrange(60, 200)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(dice.randrange(30, 225) for _ in range(3)))
    return picture, draw


def _taken(picture: Image.Image, dice: random.Random) -> Photo:
    """In poor light."""
    shadows, _ = _table(dice)
    kept = io.BytesIO()
    Image.blend(picture, shadows.filter(ImageFilter.GaussianBlur(9)), 0.3).save(kept, "JPEG", quality=80)
    return read_photo(kept.getvalue())
