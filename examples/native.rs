//! The core without JavaScript: a blocking cache over `std::net`, in as many lines as a run loop takes.
//!
//! `cargo run --example native -- redis://localhost:6379/0`, or with the URL as REDIS_URL, sets, gets, counts and clears keys that start with
//! `native-example:`, in the bytes that Python's cachelib reads.

use cachelib_edge::cache::{Cache, CallId, ConnectionId, Expiry, Operation, Outcome, Output, Values};
use cachelib_edge::client::Config;
use cachelib_serializer::{Value, dumps_into, loads};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Error as IoError, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{Duration, Instant};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// The most bytes read at once.
const CHUNK: usize = 64 * 1024;
/// How long one call may take, in milliseconds.
const TIMEOUT: u64 = 5_000;
const PREFIX: &[u8] = b"native-example:";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Fallible<()> {
    let given = std::env::args().nth(1).or_else(|| std::env::var("REDIS_URL").ok());
    let url = given.unwrap_or_else(|| "redis://localhost:6379/0".into());
    let mut redis = Blocking::new(&url)?;

    let user = Value::Dict(vec![
        (Value::Str("name".into()), Value::Str("Ada".into())),
        (Value::Str("visits".into()), Value::List(vec![Value::Int(1), Value::Float(2.5), Value::Null])),
    ]);
    redis.set("user", &user, 60.0)?;
    let stored = redis.get("user")?;
    println!("get        {stored:?}");
    if stored.as_ref() != Some(&user) {
        return Err("what was stored is not what came back".into());
    }

    redis.set("count", &Value::Int(10), 60.0)?;
    println!("inc        {}", redis.increment("count", 5)?);
    println!("get_many   {:?}", redis.get_many(&["count", "missing"])?);
    redis.clear()?;
    println!("after clear {:?}", redis.get("user")?);
    Ok(())
}

/// One server, one call at a time.
struct Blocking {
    cache: Cache,
    address: String,
    /// Mostly one. While the core replaces a connection there are two.
    sockets: BTreeMap<ConnectionId, TcpStream>,
    /// Why the last attempt to connect failed, and where to.
    refusal: Option<IoError>,
    begun: Instant,
    /// How long opening a socket may take; the core bounds the rest of connecting.
    connect_timeout: Duration,
}

impl Blocking {
    fn new(url: &str) -> Fallible<Self> {
        let mut config = Config::default();
        let address = configure(&mut config, url).ok_or("a URL looks like redis://user:password@host:port/database")?;
        let connect_timeout = Duration::from_millis(config.connect_timeout);
        let cache = Cache::new(config, getrandom::u64()?);
        Ok(Self { cache, address, sockets: BTreeMap::new(), refusal: None, begun: Instant::now(), connect_timeout })
    }

    // ---- Methods of cachelib

    fn get(&mut self, key: &str) -> Fallible<Option<Value>> {
        self.call(Operation::Get { key: &prefixed(key) }, |outcome| match outcome {
            Outcome::Value(stored) => Ok(stored.map(loads).transpose()?),
            other => Err(unexpected(other)),
        })
    }

    fn get_many(&mut self, keys: &[&str]) -> Fallible<Vec<Option<Value>>> {
        let keys: Vec<_> = keys.iter().map(|key| prefixed(key)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let read = |values: Values| values.iter().map(|stored| stored.and_then(|stored| loads(stored).ok())).collect();
        self.call(Operation::GetMany { keys: &keys }, |outcome| match outcome {
            Outcome::Values(values) => Ok(read(values)),
            other => Err(unexpected(other)),
        })
    }

    fn set(&mut self, key: &str, value: &Value, seconds: f64) -> Fallible<()> {
        let mut stored = Vec::new();
        dumps_into(value, &mut stored)?;
        let expiry = Expiry::from_seconds(seconds)?;
        let operation = Operation::Set { key: &prefixed(key), value: &stored, expiry };
        self.call(operation, done)
    }

    fn increment(&mut self, key: &str, delta: i64) -> Fallible<i64> {
        self.call(Operation::Increment { key: &prefixed(key), delta }, |outcome| match outcome {
            Outcome::Integer(number) => Ok(number),
            other => Err(unexpected(other)),
        })
    }

    fn clear(&mut self) -> Fallible<()> {
        self.call(Operation::Clear { prefix: PREFIX }, done)
    }

    // ---- The run loop

    /// Puts an operation in, then drains outputs and waits for events, until its outcome is there.
    fn call<T>(&mut self, operation: Operation<'_>, read: impl FnOnce(Outcome<'_>) -> Fallible<T>) -> Fallible<T> {
        self.cache.submit(CallId(0), operation, TIMEOUT, self.now());
        loop {
            let now = self.now();
            match self.cache.poll(now) {
                Some(Output::Complete(_, outcome)) => {
                    return read(outcome).map_err(|error| match &self.refusal {
                        Some(refusal) => format!("{error}: {refusal}").into(),
                        None => error,
                    });
                }
                Some(Output::Connect(id, _)) => self.connect(id),
                Some(Output::Close(id)) => drop(self.sockets.remove(&id)),
                Some(Output::Transmit(id, bytes)) => {
                    // While this waits for a server that does not read, no deadline is looked at: a driver with more than
                    // one thing to do keeps what is left and writes it when the socket is writable.
                    if self.sockets.get_mut(&id).is_none_or(|socket| socket.write_all(bytes).is_err()) {
                        self.lose(id);
                    }
                }
                None => self.wait(),
            }
        }
    }

