#!/usr/bin/env python3
"""Writes zones.txt: datetimes of zoneinfo's zones, each with the instant that Python says it is.

Lines of milliseconds since 1970 and stored bytes in hexadecimal, with a tab between.
"""

import datetime
import os
import pickle
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
# Usual ones, half an hour, summer time of half an hour, winter time as the exception, a day left out, years with seconds.
ZONES = [
    'UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Europe/Dublin', 'Pacific/Apia',
    'America/St_Johns', 'Africa/Monrovia',
]
DAYS = [
    (1930, 1, 2), (1970, 1, 1), (1999, 12, 31), (2011, 12, 29), (2011, 12, 31), (2024, 3, 10), (2024, 3, 31), (2024, 4, 7),
    (2024, 10, 6), (2024, 10, 27), (2024, 11, 3), (2026, 7, 1), (2037, 6, 1),
]
TIMES = [(0, 30), (1, 45), (2, 15), (3, 0)]


def lines():
    for zone in ZONES:
        for day in DAYS:
            for time in TIMES:
                for fold in (0, 1):
                    value = datetime.datetime(*day, *time, 5, 678_901, tzinfo=zoneinfo.ZoneInfo(zone), fold=fold)
                    protocol = (day[2] + time[1]) % 4 + 2
                    stored = pickle.dumps(value, protocol)
                    # Before protocol 4, fold is not stored.
                    instant = (pickle.loads(stored).astimezone(UTC) - EPOCH) // datetime.timedelta(milliseconds=1)
                    yield '%d\t%s\n' % (instant, (b'!' + stored).hex())


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'zones.txt'), 'w') as out:
    out.writelines(lines())
