//! Requests that the server did not execute, until they are sent again; and the fence that keeps the order of each key.
//!
//! While a request is held, later ones for its keys are held too. Of those that were sent before the rejection was known, a
//! read is sent again after it, whatever its reply; after a write that was executed it cannot be sent any more, and fails.

use super::Error;
use super::command::{self, Keys};
use crate::connection::Request;
use crate::resp::{ErrorReply, try_copy};
use std::fmt;

/// How many buckets there are for writes that were executed meanwhile.
const BUCKETS: usize = 1024;

/// What a server rejected.
pub(super) struct Hold<T> {
    /// Two runs, each by the order of the requests, with their commands: those that were sent are rejected in their order, while
    /// later ones come in theirs. In one vector, each of the former would move all of the latter.
    runs: [Vec<(Request<T>, Vec<u8>)>; 2],
    /// How many bytes the commands have.
    length: usize,
    /// No deadline of a request is earlier than this.
    earliest_deadline: u64,
    /// What the server answered last.
    pub(super) cause: ErrorReply,
    /// When the requests may be sent again.
    pub(super) release_at: u64,
    /// Whether that time has come, while replies are still awaited, or another connection is.
    pub(super) is_due: bool,
    /// Whether they are sent on another connection.
    pub(super) needs_replacement: bool,
    /// Replies to requests before this one are awaited first: they may be for the same keys.
    pub(super) fence: u64,
    keys: HeldKeys,
    /// The last writes that were executed meanwhile: the hash of the key, and the order of the request. In buckets by the hash: a
    /// connection may be lost with any number of writes.
    overtaken: Vec<Vec<(u32, u64)>>,
    /// The last of them for any key, and the last for all keys.
    last_write: Option<u64>,
    last_flush: Option<u64>,
}

impl<T: Copy> Hold<T> {
    pub(super) fn new(cause: ErrorReply, release_at: u64) -> Self {
        Self {
            runs: [const { Vec::new() }; 2],
            length: 0,
            earliest_deadline: u64::MAX,
            cause,
            release_at,
            is_due: false,
            needs_replacement: false,
            fence: 0,
            keys: HeldKeys::default(),
            overtaken: Vec::new(),
            last_write: None,
            last_flush: None,
        }
    }

    /// One for requests that wait for replies alone.
    pub(super) fn for_order() -> Self {
        Self::new(ErrorReply::new(&[]), 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.iter().all(Vec::is_empty)
    }

    pub(super) const fn length(&self) -> usize {
        self.length
    }

    pub(super) const fn earliest_deadline(&self) -> u64 {
        self.earliest_deadline
    }

    /// Whether a request that is held comes before this place in the order.
    pub(super) fn precedes(&self, order: u64) -> bool {
        self.runs.iter().filter_map(|run| run.first()).any(|(request, _)| request.order < order)
    }

    /// When something is to be done, in milliseconds; `u64::MAX` for never.
    pub(super) fn poll_timeout(&self) -> u64 {
        let release_at = if self.is_due { u64::MAX } else { self.release_at };
        self.earliest_deadline.min(release_at)
    }

    /// Holds a request; false where there is no memory for it.
    pub(super) fn insert(&mut self, request: &Request<T>, command: Vec<u8>) -> bool {
        let is_last = |run: &Vec<(Request<T>, _)>| run.last().is_none_or(|(last, _)| last.order < request.order);
        let run = &mut self.runs[usize::from(!is_last(&self.runs[0]) && is_last(&self.runs[1]))];
        if run.try_reserve(1).is_err() {
            return false;
        }
        self.length += command.len();
        self.keys.insert(&command);
        self.earliest_deadline = self.earliest_deadline.min(request.deadline);
        run.push((*request, command));
        let mut index = run.len() - 1;
        while index > 0 && run[index - 1].0.order > request.order {
            run.swap(index - 1, index);
            index -= 1;
        }
        true
    }

    /// Holds a request whose command stays where it is; false where there is no memory for it.
    pub(super) fn insert_copy(&mut self, request: &Request<T>, command: &[u8]) -> bool {
        try_copy(command).is_some_and(|copy| self.insert(request, copy))
    }

    /// Removes requests that nobody waits for any more.
    pub(super) fn take(&mut self, picked: &dyn Fn(&Request<T>) -> bool) -> Vec<Request<T>> {
        let mut taken = Vec::new();
        self.earliest_deadline = u64::MAX;
        for run in &mut self.runs {
            run.retain(|(request, command)| {
                let is_picked = picked(request);
                if is_picked {
                    taken.push(*request);
                    self.length -= command.len();
                } else {
                    self.earliest_deadline = self.earliest_deadline.min(request.deadline);
                }
                !is_picked
            });
        }
        taken
    }

    /// Why a request that was held comes to nothing.
    pub(super) fn error(&self, request: &Request<T>) -> Error {
        match request.rejections {
            0 => Error::Timeout,
            _ => Error::Server(self.cause.clone()),
        }
    }

    /// Whether a command is about a key of a request that is held, as far as hashes tell.
    pub(super) fn conflicts_with(&self, command: &[u8]) -> bool {
        self.keys.contains_any(command)
    }

    /// The same for a key.
    pub(super) fn has_key(&self, key: &[u8]) -> bool {
        self.keys.contains(key)
    }

    /// A write that was sent before the rejection was known was executed: what is held for its keys comes too late.
    pub(super) fn overtake(&mut self, command: &[u8], order: u64) {
        self.last_write = Some(order);
        match command::keys(command) {
            Keys::All => self.last_flush = Some(order),
            Keys::Some(keys) => {
                self.overtaken.resize_with(BUCKETS, Vec::new);
                for hash in keys.map(hash) {
                    let bucket = &mut self.overtaken[hash as usize % BUCKETS];
                    match bucket.iter_mut().find(|(key, _)| *key == hash) {
                        Some((_, last)) => *last = order,
                        None => bucket.push((hash, order)),
                    }
                }
            }
        }
    }

    /// The requests and their commands in order, each with whether it comes too late.
    pub(super) fn into_released(self) -> impl Iterator<Item = (Request<T>, Vec<u8>, bool)> {
        let Self { runs, overtaken, last_write, last_flush, .. } = self;
        merge(runs).map(move |(request, command)| {
            let is_after = |write: Option<u64>| write.is_some_and(|order| request.order < order);
            let write_of = |key| {
                let hash = hash(key);
                let known = overtaken.get(hash as usize % BUCKETS)?.iter().find(|(overtaken, _)| *overtaken == hash);
                known.map(|&(_, order)| order)
            };
            let is_late = match command::keys(&command) {
                Keys::All => is_after(last_write),
                Keys::Some(mut keys) => is_after(last_flush) || keys.any(|key| is_after(write_of(key))),
            };
            (request, command, is_late)
        })
    }
}

/// Both runs as one, by the order of the requests.
fn merge<T>(runs: [Vec<(Request<T>, Vec<u8>)>; 2]) -> impl Iterator<Item = (Request<T>, Vec<u8>)> {
    let [mut first, mut second] = runs.map(|run| run.into_iter().peekable());
    std::iter::from_fn(move || match (first.peek(), second.peek()) {
        (Some((one, _)), Some((other, _))) if other.order < one.order => second.next(),
        (None, _) => second.next(),
        _ => first.next(),
    })
}

/// The commands are keys and values.
impl<T> fmt::Debug for Hold<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.runs.iter().map(Vec::len).sum::<usize>();
        f.debug_struct("Hold").field("requests", &requests).field("cause", &self.cause).finish_non_exhaustive()
    }
}

