//! Requests: arrays of bulk strings, appended to a buffer of the caller's.

use super::CommandBuffer;

/// Starts a command of `arguments` bulk strings, its name included.
pub fn command(out: &mut CommandBuffer, arguments: usize) {
    header(out, b'*', arguments);
}

/// Appends one argument; any bytes are allowed.
pub fn bulk(out: &mut CommandBuffer, bytes: &[u8]) {
    header(out, b'$', bytes.len());
    out.extend_from_slice(bytes);
    out.put(b"\r\n");
}

/// Appends a number as one argument.
pub fn integer(out: &mut CommandBuffer, number: i64) {
    bulk(out, digits(number, &mut [0; 20]));
}

/// The digits of a number, in the caller's array.
pub(crate) fn digits(number: i64, array: &mut [u8; 20]) -> &[u8] {
    let mut start = write_digits(array, number.unsigned_abs());
    if number < 0 {
        start -= 1;
        array[start] = b'-';
    }
    &array[start..]
}

#[inline]
fn header(out: &mut CommandBuffer, kind: u8, count: usize) {
    let (tens, ones) = (b'0'.wrapping_add((count / 10) as u8), b'0' + (count % 10) as u8);
    match count {
        0..10 => return out.put(&[kind, ones, b'\r', b'\n']),
        10..100 => return out.put(&[kind, tens, ones, b'\r', b'\n']),
        _ => {}
    }
    let mut digits = [0; 20];
    let start = write_digits(&mut digits, count as u64);
    out.put(&[kind]);
    out.extend_from_slice(&digits[start..]);
    out.put(b"\r\n");
}

/// Writes `number` at the end of `digits` and returns where it starts; 2⁶⁴ - 1 has 20 digits, -2⁶³ 19 and a sign.
fn write_digits(digits: &mut [u8; 20], number: u64) -> usize {
    let mut start = digits.len();
    let mut put = |digit: u8| {
        start -= 1;
        digits[start] = b'0' + digit;
    };
    let mut number = number;
    while number > u64::from(u32::MAX) {
        put((number % 10) as u8);
        number /= 10;
    }
    // Divided by a constant in 32 bits, which WebAssembly's compilers turn into a multiplication.
    let mut number = number as u32;
    loop {
        put((number % 10) as u8);
        number /= 10;
        if number == 0 {
            return start;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_an_array_of_bulk_strings() {
        let mut out = CommandBuffer::default();
        command(&mut out, 2);
        bulk(&mut out, b"GET");
        bulk(&mut out, b"a b\r\n");
        assert_eq!(*out, *b"*2\r\n$3\r\nGET\r\n$5\r\na b\r\n\r\n");
    }

    #[test]
    fn integers_are_decimal_at_both_ends_of_the_range() {
        for number in [0, 9, 10, -1, 99_999, 1 << 40, i64::MIN, i64::MAX] {
            let mut out = CommandBuffer::default();
            integer(&mut out, number);
            let text = number.to_string();
            assert_eq!(*out, *format!("${}\r\n{text}\r\n", text.len()).as_bytes());
        }
    }
}
