#!/usr/bin/env python
# -*- coding: ascii -*-
"""Makes the vectors in this folder from the Python that runs it (2.7, or 3.6 and later).

    python3 tests/vectors/make.py            # writes python-<version>.txt; Python 3.11 writes the other files too

read by tests/serializer_vectors.rs and tests/serializer/vectors.test.js. The files are lines of fields with tabs between:

python-<version>.txt
    name, protocol, pickler (c or python), flags, stored bytes in hex, notation
    What `pickle` writes for a value of the value table, after cachelib's `!`. Flags: r where writing the Rust value that was
    read gives the same bytes, j where writing the JavaScript value does (else -).
refused.txt
    name, class or reason, stored bytes in hex
    What has no value here: `Class` and the class's name, or a reason's name.
ints.txt
    stored bytes in hex, notation
    What cachelib reads from bytes that are no pickle: Python's int(), else the bytes.
large.txt
    generator, count, length, FNV-1a hash (64 bits) of the stored bytes
    Values too large for a file: the tests have the same generators.

The notation of values is told in notation.py.
"""
from __future__ import print_function, unicode_literals

import collections
import datetime
import decimal
import io
import os
import pickle
import sys
import uuid

from notation import hexed, notation

PYTHON_2 = sys.version_info[0] == 2
HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = '%d.%d' % sys.version_info[:2]
if PYTHON_2:
    import cPickle


# ---- Values

SURROGATES = [] if PYTHON_2 else [('lone surrogates', 'a\ud800b\udfff', 'j')]
UNICODE = 'ASCII \x00\x1f\x7f"\\/ Latin-1 \x80\xff two \u07ff three \u0800\ufeff\uffff\u2028 four \U00010000\U0001f600\U0010ffff'


def values():
    """Name, value, and whether writing it again gives the same bytes: in Rust (r), in JavaScript (j)."""
    yield from_table()
    yield numbers()
    yield texts()
    yield containers()
    yield dates()
    if not PYTHON_2:
        yield zones()
    yield classes()


def from_table():
    return [
        ('None', None, 'rj'),
        ('True', True, 'rj'),
        ('False', False, 'rj'),
    ]


def numbers():
    edges = [0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64, 2**70]
    edges += [2**2039 - 1, 2**2039, 2**2040]
    signed = edges + [-edge for edge in edges] + [-129, -32769, -(2**31) - 1, -(2**63) - 1]
    floats = [0.5, 3.14, -2.5e-300, 1e300, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3.0, 123456789.12345679, 1e-5, 9.9e-6, 1e21]
    floats += [float(2**53), 1e17, 99999999999999990.0, 0.30000000000000004]
    whole = [0.0, 1.0, -5.0, 1e15, 2.0**53 - 1]
    return [
        ('ints', signed, 'rj'),
        ('an int, as cachelib 0.4 to 0.15 stored it', 12345, '-'),
        ('an int of 4000 digits', [10**3999 + 7], 'rj'),
        ('floats', floats, 'rj'),
        ('whole floats', whole, 'r'),
        ('minus zero', [-0.0], 'rj'),
        ('infinities', [float('inf'), float('-inf')], 'rj'),
        ('NaN', [float('nan')], 'rj'),
    ]


def texts():
    return SURROGATES + [
        ('empty text', '', 'rj'),
        ('text', 'foo', 'rj'),
        ('text of every plane', UNICODE, 'rj'),
        ('text of 255 bytes', 'x' * 255, 'rj'),
        ('text of 256 bytes', '\xe9' * 128, 'rj'),
        ('text of 85 characters, 255 bytes', '\u20ac' * 85, 'rj'),
        ('text of control characters', ''.join(map(chr, range(32))) if not PYTHON_2 else '\x01\x02', 'rj'),
        ('what looks like a marker', ['\x00b', 0, 1], 'rj'),
        ('empty bytes', b'', 'rj'),
        ('bytes', b'bytes', 'rj'),
        ('every byte', bytes(bytearray(range(256))), 'rj'),
        ('bytearray', bytearray(b'\x00\xffab'), '-'),
        ('empty bytearray', bytearray(), '-'),
    ]


