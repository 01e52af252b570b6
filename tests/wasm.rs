//! The boundary as compiled for wasm, in Node and in a headless browser: records in, reports out, addresses in between.
#![cfg(target_arch = "wasm32")]

use cachelib_edge::wasm::{Core, Installation};
use js_sys::{Array, Uint8Array, Uint32Array, WebAssembly::Memory};
use wasm_bindgen::{JsCast, JsValue, memory};
use wasm_bindgen_test::wasm_bindgen_test as test;

const CONNECT: u32 = 0;
const TRANSMIT: u32 = 1;
const CLOSE: u32 = 2;
const NULL: u32 = 3;
const TRUE: u32 = 5;
const VALUE: u32 = 6;
const BUILT: u32 = 7;
const BYTES: u32 = 8;
const FAILED: u32 = 11;
const WANTS_BYTES: u32 = 1 << 31;
const WANTS_OBJECTS: u32 = 1 << 30;
/// The tags of texts: the next of the batch's, and one that stands in the record.
const NEXT_TEXT: u8 = 7;
const TEXT: u8 = 8;

/// A core, and what JavaScript would see of its memory.
struct Host {
    core: Core,
}

/// A report, read as `js/core/report.js` reads it.
struct Seen {
    entries: Vec<[u32; 4]>,
    steps: Vec<u32>,
    text: String,
    bytes_at: u32,
    wake_in: u32,
    details: usize,
}

impl Host {
    fn new(password: Option<&str>) -> Self {
        let (database, connect_timeout, max_retries, fail_fast, seeds) = (0, 5_000, 2, 1, 1);
        let numbers =
            [database, connect_timeout, max_retries, 0, fail_fast, 0, seeds, 0, 0, 0, 0, 0].map(JsValue::from);
        let texts = [JsValue::UNDEFINED, password.into(), "test".into()];
        let options: Array = numbers.into_iter().chain(texts).collect();
        Self { core: Core::new(options.unchecked_ref(), &Installation::new()) }
    }

    /// A core that is connected and has said its name.
    fn connected() -> Self {
        let mut host = Self::new(None);
        let report = host.submit(&[&get(0, b"first")]);
        assert_eq!(report.kinds(), [CONNECT]);
        let address = host.core.opened(0, 1.0);
        assert_eq!(host.read(address).kinds(), [TRANSMIT]);
        assert_eq!(host.receive(b"+OK\r\n$-1\r\n").kinds(), [NULL]);
        host
    }

    fn submit(&mut self, records: &[&[u8]]) -> Seen {
        let records = records.concat();
        let address = self.core.reserve_operations(records.len()) as u32;
        bytes().set(&Uint8Array::from(&records[..]), address);
        let report = self.core.submit(records.len(), 0, 0.0);
        self.read(report)
    }

    fn receive(&mut self, chunk: &[u8]) -> Seen {
        let spare = self.core.spare(0, chunk.len()) as u32;
        assert_ne!(spare, 0);
        bytes().set(&Uint8Array::from(chunk), spare);
        let report = self.core.received(0, chunk.len(), 2.0);
        self.read(report)
    }

    fn read(&self, report: *const u32) -> Seen {
        let words = Uint32Array::new(&buffer());
        let at = report as u32 / 4;
        let word = |index: u32| words.get_index(at + index);
        let entries: Vec<_> = (0..word(0)).map(|entry| [0, 1, 2, 3].map(|part| word(13 + 4 * entry + part))).collect();
        let taking = entries.iter().filter(|entry| matches!(entry[0], VALUE | BUILT));
        let count: u32 = taking.map(|entry| entry[2]).sum();
        Seen {
            steps: (0..count).map(|step| words.get_index(word(3) / 4 + step)).collect(),
            text: String::from_utf8(slice(word(4), word(5))).expect("ASCII"),
            bytes_at: word(9),
            wake_in: word(1),
            details: word(2) as usize,
            entries,
        }
    }

    /// The code and the words of the first detail.
    fn detail(&self) -> [String; 2] {
        let details = self.core.details();
        let detail = Array::from(&details.get(0));
        [0, 1].map(|part| detail.get(part).as_string().expect("a string"))
    }
}

impl Seen {
    fn kinds(&self) -> Vec<u32> {
        self.entries.iter().map(|entry| entry[0]).collect()
    }
}