/// The keys of the requests that are held: a bit for each of 65,536 hashes, so that a command is tested in no time. Two keys
/// of one bit only wait for each other.
#[derive(Default)]
struct HeldKeys {
    bits: Vec<u64>,
    /// Whether a request is about all keys.
    has_all: bool,
}

impl HeldKeys {
    const WORDS: usize = 1024;

    fn insert(&mut self, command: &[u8]) {
        self.bits.resize(Self::WORDS, 0);
        match command::keys(command) {
            Keys::All => self.has_all = true,
            Keys::Some(keys) => keys.map(bit).for_each(|(word, mask)| self.bits[word] |= mask),
        }
    }

    fn contains_any(&self, command: &[u8]) -> bool {
        match command::keys(command) {
            Keys::All => true,
            Keys::Some(mut keys) => keys.any(|key| self.contains(key)),
        }
    }

    fn contains(&self, key: &[u8]) -> bool {
        let (word, mask) = bit(key);
        self.has_all || self.bits.get(word).is_some_and(|bits| bits & mask != 0)
    }
}

const fn bit(key: &[u8]) -> (usize, u64) {
    let hash = hash(key);
    ((hash >> 6) as usize % HeldKeys::WORDS, 1 << (hash % 64))
}

/// FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>.
const fn hash(key: &[u8]) -> u32 {
    let (mut hash, mut index) = (0x811c_9dc5_u32, 0);
    while index < key.len() {
        hash = (hash ^ key[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Effect;

    #[test]
    fn requests_are_released_in_their_order_however_they_came() {
        let mut hold = Hold::for_order();
        for order in [1, 2, 10, 11, 3, 4, 12, 0, 5] {
            let request = Request { order, ..Request::new((), Effect::ReadOnly, 100 + order) };
            assert!(hold.insert_copy(&request, b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"));
        }
        assert!(hold.precedes(1) && !hold.precedes(0));
        assert_eq!(hold.take(&|request| request.order == 0).len(), 1);
        assert_eq!((hold.earliest_deadline(), hold.length()), (101, 8 * 20));
        let orders: Vec<_> = hold.into_released().map(|(request, ..)| request.order).collect();
        assert_eq!(orders, [1, 2, 3, 4, 5, 10, 11, 12]);
    }
}
