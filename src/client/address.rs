//! What the user opens a socket to.

use crate::resp::encode;
use std::rc::Rc;

/// The longest host name, in bytes.
const MAX_HOST: usize = 255;

/// What the user opens a socket to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Address {
    /// The server of this index among those that the user has configured: the user knows how to reach it.
    Configured(u16),
    /// One that a server has named: `host:port`, IPv6 without brackets; or `#i:port`, the host of the configured server `i`.
    Named(Rc<str>),
}

impl Address {
    /// The address of a server of which another one, at `from`, says that it is at `host` and `port`. An empty host is that of
    /// the other. `None` where there is no such address: `?` is a host that the server does not know.
    pub(super) fn named(host: &[u8], port: &[u8], from: &Self) -> Option<Self> {
        let is_host =
            host.len() <= MAX_HOST && host != b"?" && host.iter().all(|&byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_host || !is_port(port) {
            return None;
        }
        let own = from.host();
        let host = if host.is_empty() { &own } else { host };
        let text = [host, b":", port].concat();
        Some(Self::Named(std::str::from_utf8(&text).ok()?.into()))
    }

    /// The same where the port is a number.
    pub(super) fn numbered(host: &[u8], port: i64, from: &Self) -> Option<Self> {
        Self::named(host, encode::digits(port, &mut [0; 20]), from)
    }

    /// The same where host and port are one text, as in `MOVED 42 host:port`.
    pub(super) fn parse(text: &[u8], from: &Self) -> Option<Self> {
        let (host, port) = split(text)?;
        Self::named(host, port, from)
    }

    /// Whether it is an IP address that a server has named.
    pub(super) fn is_ip(&self) -> bool {
        let host = self.host();
        host.contains(&b':') || host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    }

    fn host(&self) -> Vec<u8> {
        match self {
            Self::Configured(index) => [b"#", encode::digits((*index).into(), &mut [0; 20])].concat(),
            Self::Named(text) => split(text.as_bytes()).map_or(text.as_bytes(), |(host, _)| host).to_vec(),
        }
    }
}

/// Host and port of an address.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text.iter().rposition(|&byte| byte == b':')?;
    Some((&text[..colon], &text[colon + 1..]))
}

/// Whether it is a number from 1 to 65535, as servers write it.
fn is_port(text: &[u8]) -> bool {
    let is_number = (1..=5).contains(&text.len()) && text[0] != b'0' && text.iter().all(u8::is_ascii_digit);
    is_number && text.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')) <= 65_535
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_host_and_a_port_or_none() {
        let (seed, node) = (Address::Configured(12), Address::Named("fd00::7:6379".into()));
        let cases = [
            ("10.0.0.1:6379", Some("10.0.0.1:6379"), Some("10.0.0.1:6379")),
            ("redis-1.example:1", Some("redis-1.example:1"), Some("redis-1.example:1")),
            ("fe80::1%eth0:65535", Some("fe80::1%eth0:65535"), Some("fe80::1%eth0:65535")),
            (":6380", Some("#12:6380"), Some("fd00::7:6380")),
            ("?:6379", None, None),
            ("h:0", None, None),
            ("h:00080", None, None),
            ("h:65536", None, None),
            ("h:99999", None, None),
            ("h:", None, None),
            ("h:+80", None, None),
            ("h h:80", None, None),
            ("#1:80", None, None),
            ("h\u{e9}:80", None, None),
            ("h", None, None),
            ("", None, None),
        ];
        for (text, of_seed, of_node) in cases {
            let named = |from| match Address::parse(text.as_bytes(), from) {
                Some(Address::Named(text)) => Some(text.to_string()),
                _ => None,
            };
            assert_eq!(named(&seed).as_deref(), of_seed, "{text}");
            assert_eq!(named(&node).as_deref(), of_node, "{text}");
        }
        assert_eq!(Address::parse(&[&[b'h'; 256][..], b":1"].concat(), &seed), None);
        assert_eq!(Address::Configured(3).host(), b"#3");
        let is_ip = |text: &str| Address::Named(text.into()).is_ip();
        assert_eq!(["10.0.0.1:1", "::1:1", "a1.example:1", "#1:1"].map(is_ip), [true, true, false, false]);
    }
}
