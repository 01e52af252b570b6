//! What is said first on a new connection: AUTH or HELLO, SELECT, CLIENT SETNAME, READONLY or ROLE.

use crate::resp::{CommandBuffer, Reply, encode};
use std::{fmt, vec};

/// Who we are to the server, and which database we want.
#[derive(Clone, Default)]
pub struct ConnectionInfo {
    /// An ACL user; without one the password is the default user's.
    pub username: Option<String>,
    /// Sent with AUTH when present.
    pub password: Option<String>,
    /// Selected when not 0.
    pub database: u32,
    /// Shown by CLIENT LIST; empty sends nothing.
    pub client_name: String,
}

/// What the server is wanted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Whatever it is.
    Any,
    /// A node of a cluster that answers reads as a replica too, by data that may be old.
    Reader,
    /// A master, as it must say itself where a sentinel has named it: <https://redis.io/docs/latest/commands/role/>.
    Master,
    /// The same as a replica.
    Replica,
}

impl fmt::Debug for ConnectionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionInfo")
            .field("username", &self.username)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("database", &self.database)
            .field("client_name", &self.client_name)
            .finish()
    }
}

/// A command of the handshake whose reply is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// AUTH, or HELLO with RESP3.
    Authenticate,
    Select,
    /// A server that knows no CLIENT SETNAME, or forbids it, is a good server all the same.
    SetName,
    /// One that knows no READONLY sends reads on to the primary.
    ReadOnly,
    /// ROLE. One that forbids it is taken at the sentinel's word.
    Master,
    Replica,
}

/// Why a server is refused that is to be a master.
const NO_MASTER: &[u8] = b"READONLY the server is a replica";
/// The same where it is to be a replica.
const NO_REPLICA: &[u8] = b"ERR the server is no replica";

impl Step {
    /// Whether `reply` lets the connection go on.
    pub(super) const fn accepts(self, reply: &Reply<'_>) -> bool {
        !(matches!(self, Self::Authenticate | Self::Select) && matches!(reply, Reply::Error(_)))
    }