def containers():
    shared = ['shared']
    shared_key = (1, ('two', 3))
    keys = {None: 0, True: 1, 2: 3, -(2**80): 4, 2.5: 5, 'six': 6, b'seven': 7, (8, 'nine'): 10, frozenset([11]): 12, (): 13}
    nested = []
    for _ in range(200):
        nested = [nested]
    return [
        ('empty list', [], 'rj'),
        ('list of one', [1], 'rj'),
        ('list', [1, 2], 'rj'),
        ('list of lists', [[], [[]], [[], []]], 'rj'),
        ('list, 200 levels deep', nested, 'rj'),
        ('tuples', [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], 'r'),
        ('empty dict', {}, 'rj'),
        ('dict of one', {'a': 1}, 'rj'),
        ('dict', collections.OrderedDict([('a', 1), ('b', [None, 'c']), ('d', {'e': 2.5})]) if PYTHON_2 else {'a': 1, 'b': [None, 'c'], 'd': {'e': 2.5}}, 'rj' if not PYTHON_2 else '-'),
        ('dict with keys of every kind', keys, 'rj'),
        ('dict with tuples as keys', {(): 0, (1,): 1, (2, b'x'): 2, (3, 'y', None): 3, (4, 5.5, True, ((), (6,))): 4}, 'rj'),
        ('dict with a tuple of 1001 as key', {tuple(range(1001)): None}, 'rj'),
        ('sets as keys and members', {frozenset([256]): set([frozenset(), (7, frozenset([8]))])}, 'rj'),
        ('tuple that is two keys', [{shared_key: 1}, {shared_key: 2}], 'j'),
        ('dict with an int key', {256: 'truffle'}, 'rj'),
        ('ordinary keys that are special in JavaScript', {'__proto__': {'a': 1}, 'constructor': 2, 'toString': None, 'length': 3}, 'rj'),
        ('empty set', set(), 'rj'),
        ('set of one', set(['a']), 'rj'),
        ('set', set([1, 2]), 'rj'),
        ('frozenset', frozenset([1, 'b']), 'r'),
        ('empty frozenset', frozenset(), 'r'),
        ('list of 1001', [None] * 1001, 'rj'),
        ('dict of 1001', dict((number, None) for number in range(1001)), 'rj'),
        ('set of 1001', set(range(1001)), 'rj'),
        ('shared list', [shared, {'a': shared}, (shared,)], '-'),
        ('shared text', [UNICODE * 3] * 3, '-'),
    ]


def dates():
    moments = [(1970, 1, 1), (2024, 2, 29, 23, 59, 59, 999999), (1, 1, 1), (9999, 12, 31, 23, 59, 59, 999999), (1969, 12, 31, 23, 59, 59, 1)]
    delta = datetime.timedelta
    return [
        ('naive datetimes', [datetime.datetime(*moment) for moment in moments], '-'),
        ('dates', [datetime.date(1, 1, 1), datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)], '-'),
        ('times', [datetime.time(0), datetime.time(23, 59, 58), datetime.time(1, 2, 3, 4)], '-'),
        ('timedeltas', [delta(0), delta(1, 2, 3), delta(microseconds=-1), delta(-1), delta.max, delta.min, delta(0, 0, 500000)], '-'),
    ]


def zones():
    utc, zone, delta = datetime.timezone.utc, datetime.timezone, datetime.timedelta
    offsets = [delta(0, 7200), delta(0, -19800), delta(0, 86340), delta(0, -86340)]
    if sys.version_info >= (3, 7):
        offsets += [delta(0, -7, -3), delta(0, 86399, 999999)]
    named = zone(delta(0, 3600), 'CET')
    aware = [datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=zone(offset)) for offset in offsets]
    edges = [datetime.datetime(1, 1, 1, tzinfo=zone(delta(0, 3600))), datetime.datetime(9999, 12, 31, 23, 59, tzinfo=zone(-delta(0, 3600)))]
    fold = datetime.datetime(2024, 10, 27, 2, 30, fold=1)
    return [
        ('aware datetime', datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=utc), 'rj'),
        ('aware datetime with microseconds', datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=utc), 'r'),
        ('two aware datetimes', [datetime.datetime(year, 1, 2, tzinfo=utc) for year in (1, 9999)], 'rj'),
        ('datetimes of other zones', aware + edges, '-'),
        ('datetime of a named zone', datetime.datetime(2024, 1, 1, tzinfo=named), '-'),
        ('fold', [fold, datetime.time(2, 30, fold=1)], '-'),
        ('aware times', [datetime.time(1, 2, 3, tzinfo=zone(offset)) for offset in offsets], '-'),
    ]


