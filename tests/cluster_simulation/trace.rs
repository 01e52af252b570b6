//! What happens in a schedule, line by line: `SCHEDULE=7 TRACE=1 cargo test --test cluster_schedules -- --nocapture`.

use crate::simulation::{Command, parse};

/// Prints a line where a trace is wanted.
macro_rules! trace {
    ($($part:tt)*) => {
        if std::env::var_os("TRACE").is_some() {
            eprintln!($($part)*);
        }
    };
}
pub(crate) use trace;

/// A command as it is read; scripts are cut.
pub(super) fn text(command: &Command) -> String {
    let part = |part: &Vec<u8>| String::from_utf8_lossy(&part[..part.len().min(60)]).into_owned();
    command.iter().map(part).collect::<Vec<_>>().join(" ")
}

pub(super) fn texts(bytes: &[u8]) -> String {
    parse(bytes).0.iter().map(text).collect::<Vec<_>>().join(", ")
}
