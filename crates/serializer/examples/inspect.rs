//! Prints the value of a stored entry: `redis-cli --raw get key | cargo run --example inspect`.

use std::io::{Read, stdin};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut stored = Vec::new();
    stdin().read_to_end(&mut stored)?;
    // redis-cli ends its output with a line feed.
    let stored = stored.strip_suffix(b"\n").unwrap_or(&stored);
    match cachelib_serializer::loads(stored) {
        Ok(value) => println!("{value:#?}"),
        Err(error) => eprintln!("unreadable: {error}"),
    }
    Ok(())
}