def classes():
    D = decimal.Decimal
    ordered = collections.OrderedDict([('z', 1), ('a', 2)])
    default = collections.defaultdict(list)
    default['a'].append(1)
    return [
        ('Decimals', [D('0'), D('1.50'), D('-1E+30'), D('1E-7'), D('NaN'), D('sNaN123'), D('-Infinity'), D('0.1') + 10**20], '-'),
        ('UUIDs', [uuid.UUID(int=number) for number in (0, 1, 2**63, 2**64, 2**127, 2**128 - 1)], '-'),
        ('UUID of a kind', uuid.UUID('12345678-1234-5678-1234-567812345678'), '-'),
        ('OrderedDict', ordered, '-'),
        ('empty OrderedDict', collections.OrderedDict(), '-'),
        ('OrderedDict with odd keys', collections.OrderedDict([(1, 2), ('a', 3)]), '-'),
        ('defaultdict', default, '-'),
        ('defaultdict without a factory', collections.defaultdict(None, {'a': 1}), '-'),
        ('Counter', collections.Counter('abca') if not PYTHON_2 else collections.Counter(['a', 'b', 'a']), '-'),
        ('deque', collections.deque([1, 'two', [3]]), '-'),
        ('bounded deque', collections.deque([1, 2], 5), '-'),
        ('empty deque', collections.deque(), '-'),
    ]


# ---- Picklers

# Python 3 cannot read these either: their state is a str of bytes beyond ASCII.
UNREADABLE_FROM_PYTHON_2 = ('naive datetimes', 'dates', 'times')


def picklers():
    if PYTHON_2:
        return [('c', cPickle.dumps), ('python', pickle.dumps)]

    def pure(value, protocol):
        out = io.BytesIO()
        pickle._Pickler(out, protocol).dump(value)
        return out.getvalue()

    return [('c', pickle.dumps), ('python', pure)]


def write_lines(name, lines):
    with io.open(os.path.join(HERE, name), 'w', encoding='ascii', newline='\n') as out:
        for line in lines:
            out.write('\t'.join(line) + '\n')
    print('%s: %d lines' % (name, len(lines)))


def pickled():
    lines = []
    for group in values():
        for name, value, flags in group:
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                for kind, dumps in picklers():
                    if PYTHON_2 and (has_bytes(value) or name in UNREADABLE_FROM_PYTHON_2):
                        continue
                    if ' of 1001' in name and kind == 'python':
                        continue
                    stored = b'!' + dumps(value, protocol)
                    exact = flags if (protocol, kind) == (5, 'c') else '-'
                    lines.append((name, str(protocol), kind, exact, hexed(stored), notation(value)))
    return lines


def has_bytes(value):
    """Python 2's str: it is read as text when it is ASCII, and refused otherwise."""
    if isinstance(value, (bytes, bytearray)):
        return True
    if isinstance(value, dict):
        return any(has_bytes(key) or has_bytes(item) for key, item in value.items())
    return isinstance(value, (list, tuple)) and any(map(has_bytes, value))


# ---- What has no value