    /// What is wrong with the server, by a reply that is not an error.
    pub(super) fn objection(self, reply: &Reply<'_>) -> Option<&'static [u8]> {
        let (name, objection) = match self {
            Self::Master => (&b"master"[..], NO_MASTER),
            Self::Replica => (&b"slave"[..], NO_REPLICA),
            _ => return None,
        };
        let Reply::Array(parts) = reply else { return None };
        let is_so = matches!(parts.first(), Some(Reply::Bulk(said)) if *said == name);
        (!is_so).then_some(objection)
    }
}

/// The handshake of one connection.
pub(super) struct Handshake {
    /// Whether a write sent before the handshake is answered could be executed as the wrong user or on the wrong database.
    pub(super) changes_session: bool,
    /// The commands, and the requests that are pipelined with them; empty once the server has received them.
    pub(super) bytes: CommandBuffer,
    /// Whether the bytes were handed to the transport.
    pub(super) is_sent: bool,
    /// In the order of their replies, as far as those have not come.
    pub(super) steps: vec::IntoIter<Step>,
}

impl Handshake {
    pub(super) fn new(info: &ConnectionInfo, role: Role) -> Self {
        let (mut bytes, mut steps) = (CommandBuffer::default(), Vec::new());
        authenticate(info, &mut bytes, &mut steps);
        if info.database != 0 {
            encode::command(&mut bytes, 2);
            encode::bulk(&mut bytes, b"SELECT");
            encode::integer(&mut bytes, i64::from(info.database));
            steps.push(Step::Select);
        }
        if !info.client_name.is_empty() {
            encode::command(&mut bytes, 3);
            encode::bulk(&mut bytes, b"CLIENT");
            encode::bulk(&mut bytes, b"SETNAME");
            encode::bulk(&mut bytes, info.client_name.as_bytes());
            steps.push(Step::SetName);
        }
        let question = match role {
            Role::Any => None,
            Role::Reader => Some((&b"READONLY"[..], Step::ReadOnly)),
            Role::Master => Some((&b"ROLE"[..], Step::Master)),
            Role::Replica => Some((&b"ROLE"[..], Step::Replica)),
        };
        if let Some((name, step)) = question {
            encode::command(&mut bytes, 1);
            encode::bulk(&mut bytes, name);
            steps.push(step);
        }
        let changes_session = info.password.is_some() || info.database != 0 || role == Role::Master;
        Self { changes_session, bytes, is_sent: false, steps: steps.into_iter() }
    }
}

/// The bytes hold the password.
impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("is_sent", &self.is_sent).field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// AUTH: <https://redis.io/docs/latest/commands/auth/>.
#[cfg(not(feature = "resp3"))]
fn authenticate(info: &ConnectionInfo, out: &mut CommandBuffer, steps: &mut Vec<Step>) {
    let Some(password) = &info.password else {
        return;
    };
    encode::command(out, 2 + usize::from(info.username.is_some()));
    encode::bulk(out, b"AUTH");
    if let Some(username) = &info.username {
        encode::bulk(out, username.as_bytes());
    }
    encode::bulk(out, password.as_bytes());
    steps.push(Step::Authenticate);
}

/// HELLO 3: <https://redis.io/docs/latest/commands/hello/>.
#[cfg(feature = "resp3")]
fn authenticate(info: &ConnectionInfo, out: &mut CommandBuffer, steps: &mut Vec<Step>) {
    encode::command(out, if info.password.is_some() { 5 } else { 2 });
    encode::bulk(out, b"HELLO");
    encode::bulk(out, b"3");
    if let Some(password) = &info.password {
        encode::bulk(out, b"AUTH");
        encode::bulk(out, info.username.as_deref().unwrap_or("default").as_bytes());
        encode::bulk(out, password.as_bytes());
    }
    steps.push(Step::Authenticate);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(feature = "resp3"))]
    fn a_plain_connection_only_names_itself() {
        let handshake =
            Handshake::new(&ConnectionInfo { client_name: "edge".into(), ..ConnectionInfo::default() }, Role::Any);
        assert_eq!(handshake.steps.as_slice(), [Step::SetName]);
        assert_eq!(*handshake.bytes, *b"*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$4\r\nedge\r\n");
        assert!(!handshake.changes_session);
    }

    #[test]
    #[cfg(not(feature = "resp3"))]
    fn a_password_with_spaces_and_line_ends_stays_one_argument() {
        let handshake = Handshake::new(
            &ConnectionInfo {
                username: Some("ada".into()),
                password: Some("a b\r\n".into()),
                database: 7,
                ..ConnectionInfo::default()
            },
            Role::Any,
        );
        assert_eq!(handshake.steps.as_slice(), [Step::Authenticate, Step::Select]);
        let expected = b"*3\r\n$4\r\nAUTH\r\n$3\r\nada\r\n$5\r\na b\r\n\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n7\r\n";
        assert_eq!(*handshake.bytes, *expected);
        assert!(handshake.changes_session);
    }

    #[test]
    #[cfg(not(feature = "resp3"))]
    fn a_server_is_asked_for_its_role_after_all_else() {
        let info = ConnectionInfo { client_name: "edge".into(), ..ConnectionInfo::default() };
        let cases = [
            (Role::Any, vec![Step::SetName], "edge", false),
            (Role::Reader, vec![Step::SetName, Step::ReadOnly], "READONLY", false),
            (Role::Master, vec![Step::SetName, Step::Master], "ROLE", true),
            (Role::Replica, vec![Step::SetName, Step::Replica], "ROLE", false),
        ];
        for (role, steps, last, makes_writes_wait) in cases {
            let handshake = Handshake::new(&info, role);
            assert_eq!(handshake.steps.as_slice(), steps);
            assert!(handshake.bytes.ends_with(format!("\r\n{last}\r\n").as_bytes()), "{role:?}");
            assert_eq!(handshake.changes_session, makes_writes_wait, "{role:?}");
        }
    }

    #[test]
    fn a_server_of_another_role_is_refused() {
        let role = |name| Reply::Array(vec![Reply::Bulk(name), Reply::Integer(0)]);
        let cases: [(_, &[u8], &[u8], _); 2] =
            [(Step::Master, b"master", b"slave", NO_MASTER), (Step::Replica, b"slave", b"master", NO_REPLICA)];
        for (step, name, other, objection) in cases {
            assert_eq!(step.objection(&role(name)), None);
            assert_eq!(step.objection(&role(other)), Some(objection));
            assert_eq!(step.objection(&Reply::Array(Vec::new())), Some(objection));
        }
        assert_eq!(Step::Select.objection(&Reply::Array(Vec::new())), None);
    }

    #[test]
    fn what_is_no_condition_may_be_refused() {
        let refusal = Reply::Error(b"ERR no");
        assert!([Step::SetName, Step::ReadOnly, Step::Master, Step::Replica].iter().all(|step| step.accepts(&refusal)));
        assert!(!Step::Select.accepts(&refusal));
        assert!(!Step::Authenticate.accepts(&refusal));
        assert!(Step::Select.accepts(&Reply::Status(b"OK")));
    }

    #[test]
    fn debug_shows_no_password() {
        let info = ConnectionInfo { password: Some("hunter2".into()), ..ConnectionInfo::default() };
        let shown = format!("{info:?} {:?}", Handshake::new(&info, Role::Any));
        assert!(!shown.contains("hunter2") && !shown.contains(&format!("{:?}", b"hunter2")));
    }
}
