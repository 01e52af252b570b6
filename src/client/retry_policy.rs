//! What is done about a server's error reply: one table.
//!
//! It is about the commands of a cache. `processCommand` of Redis' `server.c` rejects a command before it is executed for
//! each of the reasons marked as such, so that even one that must not be repeated may be sent again. So it is with scripts: what
//! rejects a command does not begin while one runs, and a script that makes up such an error after it has written is at fault.
//!
//! The table holds for commands and for the handshake, where the circuit breaker asks it. How long the pauses are, is in `backoff.rs`
//! and `Context::pause`: for [`Remedy::Wait`] they double with each rejection of the request, up to 200 ms in a cluster; the first
//! [`Remedy::Reconnect`] within 10 s has none, and the next ones double. What else depends on more than the code:
//!
//! - In a cluster (`rejection.rs`) a request with a key follows [`Remedy::Redirect`], at once a few times and then with pauses, and one without waits. LOADING and MASTERDOWN send a
//!   read on to the primary, once. CLUSTERDOWN of one primary alone sends what waits on to its replica. TRYAGAIN is told where the cache layer has another way: `get_many` asks for each key by itself, and a
//!   script that stores under a lease gives up after three attempts.
//! - `clear` begins again where a node that it has cleared has become a replica since (READONLY), in `operation/clear.rs`.
//! - `acquire` does without a lock where the server allows none (NOPERM, WRONGTYPE and others), in `operation/acquire.rs`.

use super::ErrorCode;

/// What is done about an error reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The caller is told: it does not pass by itself, or not soon.
    Report,
    /// The same server is asked again after a pause, as often as the deadline allows.
    Wait,
    /// Another connection is opened, since the name may stand for another server by now, and the command is sent on it; then
    /// again after a pause, as often as the deadline allows.
    Reconnect,
    /// Another connection is opened once, where a password is configured; then the caller is told.
    Reauthenticate,
    /// Another node is asked, in a cluster; otherwise the caller is told.
    Redirect,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Whether the command may have been executed, in part or in whole.
    pub may_be_executed: bool,
    /// What is done.
    pub remedy: Remedy,
}

impl ErrorCode {
    /// What is done about this error.
    #[must_use]
    pub const fn retry_policy(self) -> RetryPolicy {
        use ErrorCode::*;
        use Remedy::*;
        let (may_be_executed, remedy) = match self {
            // A demoted primary behind a DNS name or a proxy: `rejectCommand(c, shared.roslaveerr)`.
            ReadOnly => (false, Reconnect),
            // `shared.loadingerr`: until the data set is loaded.
            Loading => (false, Wait),
            // `shared.slowscripterr`, `shared.slowmoduleerr`: until the script ends or is killed.
            Busy => (false, Wait),
            // `shared.masterdownerr`: until the replica is linked again, or made the primary.
            MasterDown => (false, Wait),
            // `getNodeByQuery` of cluster.c: until the failover is done, and until the slot has moved.
            ClusterDown | TryAgain => (false, Wait),
            // `getNodeByQuery`: only a cluster's client knows the way.
            Moved | Ask => (false, Redirect),
            // `authRequired`: the proxy in between has another server by now.
            NoAuth => (false, Reauthenticate),
            // Before the command: who we are, and what we may do, does not change by itself. `ACLCheckAllPerm`, acl.c.
            WrongPass | NoPerm | AuthUnwanted | Denied | InvalidDb => (false, Report),
            // `acceptCommonHandler` of networking.c closes the socket: the client's pauses between attempts hold.
            MaxClients => (false, Report),
            // Before the command, but it takes an operator, or keys that expire: `shared.oomerr`, `writeCommandsDeniedByDiskError`,
            // `shared.noreplicaserr`.
            OutOfMemory | MisConf | NoReplicas => (false, Report),
            // Before the command: what was asked for is at fault. `getNodeByQuery`, `commandCheckExistence`.
            CrossSlot | UnknownCommand => (false, Report),
            // Of the command itself, which changed nothing: `checkType`, `incrDecrCommand`.
            WrongType | NotAnInteger | Overflow => (true, Report),
            Rounded | Other => (true, Report),
        };
        RetryPolicy { may_be_executed, remedy }
    }
}
