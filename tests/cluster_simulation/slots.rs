//! Hash slots, by the definition: bit by bit.

pub(crate) const SLOTS: usize = 16_384;

pub(crate) fn slot(key: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(key).into_owned();
    let tag = text.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    let hashed = tag.filter(|tag| !tag.is_empty()).map_or(key, str::as_bytes);
    let crc = hashed.iter().fold(0_u16, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| crc << 1 ^ if crc >> 15 == 1 { 0x1021 } else { 0 })
    });
    crc % SLOTS as u16
}
