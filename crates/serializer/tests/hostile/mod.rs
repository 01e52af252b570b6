//! Pickles that try to cause more work than their length allows: each names one thing again and again, at a few bytes each time.

/// A name, and the pickle (without `!`) of about so many bytes.
pub(crate) type Hostile = (&'static str, fn(usize) -> Vec<u8>);

pub(crate) const HOSTILE: &[Hostile] = &[
    ("an int of digits becomes many UUIDs", |length| {
        let number = [&b"\x80\x02cuuid\nUUID\nq\x01(X\x03\0\0\0intq\x02L"[..], &[b'9'; 38], b"L\nq\x03"].concat();
        fill(number, b"h\x01)\x81}h\x02h\x03sb", b"l.", length)
    }),
    ("a text is encoded many times", |length| {
        fill(text_and_function(b"c_codecs\nencode\n", b"x", length), b"h\x01h\x02h\x03\x86R", b"l.", length)
    }),
    ("a text of Latin-1 is encoded many times", |length| {
        fill(text_and_function(b"c_codecs\nencode\n", "é".as_bytes(), length), b"h\x01h\x02h\x03\x86R", b"l.", length)
    }),
    ("a text becomes many bytearrays", |length| {
        fill(text_and_function(b"c__builtin__\nbytearray\n", b"x", length), b"h\x01h\x02h\x03\x86R", b"l.", length)
    }),
    ("a Decimal of many digits comes many times", |length| {
        let start = [&b"\x80\x02cdecimal\nDecimal\nq\x01(X\x88\x13\0\0"[..], &b"1".repeat(5000), b"\x85q\x02"].concat();
        fill(start, b"h\x01h\x02R", b"l.", length)
    }),
    ("a short Decimal comes many times", |length| {
        fill(b"\x80\x02cdecimal\nDecimal\nq\x01(X\x01\0\0\x001\x85q\x02".to_vec(), b"h\x01h\x02R", b"l.", length)
    }),
    ("a zone that nobody knows", |length| fill(zoned(&["Mars/Olympus"]), b"h\x01h\x02h\x10\x86R", b"l.", length)),
    ("two hundred zones in turn", |length| {
        let names: Vec<String> = (0..200).map(|number| format!("Zone/{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let turn: Vec<u8> = (0..200).flat_map(|number: u8| [b'h', 1, b'h', 2, b'h', 16 + number, 0x86, b'R']).collect();
        fill(zoned(&names), &turn, b"l.", length)
    }),
    ("a thousand zones", |length| {
        let mut pickle = zoned(&[]);
        for number in 0..(length / 40).min(100_000) {
            pickle.extend_from_slice(&[&b"h\x01h\x02"[..], &zone(&format!("zone/{number}")), b"\x86R"].concat());
        }
        pickle.extend_from_slice(b"l.");
        pickle
    }),
    ("a list becomes many sets", |length| {
        let start = [&b"\x80\x02c__builtin__\nset\nq\x01]("[..], &b"K\x01".repeat(length / 4), b"e\x85q\x02("].concat();
        fill(start, b"h\x01h\x02R", b"l.", length)
    }),
    ("a list of pairs becomes many dicts", |length| {
        let start = b"\x80\x02ccollections\nOrderedDict\nq\x01](".to_vec();
        let start = [&start[..], &b"K\x01K\x02\x86".repeat(length / 10), b"e\x85q\x02("].concat();
        fill(start, b"h\x01h\x02R", b"l.", length)
    }),
    ("a state of many keys for many UUIDs", |length| {
        let start = [&b"\x80\x02cuuid\nUUID\nq\x01}("[..], &b"X\x01\0\0\0aN".repeat(length / 14), b"uq\x02("].concat();
        fill(start, b"h\x01)\x81h\x02b", b"l.", length)
    }),
    ("a text of 512 characters comes many times", |length| {
        let start = [&b"\x80\x04\x95\0\0\0\0\0\0\0\0](X\0\x02\0\0"[..], &[b'x'; 512], b"\x94"].concat();
        fill(start, b"h\0", b"e.", length)
    }),
    ("a text of 63 characters comes many times, by DUP", |length| {
        fill([&b"\x80\x02(X\x3f\0\0\0"[..], &[b'x'; 63], b"q\x00"].concat(), b"2", b"l.", length)
    }),
    ("a text of 12 characters comes many times, by DUP", |length| {
        fill([&b"\x80\x02(X\x0c\0\0\0"[..], &[b'x'; 12], b"q\x00"].concat(), b"2", b"l.", length)
    }),
    ("an int of 2,000 bytes comes many times", |length| {
        let start = [&b"\x80\x02(\x8b\xd0\x07\0\0"[..], &[0x7f; 2000], b"q\x00"].concat();
        fill(start, b"h\0", b"l.", length)
    }),
    ("an int of 60 bytes comes many times, by DUP", |length| {
        fill([&b"\x80\x02(\x8a\x3c"[..], &[0x7f; 60]].concat(), b"2", b"l.", length)
    }),
    ("an int of 4,300 digits comes many times", |length| {
        let start = [&b"\x80\x02(L"[..], &[b'9'; 4300], b"L\nq\x00"].concat();
        fill(start, b"h\0", b"l.", length)
    }),
    ("ints of 4,300 digits", |length| {
        let unit = [&b"L"[..], &[b'9'; 4300], b"L\n"].concat();
        fill(b"\x80\x02(".to_vec(), &unit, b"l.", length)
    }),
    ("a float of many digits comes many times", |length| {
        let start = [&b"\x80\x02(F"[..], &b"1".repeat(300), b"\nq\x00"].concat();
        fill(start, b"h\0", b"l.", length)
    }),
    ("a timedelta comes many times", |length| {
        let start = b"\x80\x02(cdatetime\ntimedelta\nK\x01K\x02K\x03\x87Rq\x000".to_vec();
        fill(start, b"h\0", b"l.", length)
    }),
    ("a datetime in a zone comes many times", |length| {
        fill([&zoned(&["Europe/Berlin"])[..], b"h\x01h\x02h\x10\x86Rq\x050"].concat(), b"h\x05", b"l.", length)
    }),
    ("empty bytes", |length| fill(b"\x80\x05(".to_vec(), b"C\0", b"l.", length)),
    ("empty sets", |length| fill(b"\x80\x05(".to_vec(), b"\x8f", b"l.", length)),
    ("empty dicts", |length| fill(b"\x80\x05(".to_vec(), b"}", b"l.", length)),
    ("empty lists", |length| fill(b"\x80\x05(".to_vec(), b"]", b"l.", length)),
    ("keys that have one slot", |length| {
        let mut pickle = b"\x80\x04\x95\0\0\0\0\0\0\0\0](".to_vec();
        let keys = colliding_keys();
        while pickle.len() < length {
            for key in &keys {
                pickle.extend_from_slice(&[b'}', 0x8c, key.len() as u8]);
                pickle.extend_from_slice(key);
                pickle.extend_from_slice(b"Ns");
            }
        }
        pickle.extend_from_slice(b"e.");
        pickle
    }),
    ("classes that nobody knows", |length| {
        fill(b"\x80\x05(X\x01\0\0\0aq\x01X\x01\0\0\0bq\x02".to_vec(), b"h\x01h\x02\x930", b"l.", length)
    }),
];

/// A start, as many units as make it about so many bytes long, and an end.
fn fill(mut pickle: Vec<u8>, unit: &[u8], end: &[u8], length: usize) -> Vec<u8> {
    if let Some(units) = length.saturating_sub(pickle.len()).checked_div(unit.len()) {
        pickle.extend_from_slice(&unit.repeat(units));
    }
    pickle.extend_from_slice(end);
    pickle
}

/// Memo 1: the function; 2: a text of half of the bytes; 3: an encoding.
fn text_and_function(function: &[u8], character: &[u8], length: usize) -> Vec<u8> {
    let text = character.repeat(length / 2 / character.len());
    let head = [b"\x80\x02", function, b"q\x01X", &(text.len() as u32).to_le_bytes()].concat();
    [&head[..], &text, b"q\x02X\x06\0\0\0latin1q\x03("].concat()
}

/// Memo 1: datetime; 2: the bytes of one; 3: the function of zones; 16 and up: the zones.
fn zoned(zones: &[&str]) -> Vec<u8> {
    let mut pickle = b"\x80\x05cdatetime\ndatetime\nq\x01C\x0a\x07\xe8\x06\x01\x0c\0\0\0\0\0q\x02czoneinfo\nZoneInfo._unpickle\nq\x03".to_vec();
    for (number, name) in zones.iter().enumerate() {
        pickle.extend_from_slice(&[&zone(name)[..], &[b'q', 16 + number as u8]].concat());
    }
    pickle.push(b'(');
    pickle
}

/// A zone, made by the function of memo 3.
fn zone(name: &str) -> Vec<u8> {
    [b"h\x03V", name.as_bytes(), b"\nK\x01\x86R"].concat()
}

/// As many keys as a program knows, which its table of keys (`program::key_table`) would all put in the same place.
fn colliding_keys() -> Vec<Vec<u8>> {
    let hash = |word: u64| {
        let hash = (8_u64.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash >> 54
    };
    let keys = (0_u64..).map(|number| *format!("{number:08}").as_bytes().first_chunk::<8>().expect("eight digits"));
    keys.filter(|key| hash(u64::from_le_bytes(*key)) == 7).take(512).map(Vec::from).collect()
}
