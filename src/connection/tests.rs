//! The fast path of replies against the plain one.

use super::*;

const REPLIES: [&[u8]; 8] =
    [b"+OK\r\n", b"$5\r\nvalue\r\n", b":1\r\n", b"-ERR no\r\n", b"*2\r\n+a\r\n:1\r\n", b"-", b"+half", b"?\r\n"];

/// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) % most
    }
}

/// What a connection puts out, by bytes, requests and cancellations of chance. `is_fast` asks for successes first, as a node does.
fn outputs(seed: u64, is_fast: bool) -> (Vec<String>, usize) {
    let (mut random, mut outputs, mut fast) = (Random(seed), Vec::new(), 0);
    let mut connection = Connection::new(&ConnectionInfo::default(), Role::Any, 1_000, 0);
    connection.handle_opened(0);
    for tag in 0..12_u64 {
        let kind =
            [Kind::Command, Kind::Command, Kind::Command, Kind::Asking, Kind::Discovery][random.below(5) as usize];
        let request = Request { kind, ..Request::new(tag, Effect::ReadOnly, 10_000) };
        connection.push(request, |out| out.extend_from_slice(b"command"));
        if random.below(2) == 0 {
            connection.poll_transmit(0);
        }
        if random.below(4) == 0 {
            connection.queue_mut().cancel(&|request| request.tag == tag, &mut Vec::new());
        }
        let most = if random.below(8) == 0 { REPLIES.len() } else { 5 };
        let bytes: Vec<_> = (0..random.below(3)).flat_map(|_| REPLIES[random.below(most as u64) as usize]).collect();
        let length = bytes.len();
        if let Ok(spare) = connection.spare_mut(length) {
            spare.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            connection.handle_received(length, 0);
        }
        loop {
            if is_fast && let Some((tag, reply)) = connection.poll_success() {
                outputs.push(format!("{tag} {:?}", connection.received.bytes(reply)));
                fast += 1;
                continue;
            }
            match connection.poll(0) {
                Some(Output::Reply { request, reply, .. }) => {
                    outputs.push(format!("{} {:?}", request.tag, connection.received.bytes(reply)));
                }
                Some(ended) => outputs.push(format!("{ended:?}")),
                None => break,
            }
        }
    }
    outputs.push(format!("{:?} {} {}", connection.state(), connection.has_answered, connection.queue().in_flight()));
    (outputs, fast)
}

#[test]
fn successes_that_are_asked_for_first_change_nothing() {
    let mut fast = 0;
    for seed in 0..20_000 {
        let (plain, (quick, count)) = (outputs(seed, false).0, outputs(seed, true));
        assert_eq!(plain, quick, "seed {seed}");
        fast += count;
    }
    assert!(fast > 10_000, "{fast} replies took the fast path");
}
