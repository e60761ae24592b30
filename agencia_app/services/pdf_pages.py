"""Looking into a PDF: what its pages show, say and carry as codes.

The one place that calls pdfium, which is not made for threads: one lock guards all of it. For
our own papers only: a PDF that somebody brought is looked into by ``pdf_child``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2

_LOCK = threading.Lock()
_BGRA = 4  # pdfium's FPDFBitmap_BGRA
_POINTS_PER_INCH = 72
_LONGEST = 4000  # pixels of a page's longer side: whatever size a page says it has


class UnreadableError(Exception):
    """The bytes are no PDF, or one that is damaged or locked with a password."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as shades of grey, one byte a pixel, from the top left."""

    width: int
    height: int
    pixels: bytes


def preview(pdf: bytes, width: int) -> tuple[int, int, bytes]:
    """Return the first page as (width, height, BGRA bytes), ``width`` pixels wide."""
    with _opened(pdf) as document:
        page = document[0]
        bitmap = page.render(scale=width / page.get_width(), force_bitmap_format=_BGRA)
        return bitmap.width, bitmap.height, bytes(bitmap.buffer)


def pictures(pdf: bytes, dpi: int, most: int) -> list[Picture]:
    """Return the pages, the first ``most`` of them, as they look at a resolution.

    Raises UnreadableError.
    """
    with _opened(pdf) as document:
        return [_picture(document[index], dpi) for index in range(min(len(document), most))]


def texts(pdf: bytes, most: int) -> list[list[str]]:
    """Return the words of each page, the first ``most`` of them. Raises UnreadableError."""
    with _opened(pdf) as document:
        return [
            document[index].get_textpage().get_text_bounded().split()
            for index in range(min(len(document), most))
        ]


def codes(picture: Picture) -> list[str]:
    """Return the text of every QR code and Code 128 barcode in a picture."""
    import zxingcpp  # noqa: PLC0415 - only whoever verifies a PDF needs it

    image = memoryview(picture.pixels).cast("B", (picture.height, picture.width))
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
    return [found.text for found in zxingcpp.read_barcodes(image, formats=formats)]


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise UnreadableError from error
        try:
            yield document
        except pypdfium2.PdfiumError as error:  # a page that cannot be loaded
            raise UnreadableError from error
        finally:
            document.close()


def _picture(page: pypdfium2.PdfPage, dpi: int) -> Picture:
    longest = max(page.get_size())
    scale = min(dpi / _POINTS_PER_INCH, _LONGEST / longest)
    bitmap = page.render(scale=scale, grayscale=True)
    stride, width, height = bitmap.stride, bitmap.width, bitmap.height
    raw = bytes(bitmap.buffer)
    rows = (raw[row * stride : row * stride + width] for row in range(height))
    return Picture(width, height, b"".join(rows))
