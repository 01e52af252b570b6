"""Writes classes.txt: what pickle makes of NumPy's and pandas's objects. Needs numpy and pandas.

    python -m pip install numpy pandas && python tests/vectors/make_classes.py

Lines of name, protocol, stored bytes in hex, and what `numpyClasses` makes of it as JSON: {"date": milliseconds}, {"bytes": hex} and
{"int": digits} for what JSON has not.
"""

import datetime
import io
import json
import os
import pickle

import numpy as np
import pandas as pd

HERE = os.path.dirname(os.path.abspath(__file__))
MOMENT = 1704164645678
TEXT = '2024-01-02T03:04:05.678'
PLUS_TWO = datetime.timezone(datetime.timedelta(hours=2))

VALUES = [
    ('float64', np.float64(1.5), 1.5),
    ('float32', np.float32(0.5), 0.5),
    ('int64', np.int64(-5), -5),
    ('an int64 beyond 2^53', np.int64(2**60), {'int': str(2**60)}),
    ('uint64', np.uint64(2**64 - 1), {'int': str(2**64 - 1)}),
    ('int32, int16, int8', [np.int32(-(2**31)), np.int16(-300), np.int8(-1)], [-(2**31), -300, -1]),
    ('uint32, uint16, uint8', [np.uint32(2**32 - 1), np.uint16(65535), np.uint8(255)], [2**32 - 1, 65535, 255]),
    ('bool', [np.bool_(True), np.bool_(False)], [True, False]),
    ('str', np.str_('a\u20ac\U0001f600'), 'a\u20ac\U0001f600'),
    ('bytes', np.bytes_(b'ab'), {'bytes': '6162'}),
    ('datetime64', [np.datetime64(TEXT, unit) for unit in ('ms', 'us', 'ns')], [{'date': MOMENT}] * 3),
    ('datetime64 of whole units', [np.datetime64('1969-12-31', unit) for unit in ('D', 'h', 'm', 's')], [{'date': -86400000}] * 4),
    ('datetime64 before 1970', np.datetime64(-1, 'us'), {'date': -1}),
    ('not a time', [np.datetime64('NaT', 'ms'), np.timedelta64('NaT', 's')], [None, None]),
    ('timedelta64', [np.timedelta64(90, 'm'), np.timedelta64(-1500, 'us')], [5400, -0.0015]),
    ('array', np.array([1.5, 2]), [1.5, 2]),
    ('array of two dimensions', np.array([[1, 2, 3], [4, 5, 6]], dtype='i4'), [[1, 2, 3], [4, 5, 6]]),
    ('transposed array', np.array([[1, 2, 3], [4, 5, 6]], dtype='i4').T, [[1, 4], [2, 5], [3, 6]]),
    ('big-endian array', np.array([1, 258], dtype='>i2'), [1, 258]),
    ('array of objects', np.array(['a', None, 2], dtype=object), ['a', None, 2]),
    ('array of texts', np.array(['a', 'bcd']), ['a', 'bcd']),
    ('empty array', np.zeros((0, 3)), []),
    ('scalars in a dict', {'mean': np.float64(0.5), 'n': np.int64(3)}, {'mean': 0.5, 'n': 3}),
    ('Timestamp', pd.Timestamp(TEXT), {'date': MOMENT}),
    ('Timestamp in ns', pd.Timestamp(MOMENT * 10**6, unit='ns'), {'date': MOMENT}),
    ('Timestamp of a zone', pd.Timestamp('2024-01-02 00:00', tz='Europe/Berlin'), {'date': 1704150000000}),
    ('Timestamp of an offset', pd.Timestamp('2024-01-02 00:00', tz=PLUS_TWO), {'date': 1704146400000}),
    ('Timestamp in UTC', pd.Timestamp('2024-01-02 00:00', tz='UTC'), {'date': 1704153600000}),
    ('Timedelta', pd.Timedelta('1 days 2.5 s'), 86402.5),
    ('NaT', pd.NaT, None),
    ('NA', [pd.NA] * 200, [None] * 200),
]

with io.open(os.path.join(HERE, 'classes.txt'), 'w', newline='\n', encoding='ascii') as out:
    for name, value, expected in VALUES:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            stored = b'!' + pickle.dumps(value, protocol)
            out.write('\t'.join([name, str(protocol), stored.hex(), json.dumps(expected)]) + '\n')
