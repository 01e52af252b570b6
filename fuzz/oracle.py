"""What CPython makes of a pickle, compared with what we made of it: the other half of fuzz_targets/loads.rs.

Messages on stdin: a verdict (`=`: read, `!`: refused), then the pickle and the parts of our program (instructions, texts, units, floats,
bytes, new keys), each after its length. Answers on stdout: a complaint after its length, empty if all is well.
"""

import collections
import copyreg
import datetime
import decimal
import io
import math
import pickle
import re
import resource
import struct
import sys
import threading
import uuid
from _codecs import encode

EPOCH = datetime.datetime(1970, 1, 1)
UTC = datetime.timezone.utc
DECIMAL = re.compile(r'-?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|s?NaN\d*|Infinity)\Z', re.ASCII)
CHILDREN_LIMIT = 20_000


class Refused(Exception):
    pass


class Foreign(Exception):
    """CPython used a class outside of the value table. Where that is no part of the value, we read on without it."""


class Unknown:
    """A class outside of the value table."""

    def __init__(self, *_):
        raise Foreign


class DecimalText(str):
    """A Decimal, whose text is what we compare."""

    def __new__(cls, text='0'):
        if type(text) is not str or not DECIMAL.match(text):
            raise Refused('a Decimal')
        return super().__new__(cls, text)


def deque(items=(), maxlen=None):
    """Its greatest length is not kept."""
    return collections.deque(items)


def safe_uuid(_):
    return None


CLASSES = {
    ('datetime', 'datetime'): datetime.datetime,
    ('datetime', 'date'): datetime.date,
    ('datetime', 'time'): datetime.time,
    ('datetime', 'timedelta'): datetime.timedelta,
    ('datetime', 'timezone'): datetime.timezone,
    ('decimal', 'Decimal'): DecimalText,
    ('uuid', 'UUID'): uuid.UUID,
    ('uuid', 'SafeUUID'): safe_uuid,
    ('collections', 'OrderedDict'): collections.OrderedDict,
    ('collections', 'Counter'): collections.Counter,
    ('collections', 'defaultdict'): collections.defaultdict,
    ('collections', 'deque'): deque,
    ('builtins', 'set'): set,
    ('builtins', 'frozenset'): frozenset,
    ('builtins', 'bytes'): bytes,
    ('builtins', 'bytearray'): bytearray,
    ('builtins', 'list'): list,
    ('builtins', 'dict'): dict,
    ('builtins', 'object'): object,
    ('_codecs', 'encode'): encode,
    ('copyreg', '_reconstructor'): copyreg._reconstructor,
}


class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        module = {'__builtin__': 'builtins', 'copy_reg': 'copyreg'}.get(module, module)
        return CLASSES.get((module, name), Unknown)


# ---- Our value


class Milliseconds(int):
    pass


BIG_INT, NEGATIVE_BIG_INT, NUMBER, DATE, ZONED_DATE, SET, MAP, OBJECT = range(8)


