//! The reply to `CLUSTER SLOTS`, read where it is: that of a fragmented map has 3 MB.
//!
//! <https://redis.io/docs/latest/commands/cluster-slots/>. What a later server adds behind what is known is skipped.

use super::slot::SLOTS;

/// The slots that one primary has without a gap, and its nodes.
pub(super) struct SlotRange<'a> {
    pub(super) first: u16,
    pub(super) last: u16,
    /// The primary, then its replicas.
    pub(super) nodes: Nodes<'a>,
}

/// One node, as another tells of it.
pub(super) struct NodeEntry<'a> {
    /// Empty where it is that of the node which tells.
    pub(super) host: &'a [u8],
    pub(super) port: &'a [u8],
    pub(super) id: &'a [u8],
    /// Empty where it has none, or the other does not say.
    pub(super) hostname: &'a [u8],
}

/// Reads every range of a complete reply. `None` where it is not one to `CLUSTER SLOTS`.
pub(super) fn read_ranges<'a>(reply: &'a [u8], mut each: impl FnMut(SlotRange<'a>) -> Option<()>) -> Option<()> {
    let mut elements = Elements(reply);
    for _ in 0..elements.array()? {
        let fields = elements.array()?;
        let (first, last) = (slot_number(elements.text()?)?, slot_number(elements.text()?)?);
        let nodes = Nodes { elements: elements.clone(), left: fields.checked_sub(2)? };
        elements.skip(nodes.left)?;
        each(SlotRange { first, last, nodes })?;
    }
    Some(())
}

/// The nodes of a range, one after the other.
#[derive(Clone)]
pub(super) struct Nodes<'a> {
    elements: Elements<'a>,
    left: usize,
}

impl<'a> Iterator for Nodes<'a> {
    type Item = NodeEntry<'a>;

    fn next(&mut self) -> Option<NodeEntry<'a>> {
        self.left = self.left.checked_sub(1)?;
        let fields = self.elements.array()?;
        let mut texts = [&[][..]; 3];
        for text in &mut texts[..fields.min(3)] {
            *text = self.elements.text()?;
        }
        let [host, port, id] = texts;
        let hostname = if fields > 3 { self.elements.clone().hostname().unwrap_or_default() } else { &[] };
        self.elements.skip(fields.saturating_sub(3))?;
        Some(NodeEntry { host, port, id, hostname })
    }
}

/// A number of a slot that exists.
fn slot_number(text: &[u8]) -> Option<u16> {
    let is_number = (1..=5).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let number = text.iter().fold(0, |number, digit| number * 10 + usize::from(digit & 15));
    (is_number && number < SLOTS).then_some(number as u16)
}

/// The elements of a complete reply that are left.
#[derive(Clone)]
struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The next element's first line: its type, and what follows it.
    fn line(&mut self) -> Option<(u8, &'a [u8])> {
        let end = self.0.iter().position(|&byte| byte == b'\r')?;
        let (&kind, line) = self.0[..end].split_first()?;
        self.0 = self.0.get(end + 2..)?;
        Some((kind, line))
    }

    /// How many elements the array has that comes next.
    fn array(&mut self) -> Option<usize> {
        match self.line()? {
            (b'*', line) => length(line),
            _ => None,
        }
    }

    /// The string or the number that comes next; nil is empty.
    fn text(&mut self) -> Option<&'a [u8]> {
        match self.line()? {
            (b':' | b'+', line) => Some(line),
            (b'$', b"-1") | (b'_', _) => Some(&[]),
            (b'$', line) => {
                let length = length(line)?;
                let text = self.0.get(..length)?;
                self.0 = self.0.get(length + 2..)?;
                Some(text)
            }
            _ => None,
        }
    }

    fn skip(&mut self, elements: usize) -> Option<()> {
        let mut left = elements;
        while left > 0 {
            left -= 1;
            match self.0.first()? {
                b'*' | b'~' | b'%' => {
                    let (kind, line) = self.line()?;
                    left += length(line).unwrap_or(0) * if kind == b'%' { 2 } else { 1 };
                }
                _ => self.text().map(|_| ())?,
            }
        }
        Some(())
    }

    /// The value of `hostname` in a node's metadata: names and values in one array, or in a map of RESP3.
    fn hostname(&mut self) -> Option<&'a [u8]> {
        let (kind, line) = self.line()?;
        let pairs = if kind == b'%' { length(line)? } else { length(line)? / 2 };
        for _ in 0..pairs {
            let (name, value) = (self.text()?, self.text()?);
            if name == b"hostname" {
                return Some(value);
            }
        }
        None
    }
}

/// The scanner has seen to it that it is a number, or -1.
fn length(line: &[u8]) -> Option<usize> {
    let is_number = line.iter().all(u8::is_ascii_digit);
    is_number.then(|| line.iter().fold(0, |number: usize, digit| number * 10 + usize::from(digit - b'0')))
}
