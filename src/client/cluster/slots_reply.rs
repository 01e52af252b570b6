//! The reply to `CLUSTER SLOTS`: <https://redis.io/docs/latest/commands/cluster-slots/>. What a later server adds behind what is
//! known is skipped.

use super::slot::SLOTS;
use crate::resp::Reply;
use std::ops::Range;

/// One node, as another tells of it.
pub(super) struct NodeEntry<'a> {
    /// Empty where it is that of the node which tells.
    pub(super) host: &'a [u8],
    pub(super) port: i64,
    pub(super) id: &'a [u8],
    /// Empty where it has none, or the other does not say.
    pub(super) hostname: &'a [u8],
}

/// The slots that one primary has without a gap, and its nodes: the primary, then its replicas. `None` where it is no range.
pub(super) fn read_range<'a, 'r>(range: &'r Reply<'a>) -> Option<(Range<usize>, &'r [Reply<'a>])> {
    let [Reply::Integer(first), Reply::Integer(last), nodes @ ..] = range.parts() else { return None };
    let (first, last) = (usize::try_from(*first).ok()?, usize::try_from(*last).ok()?);
    (last < SLOTS).then_some((first..last + 1, nodes))
}

pub(super) fn read_node<'a>(node: &Reply<'a>) -> Option<NodeEntry<'a>> {
    let [host, Reply::Integer(port), rest @ ..] = node.parts() else { return None };
    let id = rest.first().map_or(&[][..], text);
    let hostname = rest.get(1).and_then(|metadata| {
        // Names and values in turn.
        let (pairs, _) = metadata.parts().as_chunks();
        pairs.iter().find(|[name, _]| text(name) == b"hostname").map(|[_, hostname]| text(hostname))
    });
    Some(NodeEntry { host: text(host), port: *port, id, hostname: hostname.unwrap_or_default() })
}

/// A string; nil is empty.
const fn text<'a>(reply: &Reply<'a>) -> &'a [u8] {
    match reply {
        Reply::Bulk(text) | Reply::Status(text) => text,
        _ => &[],
    }
}