fn buffer() -> JsValue {
    memory().unchecked_into::<Memory>().buffer()
}

fn bytes() -> Uint8Array {
    Uint8Array::new(&buffer())
}

fn slice(address: u32, length: u32) -> Vec<u8> {
    bytes().subarray(address, address + length).to_vec()
}

fn get(call: u32, key: &[u8]) -> Vec<u8> {
    record(0, call, &[&[TEXT], &(key.len() as u32).to_le_bytes(), key])
}

/// `set` of a value that a tape gives, for 300 s.
fn set(call: u32, key: &[u8], tape: &[u8]) -> Vec<u8> {
    record(6, call, &[&300_f64.to_le_bytes(), &[TEXT], &(key.len() as u32).to_le_bytes(), key, tape])
}

fn record(kind: u8, call: u32, body: &[&[u8]]) -> Vec<u8> {
    let body = [&[kind][..], &call.to_le_bytes(), &5_000_u32.to_le_bytes(), &body.concat()].concat();
    [&(body.len() as u32).to_le_bytes()[..], &0_u32.to_le_bytes(), &body].concat()
}

#[test]
fn a_batch_of_records_leaves_in_one_transmission() {
    let mut host = Host::connected();
    let report = host.submit(&[&get(1, b"a"), &set(2, b"b", &[3, 42]), &get(3, "é".as_bytes())]);
    let [[TRANSMIT, 0, address, length]] = report.entries[..] else { panic!("{:?}", report.entries) };
    let sent = String::from_utf8(slice(address, length)).expect("these keys are text");
    let expected = "*2 $3 GET $1 a *5 $3 SET $1 b $2 42 $2 EX $3 300 *2 $3 GET $2 é ";
    assert_eq!(sent.replace("\r\n", " "), expected);
    assert_eq!(report.wake_in, 5_000);
}

#[test]
fn short_texts_come_together() {
    let mut host = Host::connected();
    let set = |call, key: u16, value: u16| {
        let text = |units: u16| [&[NEXT_TEXT][..], &units.to_le_bytes()].concat();
        let mut record = record(6, call, &[&300_f64.to_le_bytes(), &text(key), &[18], &text(value)]);
        record[4..8].copy_from_slice(&(u32::from(key) + u32::from(value)).to_le_bytes());
        record
    };
    // 😀 has two units, é one. The second call, whose verb is unknown, leaves its texts to nobody else.
    let mut unknown = set(2, 1, 1);
    unknown[8] = 99;
    let records = [set(1, 3, 1), unknown, set(3, 0, 2)].concat();
    let texts = "😀aébc😀".as_bytes();
    let address = host.core.reserve_operations(records.len() + texts.len()) as u32;
    bytes().set(&Uint8Array::from(&[&records[..], texts].concat()[..]), address);
    let report = host.core.submit(records.len(), texts.len(), 0.0);
    let report = host.read(report);
    assert_eq!(report.kinds(), [FAILED, TRANSMIT]);
    let [_, _, address, length] = report.entries[1];
    let sent = String::from_utf8(slice(address, length)).expect("text");
    let expected = "*5 $3 SET $5 😀a $2 é $2 EX $3 300 *5 $3 SET $0  $4 😀 $2 EX $3 300 ";
    assert_eq!(sent.replace("\r\n", " "), expected);
}

#[test]
fn values_share_one_script_in_their_order() {
    let mut host = Host::connected();
    host.submit(&[&get(1, b"a"), &get(2, b"b"), &set(3, b"c", &[0]), &get(4, b"d")]);
    let pickled = b"!\x80\x05\x95\x07\0\0\0\0\0\0\0\x8c\x03foo\x94.";
    let replies = [&b"$2\r\n42\r\n$19\r\n"[..], pickled, b"\r\n+OK\r\n$-1\r\n"].concat();
    let report = host.receive(&replies);
    assert_eq!(report.entries, [[VALUE, 1, 1, 0], [VALUE, 2, 1, 0], [TRUE, 3, 0, 0], [NULL, 4, 0, 0]]);
    // INT 42, TEXT 3.
    assert_eq!((&report.steps[..], &*report.text), (&[42 << 4 | 2, 3 << 4][..], "foo"));
}

