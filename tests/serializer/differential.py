"""Python's half of the differential test: makes random values, and reads and writes as cachelib does.

Lines on stdin: `make SEED` answers a random value's stored bytes in hex and its notation; `read HEX` answers the notation of what
these bytes hold and what cachelib stores for it.
"""

import collections
import datetime
import decimal
import os
import random
import re
import sys
import uuid

from cachelib.serializers import RedisSerializer

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'vectors'))
from notation import notation  # noqa: E402

SERIALIZER = RedisSerializer()
ALPHABET = ['a', 'Z', '0', ' ', '"', '\\', '\n', '\0', '\x7f', '\xe9', '\u20ac', '\U0001f600', '\ud800', '\udc00', '\u2028']


def main():
    for line in sys.stdin:
        command, argument = line.split()
        if command == 'make':
            value = RandomValues(random.Random(int(argument))).value(0)
            answer = SERIALIZER.dumps(value).hex(), notation(value)
        else:
            value = SERIALIZER.loads(bytes.fromhex(argument))
            answer = notation(value), SERIALIZER.dumps(value).hex()
        print(*answer, flush=True)


class RandomValues:
    """Random values, of all that the value table has."""

    def __init__(self, rng):
        self.rng = rng
        self.shared = []

    def value(self, depth):
        rng = self.rng
        if self.shared and rng.random() < 0.03:
            return rng.choice(self.shared)
        if depth > 5 or rng.random() < 0.5:
            return self.hashable()
        value = rng.choice(
            [self.list, self.dict, self.odd_dict, self.set, self.tuple, self.ordered, self.default, self.deque, self.bytearray]
        )(depth)
        self.shared.append(value)
        return value

    def hashable(self):
        return self.rng.choice(
            [self.int, self.int, self.float, self.text, self.text, self.bytes, self.constant, self.moment, self.rare]
        )()

    def count(self):
        return min(int(self.rng.expovariate(0.3)), 40) if self.rng.random() < 0.999 else 1100

    def list(self, depth):
        return [self.value(depth + 1) for _ in range(self.count())]

    def tuple(self, depth):
        return tuple(self.list(depth))

    def deque(self, depth):
        return collections.deque(self.list(depth))

    def dict(self, depth):
        return {self.text(): self.value(depth + 1) for _ in range(self.count())}

    def ordered(self, depth):
        return collections.OrderedDict(self.dict(depth))

    def default(self, depth):
        return collections.defaultdict(list, self.dict(depth))

    def odd_dict(self, depth):
        # A datetime is an object in JavaScript: as keys, equal ones are two.
        keys = [self.rng.choice([self.int, self.text, self.constant, self.key])() for _ in range(self.count())]
        return {key: self.value(depth + 1) for key in keys if key not in (True, False, 0, 1) or key is True}

    def key(self, depth=0):
        items = [self.rng.choice([self.int, self.text, self.bytes])() for _ in range(self.rng.randrange(5))]
        if depth < 3 and self.rng.random() < 0.3:
            items.append(self.key(depth + 1))
        return self.rng.choice([tuple, tuple, frozenset])(items)

    def set(self, _depth):
        return {self.rng.choice([self.int, self.text, self.key])() for _ in range(self.count())}

    def int(self):
        bits = self.rng.choice([3, 8, 16, 31, 32, 33, 53, 54, 63, 64, 65, 200, 2040])
        return self.rng.choice([1, -1]) * (self.rng.getrandbits(bits) + self.rng.choice([0, 0, 1 << (bits - 1)]))

    def float(self):
        rng = self.rng
        return rng.choice(
            [
                lambda: rng.random(),
                lambda: round(rng.uniform(-1e6, 1e6), rng.randrange(6)),
                lambda: rng.uniform(-1, 1) * 10.0 ** rng.randrange(-320, 308),
                lambda: float(rng.getrandbits(60)),
                lambda: rng.choice([0.0, -0.0, float('inf'), float('-inf'), float('nan'), 5e-324, 1.7976931348623157e308]),
            ]
        )()

    def text(self):
        if self.rng.random() < 0.02:
            return self.rng.choice(ALPHABET) * self.rng.choice([85, 86, 255, 256, 300, 70000])
        # Both halves of a pair in a row are one character in JavaScript.
        return re.sub('\ud800+\udc00', '\udc00', ''.join(self.rng.choices(ALPHABET, k=self.count())))

    def bytes(self):
        return self.rng.randbytes(self.count())

    def bytearray(self, _depth):
        return bytearray(self.bytes())

    def constant(self):
        return self.rng.choice([None, True, False])

    def moment(self):
        zone = self.rng.choice([None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(minutes=self.rng.randrange(-1439, 1440)))])
        seconds = self.rng.randrange(-62135500000, 253402200000)
        micros = self.rng.choice([0, 1, 999999, self.rng.randrange(10**6)])
        return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds, microseconds=micros) if zone is None else (
            datetime.datetime(1970, 1, 1, tzinfo=zone) + datetime.timedelta(seconds=seconds, microseconds=micros)
        )

    def rare(self):
        rng = self.rng
        return rng.choice(
            [
                lambda: datetime.date.fromordinal(rng.randrange(1, 3652060)),
                lambda: datetime.time(rng.randrange(24), rng.randrange(60), rng.randrange(60), rng.choice([0, rng.randrange(10**6)])),
                lambda: datetime.timedelta(rng.randrange(-(10**6), 10**6), rng.randrange(86400), rng.randrange(10**6)),
                lambda: decimal.Decimal(rng.randrange(-(10**20), 10**20)).scaleb(rng.randrange(-30, 30)),
                lambda: uuid.UUID(int=rng.getrandbits(128)),
                lambda: frozenset(self.int() for _ in range(3)),
            ]
        )()


main()