def refused():
    import enum
    import fractions
    import http
    import pathlib
    import zoneinfo

    Point = collections.namedtuple('Point', 'x y')
    Plain = type('Plain', (), {})
    Plain.__module__ = Point.__module__ = 'app.models'
    Colour = enum.Enum('Colour', 'RED', module='app.models')
    IntSub = type('IntSub', (int,), {'__module__': 'app.models'})
    fake = type(sys)('app.models')
    for kind in (Point, Plain, Colour, IntSub):
        setattr(fake, kind.__name__, kind)
    sys.modules['app'] = type(sys)('app')
    sys.modules['app.models'] = fake
    plain = Plain()
    plain.name = 'x'
    cycle = []
    cycle.append(cycle)
    through = {}
    through['a'] = [({'b': through},)]
    lines = []
    for name, value, why in [
        ('object', plain, 'Class app.models.Plain'),
        ('namedtuple', Point(1, 2), 'Class app.models.Point'),
        ('enum', Colour.RED, 'Class app.models.Colour'),
        ('int subclass', IntSub(5), 'Class app.models.IntSub'),
        ('HTTPStatus', http.HTTPStatus.OK, 'Class http.HTTPStatus'),
        ('Fraction', fractions.Fraction(1, 3), 'Class fractions.Fraction'),
        ('complex', 1j, 'Class builtins.complex'),
        ('range', range(3), 'Class builtins.range'),
        ('a class itself', dict, 'Class builtins.dict'),
        ('a function', len, 'Class builtins.len'),
        ('a zone itself', datetime.timezone.utc, 'Class datetime.timezone'),
        ('path', pathlib.PurePosixPath('/a'), 'Class pathlib.PurePosixPath'),
        ('exception', ValueError('x'), 'Class builtins.ValueError'),
        ('cycle', cycle, 'Cycle'),
        ('cycle through a tuple', through, 'Cycle'),
    ]:
        for protocol in range(6):
            if (name, protocol < 2) == ('a zone itself', True):
                continue
            why_old = why.replace('builtins.', '__builtin__.') if protocol < 3 else why
            why_old = {'Class __builtin__.range': 'Class __builtin__.xrange', 'Class __builtin__.dict': 'Class builtins.dict'}.get(why_old, why_old)
            if name == 'exception' and protocol < 3:
                why_old = 'Class exceptions.ValueError'
            lines.append((name, why_old, hexed(b'!' + pickle.dumps(value, protocol))))
    return lines + hostile()


def hostile():
    """Pickles that no pickler writes."""
    p = b'\x80\x04'
    return [
        (name, why, hexed(b'!' + stored))
        for name, why, stored in [
            ('nothing', 'Truncated', b''),
            ('only STOP', 'Stack', b'.'),
            ('an unknown opcode', 'Opcode', p + b'\xff.'),
            ('protocol 6', 'Protocol', b'\x80\x06N.'),
            ('persistent id', 'Opcode', b'Pabc\n.'),
            ('extension code', 'Opcode', p + b'\x82\x01.'),
            ('out-of-band buffer', 'Opcode', b'\x80\x05\x97.'),
            ('os.system', 'Class os.system', b"cos\nsystem\n(S'true'\ntR."),
            ('posix.system, protocol 4', 'Class posix.system', p + b'\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.'),
            ('builtins.eval', 'Class builtins.eval', p + b'\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.'),
            ('a class by INST', 'Class os.system', b'(ios\nsystem\n.'),
            ('a bomb of tuples', 'Depth', p + b'K\x01' + b'2\x86' * 1001 + b'.'),
            ('lists, 1001 deep', 'Depth', p + b']' * 1001 + b'a' * 1000 + b'.'),
            ('a string of 4 GB', 'Truncated', p + b'X\xff\xff\xff\xffabc.'),
            ('a string of 16 EB', 'Truncated', p + b'\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.'),
            ('bytes of 16 EB', 'Truncated', p + b'\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.'),
            ('an int of 2 GB', 'Truncated', p + b'\x8b\xff\xff\xff\x7fabc.'),
            ('an int of negative length', 'Truncated', p + b'\x8b\xff\xff\xff\xffabc.'),
            ('a frame beyond the end', 'Truncated', p + b'\x95\xff\x00\x00\x00\x00\x00\x00\x00N.'),
            ('APPEND to nothing', 'Stack', p + b'Na.'),
            ('APPEND to None', 'Argument', p + b'NNa.'),
            ('APPENDS without a mark', 'Stack', p + b']N' + b'e.'),
            ('SETITEMS of an odd number', 'Stack', p + b'}(Nu.'),
            ('POP below the mark', 'Stack', p + b'N(0' + b'00.'),
            ('STOP above a mark', 'Stack', p + b'N(.'),
            ('an empty memo', 'Memo', p + b'h\x00.'),
            ('a memo index of 4 billion', 'Memo', p + b'Nr\xff\xff\xff\xff.'),
            ('text that is no UTF-8', 'Text', p + b'\x8c\x01\xff.'),
            ('an overlong text', 'Text', p + b'\x8c\x02\xc0\x80.'),
            ('a Python 2 text beyond ASCII', 'Text', p + b'U\x01\xe9.'),
            ('February 30', 'Argument', p + b'\x8c\x08datetime\x8c\x04date\x93C\x04\x07\xe8\x02\x1e\x85R.'),
            ('hour 24', 'Argument', p + b'\x8c\x08datetime\x8c\x04time\x93C\x06\x18\x00\x00\x00\x00\x00\x85R.'),
            ('a Decimal that is none', 'Argument', p + b'\x8c\x07decimal\x8c\x07Decimal\x93\x8c\x041..2\x85R.'),
            ('a UUID without its state', 'Class uuid.UUID', p + b'\x8c\x04uuid\x8c\x04UUID\x93)\x81.'),
            ('a UUID of 129 bits', 'Argument', p + b'\x8c\x04uuid\x8c\x04UUID\x93)\x81}\x8c\x03int\x8a\x11' + b'\x00' * 16 + b'\x01sb.'),
            ('an int that is none', 'Number', b'I1x\n.'),
            ('a float that is none', 'Number', b'F1x\n.'),
        ]
    ]


