# -*- coding: ascii -*-
"""The notation of values: the same text for the same value in Python, Rust and JavaScript.

null true false; an int in digits; f and the bits of a float in hex, but an int's digits where JavaScript sees no
difference (a whole number of at most 2^53 - 1, not -0); fnan; s and UTF-8 (surrogatepass) in hex; b and bytes in hex;
d and milliseconds since 1970; [item,item]; {key:value,key:value} for keys that are all str, else M{...};
S(item,item). Dicts and sets are sorted by their items' text, since JavaScript orders some keys anew.
"""
from __future__ import print_function, unicode_literals

import binascii
import collections
import datetime
import decimal
import struct
import sys
import uuid

PYTHON_2 = sys.version_info[0] == 2
if PYTHON_2:
    INTS, TEXT = (int, long), unicode  # noqa: F821
else:
    INTS, TEXT = (int,), str


def hexed(data):
    return binascii.hexlify(bytes(data)).decode('ascii')


def utf8(text):
    return text.encode('utf-8') if PYTHON_2 else text.encode('utf-8', 'surrogatepass')


def notation(value):
    if value is None:
        return 'null'
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, INTS):
        return '%d' % value
    if isinstance(value, float):
        return notation_of_float(value)
    if isinstance(value, TEXT):
        return 's' + hexed(utf8(value))
    if isinstance(value, (bytes, bytearray)):
        return 'b' + hexed(value)
    if isinstance(value, (list, tuple, collections.deque)):
        return '[' + ','.join(map(notation, value)) + ']'
    if isinstance(value, dict):
        items = sorted(notation(key) + ':' + notation(item) for key, item in value.items())
        odd = any(not isinstance(key, TEXT) for key in value)
        return ('M{' if odd else '{') + ','.join(items) + '}'
    if isinstance(value, (set, frozenset)):
        return 'S(' + ','.join(sorted(map(notation, value))) + ')'
    if isinstance(value, datetime.datetime):
        return 'd%d' % milliseconds(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return notation(TEXT(value.isoformat()))
    if isinstance(value, datetime.timedelta):
        return notation(value.total_seconds())
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return notation(TEXT(value))
    raise TypeError(type(value))


def notation_of_float(value):
    if value != value:
        return 'fnan'
    bits = struct.pack('>d', value)
    if value not in (float('inf'), float('-inf')) and value == int(value) and abs(value) <= 2**53 - 1:
        if bits != struct.pack('>d', -0.0):
            return '%d' % int(value)
    return 'f' + hexed(bits)


def milliseconds(moment):
    offset = moment.utcoffset() or datetime.timedelta(0)
    since = moment.replace(tzinfo=None) - datetime.datetime(1970, 1, 1) - offset
    micros = (since.days * 86400 + since.seconds) * 10**6 + since.microseconds
    return micros // 1000
