#!/usr/bin/env python3
"""Fills fuzz/corpus/loads with the small vectors, a file for each kind of value, protocol and pickler, and writes pickle.dict."""

import binascii
import hashlib
import os

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, '..', 'tests', 'vectors')
CORPUS = os.path.join(HERE, 'corpus', 'loads')
LONGEST = 600
WORDS = ['datetime', 'date', 'time', 'timedelta', 'timezone', 'decimal', 'Decimal', 'uuid', 'UUID', 'int', 'is_safe', 'SafeUUID']
WORDS += ['collections', 'OrderedDict', 'Counter', 'defaultdict', 'deque', 'builtins', '__builtin__', 'set', 'frozenset', 'bytes']
WORDS += ['bytearray', 'list', 'dict', 'object', '_codecs', 'encode', 'latin1', 'copyreg', 'copy_reg', '_reconstructor']

os.makedirs(CORPUS, exist_ok=True)
for name in ('python-2.7.txt', 'python-3.11.txt', 'refused.txt'):
    with open(os.path.join(VECTORS, name)) as lines:
        for line in lines:
            fields = line.rstrip('\n').split('\t')
            stored = binascii.unhexlify(fields[2] if name == 'refused.txt' else fields[4])
            if stored[:1] == b'!' and len(stored) <= LONGEST:
                digest = hashlib.sha1(stored[1:]).hexdigest()[:16]
                with open(os.path.join(CORPUS, digest), 'wb') as out:
                    out.write(stored[1:])

with open(os.path.join(HERE, 'pickle.dict'), 'w') as out:
    for word in WORDS:
        out.write('"%s"\n"\\x8c\\x%02x%s"\n' % (word, len(word), word))
