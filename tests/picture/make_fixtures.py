"""Writes the pictures of this folder, and fixtures.inc, what Pillow makes of them. It needs Pillow and NumPy:

    python3 tests/picture/make_fixtures.py
"""
import gzip
import io
import pathlib
import struct
import zlib

import numpy
from PIL import Image, ImageOps

here = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 37, 29


def scene(channels):
    """Slopes, a disc and noise: (HEIGHT, WIDTH, channels), u8."""
    random = numpy.random.default_rng(7)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x * 6 + y, 255 - y * 8, (x * y) % 256, 60 + 5 * x][:channels]
    picture = numpy.stack(planes, -1).astype(float)
    picture[(x - 14) ** 2 + (y - 12) ** 2 < 60] = 255
    picture += random.normal(0, 12, picture.shape)
    return picture.clip(0, 255).astype(numpy.uint8)


def png16(color_type, samples):
    """A PNG file of 16-bit samples (HEIGHT, WIDTH, channels), which Pillow does not write."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, color_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def save(name, picture, **options):
    file = io.BytesIO()
    picture.save(file, **options)
    (here / name).write_bytes(file.getvalue())


def on_white(samples, alpha):
    return samples * alpha + 255 * (1 - alpha)


expected = []  # (name, wanted channels, tolerance, pixels)


def expect(name, channels, tolerance, pixels):
    pixels = numpy.asarray(pixels)
    expected.append((name, channels, tolerance, pixels.round().astype(numpy.uint8).reshape(*pixels.shape[:2], -1)))


rgb, grey, rgba = scene(3), scene(1)[..., 0], scene(4)
rgba[:10, :, 3] = 0

save("color.jpg", Image.fromarray(rgb), format="JPEG", quality=90)
expect("color.jpg", 0, 2, Image.open(here / "color.jpg"))
luma = Image.open(here / "color.jpg")
luma.draft("L", luma.size)  # the file's own Y, which colours that were clipped do not give back
expect("color.jpg", 1, 2, luma)
save("progressive.jpg", Image.fromarray(rgb), format="JPEG", quality=90, progressive=True)
expect("progressive.jpg", 3, 2, Image.open(here / "progressive.jpg"))
save("grey.jpg", Image.fromarray(grey), format="JPEG", quality=90)
expect("grey.jpg", 0, 2, Image.open(here / "grey.jpg"))
expect("grey.jpg", 3, 2, Image.open(here / "grey.jpg").convert("RGB"))
save("cmyk.jpg", Image.fromarray(255 - rgb).convert("RGB").convert("CMYK"), format="JPEG", quality=95)
expect("cmyk.jpg", 3, 2, Image.open(here / "cmyk.jpg").convert("RGB"))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    name = f"orientation{orientation}.jpg"
    save(name, Image.fromarray(rgb), format="JPEG", quality=90, exif=exif)
    expect(name, 3, 2, ImageOps.exif_transpose(Image.open(here / name)))

save("color.png", Image.fromarray(rgb), format="PNG")
expect("color.png", 0, 0, rgb)
expect("color.png", 1, 1, Image.fromarray(rgb).convert("L"))
save("grey.png", Image.fromarray(grey), format="PNG")
expect("grey.png", 0, 0, grey)
expect("grey.png", 3, 0, numpy.stack([grey] * 3, -1))
save("bits.png", Image.fromarray(grey > 128), format="PNG")
expect("bits.png", 0, 0, (grey > 128) * 255)
palette = Image.fromarray(rgb).quantize(16)
save("palette.png", palette, format="PNG")
expect("palette.png", 0, 0, palette.convert("RGB"))
save("palette_clear.png", palette, format="PNG", transparency=3)
clear = numpy.asarray(palette.convert("RGB")).copy()
clear[numpy.asarray(palette) == 3] = 255
expect("palette_clear.png", 3, 0, clear)
save("alpha.png", Image.fromarray(rgba), format="PNG")
expect("alpha.png", 3, 1, on_white(rgba[..., :3].astype(float), rgba[..., 3:] / 255))
grey_alpha = numpy.stack([grey, rgba[..., 3]], -1)
save("grey_alpha.png", Image.fromarray(grey_alpha, "LA"), format="PNG")
expect("grey_alpha.png", 1, 1, on_white(grey.astype(float), rgba[..., 3] / 255))
deep = rgba.astype(numpy.uint16) * 257
deep[..., :3] ^= 0x35
(here / "deep.png").write_bytes(png16(2, deep[..., :3]))
expect("deep.png", 3, 0, numpy.round(deep[..., :3] / 257))
(here / "deep_grey.png").write_bytes(png16(0, deep[..., :1]))
expect("deep_grey.png", 0, 0, numpy.round(deep[..., 0] / 257))
(here / "deep_alpha.png").write_bytes(png16(6, deep))
expect("deep_alpha.png", 3, 1, on_white(deep[..., :3] / 257, deep[..., 3:] / 65535))

resized = []  # (file, box (left, top, right, bottom), width, height, filter, pixels)
for name, mode in (("color.png", "RGB"), ("grey.png", "L")):
    picture = Image.open(here / name).convert(mode)
    for box in ((0, 0, WIDTH, HEIGHT), (4, 0, 33, 29), (3.25, 2.5, 20.75, 24.5)):
        for size in ((8, 8), (16, 11), (1, 1), (45, 33)):
            for filter_name in ("BILINEAR", "BICUBIC"):
                pixels = picture.resize(size, Image.Resampling[filter_name], box=box)
                resized.append((name, box, size, filter_name, numpy.asarray(pixels)))


def text_of(pixels):
    return numpy.ascontiguousarray(pixels).tobytes()


blob, lines = b"", []
for name, channels, tolerance, pixels in expected:
    lines.append(f'DECODED("{name}", {channels}, {pixels.shape[1]}, {pixels.shape[0]}, {pixels.shape[2]}, '
                 f"{tolerance}, {len(blob)})")
    blob += text_of(pixels)
for name, (left, top, right, bottom), (width, height), filter_name, pixels in resized:
    lines.append(f'RESIZED("{name}", {top}, {left}, {bottom - top}, {right - left}, {width}, {height}, '
                 f"GD__{filter_name}, {len(blob)})")
    blob += text_of(pixels)
(here / "fixtures.inc").write_text("\n".join(lines) + "\n")
(here / "expected.gz").write_bytes(gzip.compress(blob, 9, mtime=0))
print(len(blob), "bytes,", len(lines), "cases")