# ---- Ints, and large values


def ints():
    texts = b'0,-0,+0,1,-5,+3, 7 ,\t\n\x0b\x0c\r8\r\n,1_000,1_0_0,0_7,007,-0012,9007199254740991,9007199254740992,-9007199254740992'
    texts += b',9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,1__0,_1,1_,+,-,+-1,- 1,1 2,1.5,1e5'
    texts += b',0x10,0b1,0o7,abc,1\x00,\x001,\x1f1,\x851,\xc2\xa01,\xd9\xa1,\xef\xbc\x91,_, ,1L,True,None,nan,inf,12a,1,--1,++1,1-'
    cases = texts.split(b',') + [b'', b',', b'9' * 4000, b'-' + b'7' * 4300, b'9' * 4301, b'0' * 4300, b'0' * 4301, b'1_' * 2149 + b'1']
    return [(hexed(stored), notation(read_int(stored))) for stored in cases]


def read_int(stored):
    try:
        return int(stored)
    except ValueError:
        return stored


def large():
    generators = [
        ('text', lambda count: 'x' * count, [65534, 65535, 65536, 65537, 5000000]),
        ('bytes', lambda count: b'x' * count, [65535, 65536, 5000000]),
        ('ints', lambda count: list(range(count)), [999, 1000, 1001, 2000, 2001, 10000, 100000]),
        ('dict', lambda count: {number: number % 7 for number in range(count)}, [999, 1000, 1001, 2000, 2001]),
        ('set', lambda count: set(range(count)), [1, 999, 1000, 1001, 2000, 2001]),
        ('texts', lambda count: ['text %d' % number for number in range(count)], [3000, 4637, 100000]),
        ('padded', lambda count: ['x' * count, 1, ['y'], {'z': 2}], list(range(65490, 65540))),
        ('pads', lambda count: ['x' * 40000, 'y' * count, None, 'z', [], {}], list(range(25480, 25540, 3))),
        ('outside', lambda count: ['x' * count, b'y' * count, 'z', b'x' * count], [65535, 65536, 70000]),
        ('power', lambda count: [2**count, -(2**count)], [2039, 2040, 13000, 100000]),
    ]
    lines = []
    for name, generate, counts in generators:
        for count in counts:
            stored = b'!' + pickle.dumps(generate(count), 5)
            lines.append((name, str(count), str(len(stored)), '%016x' % fnv(stored)))
    return lines


def fnv(data):
    digest = 0xCBF29CE484222325
    for byte in bytearray(data):
        digest = ((digest ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return digest


write_lines('python-%s.txt' % VERSION, pickled())
if VERSION == '3.11':
    write_lines('refused.txt', refused())
    write_lines('ints.txt', ints())
    write_lines('large.txt', large())