#[test]
fn a_caller_with_a_serializer_of_its_own_gets_stored_bytes() {
    let mut host = Host::connected();
    host.submit(&[&get(7 | WANTS_BYTES, b"a")]);
    let report = host.receive(b"$4\r\n\0\xff!.\r\n");
    let [[BYTES, call, address, length]] = report.entries[..] else { panic!("{:?}", report.entries) };
    assert_eq!((call, slice(address, length)), (7 | WANTS_BYTES, b"\0\xff!.".to_vec()));
    assert!(report.steps.is_empty());
}

#[test]
fn bytes_that_no_value_table_knows_are_bytes() {
    let mut host = Host::connected();
    host.submit(&[&get(1, b"a")]);
    let report = host.receive(b"$3\r\n\xfe\xff\0\r\n");
    assert_eq!((report.kinds(), &report.steps[..]), (vec![VALUE], &[10, 3][..]));
    assert_eq!(slice(report.bytes_at, 3), b"\xfe\xff\0");
}

#[test]
fn an_object_of_a_class_is_for_those_who_have_classes() {
    let mut host = Host::connected();
    host.submit(&[&get(1 | WANTS_OBJECTS, b"a"), &get(2, b"a")]);
    let pickle = b"!capp\nPoint\n)R.";
    let reply = [format!("${}\r\n", pickle.len()).as_bytes(), pickle, b"\r\n"].concat();
    let report = host.receive(&reply.repeat(2));
    assert_eq!(report.kinds(), [BUILT, FAILED]);
    assert_eq!(host.detail(), ["UNREADABLE_CLASS", "app.Point"]);
}

#[test]
fn a_failure_comes_with_its_code_and_the_servers_error() {
    let mut host = Host::connected();
    host.submit(&[&get(1, b"a")]);
    let report = host.receive(b"-WRONGTYPE Operation against a key\r\n");
    assert_eq!((report.kinds(), report.details), (vec![FAILED], 1));
    assert_eq!(host.detail(), ["WRONGTYPE", "WRONGTYPE Operation against a key"]);
}

#[test]
fn lengths_beyond_32_bits_end_the_connection_and_trap_nothing() {
    for reply in
        [&b"$4294967296\r\n"[..], b"$4294967295\r\n", b"*4294967297\r\n", b"$18446744073709551616\r\n", b":x\r\n"]
    {
        let mut host = Host::connected();
        host.submit(&[&get(1, b"a")]);
        let mut kinds = host.receive(reply).kinds();
        kinds.sort_unstable();
        assert_eq!(kinds, [CLOSE, FAILED], "{reply:?}");
        assert_eq!(host.detail()[0], "PROTOCOL");
        let again = host.submit(&[&get(2, b"a")]);
        assert!(again.kinds() == [CONNECT] || again.wake_in < 100, "a new attempt, at once or after a pause");
    }
}

#[test]
fn malformed_records_trap_nothing() {
    let whole = set(1, b"key", &[12, 2, 0, 0, 0, 3, 1, 3, 2]);
    let mut host = Host::connected();
    for end in 0..whole.len() {
        let mut cut = whole[..end].to_vec();
        host.submit(&[&cut]);
        // The same with a length that says it is complete.
        if end >= 4 {
            cut[..4].copy_from_slice(&(end as u32 - 4).to_le_bytes());
            host.submit(&[&cut]);
        }
    }
    assert_eq!(host.submit(&[&get(2, b"a")]).kinds(), [TRANSMIT]);
}

#[test]
fn large_operations_move_the_buffer_and_keep_what_is_in_it() {
    let mut host = Host::connected();
    let address = host.core.reserve_operations(16) as u32;
    bytes().set(&Uint8Array::from(&b"0123456789abcdef"[..]), address);
    let moved = host.core.reserve_operations(8 << 20) as u32;
    assert_eq!(slice(moved, 16), b"0123456789abcdef");
}

#[test]
fn a_refused_password_fails_the_call_and_closes() {
    let mut host = Host::new(Some("wrong"));
    assert_eq!(host.submit(&[&get(1, b"a")]).kinds(), [CONNECT]);
    let address = host.core.opened(0, 1.0);
    assert_eq!(host.read(address).kinds(), [TRANSMIT]);
    let report = host.receive(b"-WRONGPASS invalid username-password pair\r\n");
    assert_eq!(report.kinds(), [FAILED, CLOSE]);
    assert_eq!(host.detail()[0], "WRONGPASS");
}