class Program:
    """Runs a program, as js/serializer/decode.js does."""

    def __init__(self, instructions, text, units, floats, side, new_keys):
        self.instructions = iter(struct.unpack('<%dI' % (len(instructions) // 4), instructions))
        self.text = io.StringIO(text.decode('ascii'))
        self.units = io.BytesIO(units)
        self.floats = iter(struct.unpack('<%dd' % (len(floats) // 8), floats))
        self.side = io.BytesIO(side)
        self.keys = []
        keys = io.BytesIO(new_keys)
        while length := keys.read(1):
            self.keys.append(keys.read(length[0]).decode('ascii'))
        self.stack = []
        self.kept = []

    def run(self):
        for step in self.instructions:
            self.step(step & 15, step >> 4)
        (value,) = self.stack
        return value

    def step(self, operation, argument):
        push = self.stack.append
        match operation:
            case 0:
                push(self.text.read(argument))
            case 1:
                push(self.keys[argument])
            case 2:
                push(argument - (argument >> 27 << 28))
            case 3:
                push((None, True, False)[argument])
            case 4:
                push(next(self.floats))
            case 5:
                push(self.units.read(argument * 2).decode('utf-16-le', 'surrogatepass'))
            case 6:
                push([])
            case 7:
                push({})
            case 8:
                items = self.take(argument)
                if items:
                    self.stack[-1].extend(items)
            case 9:
                items = self.take(argument * 2)
                if items:
                    self.stack[-1].update(zip(items[::2], items[1::2]))
            case 10:
                push(self.side.read(next(self.instructions)))
            case 11:
                push(self.side.read(next(self.instructions)).decode())
            case 12:
                (number,) = struct.unpack('<i', struct.pack('<I', next(self.instructions)))
                push(number)
            case 13:
                push(self.kept[argument])
            case 14:
                push(special(argument & 15, self.take(argument >> 4)))
            case 15:
                self.kept.append(self.stack[-1])

    def take(self, count):
        start = len(self.stack) - count
        taken = self.stack[start:]
        del self.stack[start:]
        return taken


def special(kind, parts):
    if kind == BIG_INT:
        return int(parts[0], 0)
    if kind == NEGATIVE_BIG_INT:
        return -int(parts[0], 0)
    if kind == NUMBER:
        return float(parts[0])
    if kind == DATE:
        return Milliseconds(parts[0])
    if kind == SET:
        return set(map(hashable, parts))
    if kind == MAP:
        return {hashable(key): item for key, item in zip(parts[::2], parts[1::2])}
    if kind == OBJECT:
        return dict(zip(parts[::2], parts[1::2]))
    raise Refused('an object')


def hashable(value):
    """Tuples came as lists."""
    if isinstance(value, list):
        return tuple(map(hashable, value))
    return frozenset(value) if isinstance(value, set) else value


# ---- Comparison


def joined(value):
    """In JavaScript two halves of a surrogate pair are one character, however they were written."""
    return value.encode('utf-16-le', 'surrogatepass').decode('utf-16-le', 'surrogatepass')


def plain(value):
    """A text that is the same for the same value."""
    left = CHILDREN_LIMIT

    def text(value):
        nonlocal left
        left -= 1
        if left < 0:
            raise OverflowError
        if value is None or isinstance(value, bool):
            return repr(value)
        if isinstance(value, Milliseconds):
            return 'd%d' % value
        if isinstance(value, int):
            # Python's notation has a limit, hexadecimal has none.
            return hex(value)
        if isinstance(value, float):
            if value.is_integer() and abs(value) < 2**53 and (value or math.copysign(1, value) > 0):
                return hex(int(value))
            return value.hex()
        if isinstance(value, str):
            return ascii(joined(value))
        if isinstance(value, (bytes, bytearray)):
            return repr(bytes(value))
        if isinstance(value, (list, tuple, collections.deque)):
            return '[%s]' % ','.join(map(text, value))
        if isinstance(value, dict):
            # JavaScript has one NaN, Python as many as there are objects: by their texts they are one on both sides.
            items = {text(key): text(item) for key, item in value.items()}
            return '{%s}' % ','.join(key + ':' + item for key, item in items.items())
        if isinstance(value, (set, frozenset)):
            return '<%s>' % ','.join(sorted(set(map(text, value))))
        if isinstance(value, datetime.datetime):
            offset = value.utcoffset() or datetime.timedelta(0)
            since = value.replace(tzinfo=None) - EPOCH - offset
            return 'd%d' % (((since.days * 86400 + since.seconds) * 10**6 + since.microseconds) // 1000)
        if isinstance(value, (datetime.date, datetime.time)):
            return ascii(value.isoformat())
        if isinstance(value, datetime.timedelta):
            return text(value.total_seconds())
        if isinstance(value, uuid.UUID):
            return ascii(str(value))
        if isinstance(value, decimal.Decimal):
            # We have the text that it was made of.
            raise Foreign
        raise Refused('an object')

    return text(value)


def judge(verdict, stored, *program):
    complaint = compare(verdict, lambda: Restricted(io.BytesIO(stored)).load(), program)
    # A line that begins in a frame and ends behind it loses its beginning where CPython reads from a file. cachelib does not:
    # so `loads` has the last word, which has no classes of our own, but the audit hook.
    return complaint and compare(verdict, lambda: pickle.loads(stored), program)


def refuse_other_classes(event, arguments):
    if event == 'pickle.find_class':
        module = {'__builtin__': 'builtins', 'copy_reg': 'copyreg'}.get(arguments[0], arguments[0])
        if (module, arguments[1]) not in CLASSES:
            raise Foreign


def compare(verdict, load, program):
    try:
        theirs = plain(load())
    except (Foreign, MemoryError, OverflowError, RecursionError):
        return ''
    except ModuleNotFoundError:
        # CPython knows Python 2's names of modules up to protocol 2 alone, we always.
        return ''
    except Exception as error:
        # In JavaScript any value may be a key, a UUID without its state too.
        is_key = str(error).startswith(('unhashable type', "'UUID' object has no attribute"))
        return '' if is_key or verdict == b'!' else 'we read what CPython refuses: %r' % error
    if verdict == b'!':
        return 'we refuse what CPython reads: %.300s' % theirs
    try:
        mine = plain(Program(*program).run())
    except (OverflowError, RecursionError):
        return ''
    except Exception as error:
        return 'ours is no value of Python: %r\ntheirs: %.300s' % (error, theirs)
    return '' if mine == theirs else 'ours: %.300s\ntheirs: %.300s' % (mine, theirs)


def main():
    # Frames and memo indexes of gigabytes are MemoryErrors.
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    sys.setrecursionlimit(20_000)
    sys.addaudithook(refuse_other_classes)
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while verdict := source.read(1):
        parts = [source.read(struct.unpack('<I', source.read(4))[0]) for _ in range(7)]
        answer = judge(verdict, *parts).encode()
        answers.write(struct.pack('<I', len(answer)) + answer)
        answers.flush()


threading.stack_size(512 << 20)
worker = threading.Thread(target=main)
worker.start()
worker.join()