    /// Until bytes come, the connection is lost or the core wants to be woken.
    fn wait(&mut self) {
        let now = self.now();
        let pause = self.cache.poll_timeout().map_or(Duration::MAX, |at| Duration::from_millis(at.saturating_sub(now)));
        // A read timeout of 0 would mean to wait for ever.
        let pause = pause.clamp(Duration::from_millis(1), Duration::from_secs(60));
        match self.sockets.len() {
            0 => std::thread::sleep(pause),
            1 => self.read_all(pause),
            _ => self.read_all(Duration::from_millis(1)),
        }
        self.cache.timeout(self.now());
    }

    /// Reads from one socket after the other, each for so long at most.
    fn read_all(&mut self, pause: Duration) {
        let ids: Vec<_> = self.sockets.keys().copied().collect();
        for id in ids {
            let (Some(spare), Some(socket)) = (self.cache.spare_mut(id, CHUNK), self.sockets.get_mut(&id)) else {
                continue;
            };
            match socket.set_read_timeout(Some(pause)).and_then(|()| socket.read(spare)) {
                Ok(0) => self.lose(id),
                Ok(length) => self.cache.received(id, length, self.begun.elapsed().as_millis() as u64),
                Err(error) if is_pause(error.kind()) => {}
                Err(_) => self.lose(id),
            }
        }
    }

    fn connect(&mut self, id: ConnectionId) {
        match self.open() {
            Ok(socket) => {
                self.sockets.insert(id, socket);
                self.refusal = None;
                self.cache.opened(id, self.now());
            }
            Err(error) => {
                self.refusal = Some(error);
                self.cache.closed(id);
            }
        }
    }

    /// A connection to the first address of the host that answers.
    fn open(&self) -> Result<TcpStream, IoError> {
        let mut refusal = IoError::new(ErrorKind::NotFound, format!("{} has no address", self.address));
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.connect_timeout) {
                Ok(socket) => {
                    // Only a matter of speed: without it the kernel may hold small writes back.
                    let _ = socket.set_nodelay(true);
                    return Ok(socket);
                }
                Err(error) => refusal = IoError::new(error.kind(), format!("{address}: {error}")),
            }
        }
        Err(refusal)
    }

    fn lose(&mut self, id: ConnectionId) {
        self.sockets.remove(&id);
        self.cache.closed(id);
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }
}

fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn prefixed(key: &str) -> Vec<u8> {
    cachelib_edge::cache::key::prefixed(PREFIX, key.as_bytes())
}

fn done(outcome: Outcome<'_>) -> Fallible<()> {
    if outcome == Outcome::Flag(true) { Ok(()) } else { Err(unexpected(outcome)) }
}

fn unexpected(outcome: Outcome<'_>) -> Box<dyn Error> {
    match outcome {
        Outcome::Failed(error) => format!("{error} [{}]", error.code()).into(),
        other => format!("an outcome of another operation: {other:?}").into(),
    }
}

/// Takes user, password and database from the URL, and returns `host:port`.
fn configure(config: &mut Config, url: &str) -> Option<String> {
    let rest = url.strip_prefix("redis://")?;
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let connection = &mut config.connection;
    connection.database = if database.is_empty() { 0 } else { database.parse().ok()? };
    connection.username = (!user.is_empty()).then(|| user.into());
    connection.password = (!password.is_empty()).then(|| password.into());
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if has_port { host.into() } else { format!("{host}:6379") })
}
