"""Telling whether a PDF is one of ours, whichever zlib compressed it.

Viewers draw more than any comparison of words and looks sees: form fields, annotations, layers
that only print. So everything in the file must be ours to the byte, save what follows from the
compression: the streams as they are packed, their lengths, and where things are in the file.
"""

from __future__ import annotations

import re
import zlib

# A stream as reportlab begins it: its length, then what ends the dictionary.
_STREAM = re.compile(rb"/Length (\d{1,7})((?: /Length1 \d{1,7})?\n>>\nstream\n)")
_ENTRY = re.compile(rb"(?<=\n)(\d{10})(?= 00000 n \n)")
_START = re.compile(rb"(?<=\nstartxref\n)(\d{1,10})(?=\n)")
# A digest of the rest of the file, with which no viewer does anything.
_ID = re.compile(rb"(?<=/ID \n)\[<[0-9a-f]{32}><[0-9a-f]{32}>\]")


def same(ours: bytes, other: bytes) -> bool:
    """Tell whether another PDF is ours but for its compression."""
    skeleton, streams = _cut(ours)
    its_skeleton, its_streams = _cut(other)
    return (
        skeleton == its_skeleton
        and len(streams) == len(its_streams)
        and all(map(_holds, its_streams, map(zlib.decompress, streams)))
    )


def _cut(pdf: bytes) -> tuple[bytes, list[bytes]]:
    """Return a PDF without its streams, its places counted as if they were empty, and the streams."""
    skeleton = bytearray()
    streams = []
    cuts: list[tuple[int, int]] = []
    at = 0
    while found := _STREAM.search(pdf, at):
        begin, end = found.end(), found.end() + int(found[1])
        skeleton += pdf[at : found.start(1)] + found[2]
        streams.append(pdf[begin:end])
        cuts += [found.span(1), (begin, end)]
        at = end

    def place(found: re.Match[bytes]) -> bytes:
        # Not blanked: a viewer would follow a wrong one to another object.
        number = int(found[1])
        return b"%010d" % (number - sum(min(number, end) - begin for begin, end in cuts if begin < number))

    tail = _START.sub(place, _ENTRY.sub(place, _ID.sub(b"", pdf[at:])))
    return bytes(skeleton) + tail, streams


def _holds(stream: bytes, content: bytes) -> bool:
    """Tell whether a stream inflates to a content, and nothing follows; no more than that is inflated."""
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(stream, len(content) + 1)
    except zlib.error:
        return False
    return inflated == content and inflater.eof and not inflater.unused_data
