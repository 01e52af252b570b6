//! What is said first on a new connection: AUTH or HELLO, SELECT, CLIENT SETNAME.

use crate::resp::{Reply, encode};

/// Who we are to the server, and which database we want.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// An ACL user; without one the password is the default user's.
    pub username: Option<String>,
    /// Sent with AUTH when present.
    pub password: Option<String>,
    /// Selected when not 0.
    pub database: u32,
    /// Shown by CLIENT LIST; empty sends nothing.
    pub client_name: String,
}

/// A command of the handshake whose reply is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// AUTH, or HELLO with RESP3.
    Authenticate,
    Select,
    /// A server that knows no CLIENT SETNAME, or forbids it, is a good server all the same.
    Name,
}

impl Step {
    /// Whether `reply` lets the connection go on.
    pub(super) const fn accepts(self, reply: &Reply<'_>) -> bool {
        matches!(self, Self::Name) || !matches!(reply, Reply::Error(_))
    }
}

impl Credentials {
    /// Whether a write sent before the handshake is answered could be carried out as the wrong user or on the wrong
    /// database.
    pub(super) const fn decide_where_writes_land(&self) -> bool {
        self.password.is_some() || self.database != 0
    }

    /// Appends the handshake's commands; the steps come in the order of their replies.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Vec<Step> {
        let mut steps = Vec::with_capacity(3);
        self.authenticate(out, &mut steps);
        if self.database != 0 {
            encode::command(out, 2);
            encode::bulk(out, b"SELECT");
            encode::integer(out, i64::from(self.database));
            steps.push(Step::Select);
        }
        if !self.client_name.is_empty() {
            encode::command(out, 3);
            encode::bulk(out, b"CLIENT");
            encode::bulk(out, b"SETNAME");
            encode::bulk(out, self.client_name.as_bytes());
            steps.push(Step::Name);
        }
        steps
    }

    /// AUTH: <https://redis.io/docs/latest/commands/auth/>.
    #[cfg(not(feature = "resp3"))]
    fn authenticate(&self, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        let Some(password) = &self.password else {
            return;
        };
        encode::command(out, 2 + usize::from(self.username.is_some()));
        encode::bulk(out, b"AUTH");
        if let Some(username) = &self.username {
            encode::bulk(out, username.as_bytes());
        }
        encode::bulk(out, password.as_bytes());
        steps.push(Step::Authenticate);
    }

    /// HELLO 3: <https://redis.io/docs/latest/commands/hello/>.
    #[cfg(feature = "resp3")]
    fn authenticate(&self, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        encode::command(out, if self.password.is_some() { 5 } else { 2 });
        encode::bulk(out, b"HELLO");
        encode::bulk(out, b"3");
        if let Some(password) = &self.password {
            encode::bulk(out, b"AUTH");
            encode::bulk(out, self.username.as_deref().unwrap_or("default").as_bytes());
            encode::bulk(out, password.as_bytes());
        }
        steps.push(Step::Authenticate);
    }
}

#[cfg(all(test, not(feature = "resp3")))]
mod tests {
    use super::*;

    #[test]
    fn a_plain_connection_only_names_itself() {
        let mut out = Vec::new();
        let credentials = Credentials { client_name: "edge".into(), ..Credentials::default() };
        assert_eq!(credentials.encode(&mut out), [Step::Name]);
        assert_eq!(out, b"*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$4\r\nedge\r\n");
        assert!(!credentials.decide_where_writes_land());
    }

    #[test]
    fn a_password_with_spaces_and_line_ends_stays_one_argument() {
        let mut out = Vec::new();
        let credentials = Credentials {
            username: Some("ada".into()),
            password: Some("a b\r\n".into()),
            database: 7,
            client_name: String::new(),
        };
        assert_eq!(credentials.encode(&mut out), [Step::Authenticate, Step::Select]);
        assert_eq!(out, b"*3\r\n$4\r\nAUTH\r\n$3\r\nada\r\n$5\r\na b\r\n\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n7\r\n");
        assert!(credentials.decide_where_writes_land());
    }

    #[test]
    fn only_the_name_may_be_refused() {
        let refusal = Reply::Error(b"ERR no");
        assert!(Step::Name.accepts(&refusal));
        assert!(!Step::Select.accepts(&refusal));
        assert!(!Step::Authenticate.accepts(&refusal));
        assert!(Step::Select.accepts(&Reply::Status(b"OK")));
    }
}
