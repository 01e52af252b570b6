"""A serializer that compresses JSON: the Python half of ``examples/node/gzip-serializer.js``.

    class GzipRedisCache(cachelib.RedisCache):
        serializer = GzipSerializer()

Values of 1 KiB and more are stored as gzip, where that is smaller.
"""

import gzip
import json
import zlib
from typing import Any

MAGIC = b"\x1f\x8b\x08"
MIN_LENGTH = 1024
#: No value is larger when it is unpacked: a few bytes can stand for gigabytes.
MAX_LENGTH = 64 * 1024 * 1024


class GzipSerializer:
    def dumps(self, value: Any) -> bytes:
        stored = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        if len(stored) < MIN_LENGTH:
            return stored
        packed = gzip.compress(stored, mtime=0)
        return packed if len(packed) < len(stored) else stored

    def loads(self, value: bytes | None) -> Any:
        if value is None:
            return None
        return json.loads(unpack(value) if value.startswith(MAGIC) else value)


def unpack(packed: bytes) -> bytes:
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    value = reader.decompress(packed, MAX_LENGTH)
    if not reader.eof:
        raise ValueError("the value is cut, or larger than 64 MiB")
    return value
