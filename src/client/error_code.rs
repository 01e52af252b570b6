//! What a server's error reply means.

use crate::resp::ErrorReply;

/// The kind of a server's error reply, as far as this crate knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The user name or the password is wrong.
    WrongPass,
    /// The server wants a password.
    NoAuth,
    /// The user may not do this.
    NoPerm,
    /// A password was given to a server that has none.
    AuthUnwanted,
    /// The server runs in protected mode.
    Denied,
    /// The server has no database of this number.
    InvalidDb,
    /// The server has as many clients as it may have.
    MaxClients,
    /// A replica refuses writes.
    ReadOnly,
    /// The server may take no more memory.
    OutOfMemory,
    /// The server cannot save to disk, and refuses writes.
    MisConf,
    /// The server is loading its data.
    Loading,
    /// A script or a module's command keeps the server busy.
    Busy,
    /// The hash slot belongs to another node.
    Moved,
    /// The hash slot is moving, and the key may be on another node already.
    Ask,
    /// The hash slot is moving, and the keys are on two nodes.
    TryAgain,
    /// The keys are of several hash slots.
    CrossSlot,
    /// The cluster, or the hash slot, is not served.
    ClusterDown,
    /// A replica has lost its primary, and may not answer by old data.
    MasterDown,
    /// A primary has too few replicas to accept writes.
    NoReplicas,
    /// The key holds a value of another type.
    WrongType,
    /// The value is not an integer.
    NotAnInteger,
    /// The integer would leave the 64-bit range.
    Overflow,
    /// A client library rounded the counter's value.
    Rounded,
    /// The server does not know the command.
    UnknownCommand,
    /// Any other.
    Other,
}

use ErrorCode::*;

/// How replies begin, and what they mean; the first that fits. The texts that begin with ERR are those of Redis 2.8 to 8, in
/// `server.c`, `acl.c`, `db.c`, `networking.c` and `t_string.c`.
const BEGINNINGS: [(&str, ErrorCode); 28] = [
    ("WRONGPASS", WrongPass),
    ("ERR invalid password", WrongPass),
    ("NOAUTH", NoAuth),
    ("NOPERM", NoPerm),
    ("ERR AUTH <password> called without any password", AuthUnwanted),
    ("ERR Client sent AUTH", AuthUnwanted),
    ("DENIED", Denied),
    ("ERR DB index", InvalidDb),
    ("ERR invalid DB", InvalidDb),
    ("ERR SELECT is not", InvalidDb),
    ("ERR max number of clients", MaxClients),
    ("READONLY", ReadOnly),
    ("OOM", OutOfMemory),
    ("MISCONF", MisConf),
    ("LOADING", Loading),
    ("BUSY ", Busy),
    ("MOVED", Moved),
    ("ASK", Ask),
    ("TRYAGAIN", TryAgain),
    ("CROSSSLOT", CrossSlot),
    ("CLUSTERDOWN", ClusterDown),
    ("MASTERDOWN", MasterDown),
    ("NOREPLICAS", NoReplicas),
    ("WRONGTYPE", WrongType),
    ("ERR value is not an integer", NotAnInteger),
    ("ERR increment or decrement would overflow", Overflow),
    ("ROUNDED", Rounded),
    ("ERR unknown command", UnknownCommand),
];

impl ErrorCode {
    /// What the reply means, which is given without `-` and CRLF.
    #[must_use]
    pub fn parse(reply: &[u8]) -> Self {
        let known = BEGINNINGS.iter().find(|(beginning, _)| reply.starts_with(beginning.as_bytes()));
        known.map_or(Other, |&(_, code)| code)
    }

    /// The stable name of the error; for others that of its kind.
    #[must_use]
    pub fn name(reply: &ErrorReply) -> &str {
        match Self::parse(reply.as_bytes()) {
            WrongPass => "WRONGPASS",
            NoAuth => "NOAUTH",
            NoPerm => "NOPERM",
            AuthUnwanted => "AUTH_UNWANTED",
            Denied => "DENIED",
            InvalidDb => "INVALID_DB",
            MaxClients => "MAX_CLIENTS",
            Moved | Ask | TryAgain | CrossSlot | ClusterDown => "CLUSTER",
            MasterDown | NoReplicas => "REPLICATION",
            NotAnInteger => "NOT_AN_INTEGER",
            Overflow => "OVERFLOW",
            UnknownCommand => "UNKNOWN_COMMAND",
            _ if reply.kind() == "ERR" => "SERVER_ERROR",
            _ => reply.kind(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_known_by_how_they_begin() {
        let cases = [
            ("WRONGPASS invalid username-password pair", WrongPass, "WRONGPASS"),
            ("ERR AUTH <password> called without any password configured for", AuthUnwanted, "AUTH_UNWANTED"),
            ("ERR max number of clients reached", MaxClients, "MAX_CLIENTS"),
            ("READONLY You can't write against a read only replica.", ReadOnly, "READONLY"),
            ("BUSY Redis is busy running a script.", Busy, "BUSY"),
            ("BUSYKEY Target key name already exists.", Other, "BUSYKEY"),
            ("MOVED 1 127.0.0.1:7001", Moved, "CLUSTER"),
            ("OOM command not allowed", OutOfMemory, "OOM"),
            ("ERR value is not an integer or out of range", NotAnInteger, "NOT_AN_INTEGER"),
            ("ERR syntax error", Other, "SERVER_ERROR"),
            ("NOPROTO unsupported protocol version", Other, "NOPROTO"),
            ("", Other, "SERVER_ERROR"),
        ];
        for (reply, code, name) in cases {
            assert_eq!(ErrorCode::parse(reply.as_bytes()), code, "{reply}");
            assert_eq!(ErrorCode::name(&ErrorReply::new(reply.as_bytes())), name, "{reply}");
        }
    }
}
