//! Where a request goes.

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// To any node.
    Any,
    /// To the node that has this key.
    Key(&'a [u8]),
    /// To this node.
    Node(NodeId),
}

/// One server of the installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeId(pub(super) u16);

impl NodeId {
    /// A number that stands for it.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One of the client's connections. An identifier names one socket, and is not used again before a million others were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u32);

/// How many bits of an identifier tell the node.
const NODE_BITS: u32 = 12;
/// The most nodes that are known at once.
pub(super) const MAX_NODES: usize = 1 << NODE_BITS;

impl ConnectionId {
    pub(super) const fn new(serial: u32, node: NodeId) -> Self {
        Self(serial << NODE_BITS | node.0 as u32)
    }

    /// The node that the connection is to.
    #[must_use]
    pub const fn node(self) -> NodeId {
        NodeId((self.0 & (MAX_NODES as u32 - 1)) as u16)
    }
}
