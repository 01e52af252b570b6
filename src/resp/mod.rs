//! RESP, Redis's wire protocol, and nothing else: <https://redis.io/docs/latest/develop/reference/protocol-spec/>.
//!
//! Requests are arrays of bulk strings ([`encode`]). A reply is found by the resumable [`Scanner`], which enforces every
//! bound, and only then decoded ([`decode`]) by the redis-protocol crate, which has none.

mod buffer;
mod decode;
pub mod encode;
mod error;
mod scan;

pub use buffer::CommandBuffer;
pub(crate) use buffer::try_copy;
pub use decode::{Reply, decode};
pub use error::{ErrorReply, ProtocolError};
pub use scan::{MAX_BULK, MAX_DEPTH, MAX_ELEMENTS, MAX_FRAME, MAX_LINE, Scanner};
