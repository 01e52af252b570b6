#!/usr/bin/env python3
"""Writes zones.txt: datetimes and times of zones by zoneinfo, pytz and dateutil, each with what Python says that it is.

Lines of milliseconds since 1970, or a time's isoformat(), and stored bytes in hexadecimal, with a tab between. Needs pytz and
python-dateutil.
"""

import datetime
import os
import pickle
import zoneinfo

import dateutil.tz
import pytz

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


# Those that have one offset all year, whatever the date.
FIXED = [
    pytz.utc, pytz.timezone('Etc/GMT+5'), pytz.FixedOffset(-90), pytz.FixedOffset(345), dateutil.tz.tzutc(),
    dateutil.tz.tzoffset('here', 3600), dateutil.tz.tzoffset(None, -12_345), zoneinfo.ZoneInfo('UTC'),
    zoneinfo.ZoneInfo('Etc/GMT-14'), zoneinfo.ZoneInfo('Etc/Zulu'), zoneinfo.ZoneInfo('GMT'),
]


def line(value, protocol):
    stored = pickle.dumps(value, protocol)
    # Before protocol 4, fold is not stored.
    value = pickle.loads(stored)
    if isinstance(value, datetime.time):
        expected = value.isoformat()
    else:
        expected = str((value.astimezone(UTC) - EPOCH) // datetime.timedelta(milliseconds=1))
    return '%s\t%s\n' % (expected, (b'!' + stored).hex())


def lines():
    for day in DAYS:
        for time in TIMES:
            for fold in (0, 1):
                protocol = (day[2] + time[1]) % 4 + 2
                value = datetime.datetime(*day, *time, 5, 678_901, fold=fold)
                for zone in ZONES:
                    yield line(value.replace(tzinfo=zoneinfo.ZoneInfo(zone)), protocol)
    for protocol in range(6):
        value = datetime.datetime(2026, 7, 1, 12, 30, 5, 678_901)
        for zone in FIXED:
            yield line(value.replace(tzinfo=zone), protocol)
            yield line(value.time().replace(tzinfo=zone), protocol)
        for zone in ZONES[1:]:
            for localized in (value, value.replace(month=1)):
                localized = pytz.timezone(zone).localize(localized)
                yield line(localized, protocol)
                yield line(localized.timetz(), protocol)
            yield line(value.time().replace(tzinfo=zoneinfo.ZoneInfo(zone)), protocol)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'zones.txt'), 'w') as out:
    out.writelines(lines())
