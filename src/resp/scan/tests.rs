use super::*;

const REPLIES: [&[u8]; 14] = [
    b"+OK\r\n",
    b"-ERR no\r\n",
    b":0\r\n",
    b":-9223372036854775808\r\n",
    b":+7\r\n",
    b"$0\r\n\r\n",
    b"$5\r\na\r\nbc\r\n",
    b"$3\r\nfoo\r\n",
    b"*0\r\n",
    b"*1\r\n*0\r\n",
    b"*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
    b"*3\r\n:1\r\n*2\r\n+a\r\n*1\r\n-e\r\n+b\r\n",
    b"+\r\n",
    b"*2\r\n*0\r\n*0\r\n",
];

#[test]
fn a_reply_is_found_whole_byte_by_byte_and_with_others_behind_it() {
    for reply in REPLIES {
        assert_eq!(Scanner::default().scan(reply), Ok(Some(reply.len())));
        let trailing = [reply, b"+OK\r\n"].concat();
        assert_eq!(Scanner::default().scan(&trailing), Ok(Some(reply.len())));
        let mut scanner = Scanner::default();
        for end in 0..reply.len() {
            assert_eq!(scanner.scan(&reply[..end]), Ok(None), "{reply:?} cut at {end}");
        }
        assert_eq!(scanner.scan(reply), Ok(Some(reply.len())));
    }
}

#[test]
fn the_fast_path_finds_what_the_general_path_finds() {
    for length in [0, 1, 9, 10, 99, 100, 999, 1_000, 1_001] {
        for head in [format!("${length}"), format!("$0{length}"), format!("${length}x"), "$".into(), "+OK".into()] {
            let reply = format!("{head}\r\n{}\r\n+", "x".repeat(length)).into_bytes();
            for end in 0..=reply.len() {
                let cut = &reply[..end];
                assert_eq!(Scanner::default().scan(cut), Scanner::default().scan_any(cut), "{head} cut at {end}");
            }
            for at in (0..6.min(reply.len())).chain(reply.len().saturating_sub(4)..reply.len()) {
                for byte in *b"\r\n0$x" {
                    let mut wrong = reply.clone();
                    wrong[at] = byte;
                    assert_eq!(Scanner::default().scan(&wrong), Scanner::default().scan_any(&wrong), "{head}, {at}");
                }
            }
        }
    }
}

#[test]
fn a_reply_of_too_many_elements_is_skipped_and_the_next_is_found() {
    let count = MAX_ELEMENTS / 2;
    let reply = [format!("*{count}\r\n").into_bytes(), b"*1\r\n$3\r\na\r\n\r\n".repeat(count)].concat();
    assert_eq!(Scanner::default().scan(&reply), Ok(Some(reply.len())));
    let long = [b"*2\r\n", &reply[..], b":1\r\n"].concat();
    assert_eq!(Scanner::default().scan(&long), Err(ProtocolError::TooLarge));
    for size in [7, 1_000, long.len()] {
        let (mut scanner, mut kept) = (Scanner::default(), Vec::new());
        let mut found = None;
        for chunk in long.chunks(size) {
            assert_eq!(found, None);
            kept.extend_from_slice(chunk);
            found = scanner.scan_or_skip(&kept).expect("well-formed");
            if found.is_none() && scanner.is_skipping() {
                kept.drain(..scanner.take_scanned());
            }
        }
        assert!(found == Some(kept.len()) && scanner.is_skipping());
        for next in [&b"$3\r\nabc\r\n"[..], b"*1\r\n:1\r\n"] {
            let mut scanner = scanner.clone();
            assert_eq!(scanner.scan_or_skip(next), Ok(Some(next.len())));
            assert!(!scanner.is_skipping());
        }
    }
}

#[test]
#[cfg(not(feature = "resp3"))]
fn nil_is_a_bulk_string_or_an_array_of_length_minus_one() {
    for reply in [&b"$-1\r\n"[..], b"*-1\r\n", b"*1\r\n$-1\r\n"] {
        assert_eq!(Scanner::default().scan(reply), Ok(Some(reply.len())));
    }
}

#[test]
fn malformed_replies_are_refused_as_soon_as_they_show() {
    use ProtocolError::*;
    let deep = b"*1\r\n".repeat(100_000);
    let long = [b"+".to_vec(), vec![b'a'; MAX_LINE + 1]].concat();
    let wide = [&b"*600000\r\n*600000\r\n"[..]].concat();
    let cases: [(&[u8], ProtocolError); 19] = [
        (b"HTTP/1.1 400 Bad Request\r\n", UnknownType),
        (b"\x15\x03\x03", UnknownType),
        (b"\r\n", UnknownType),
        (b":\r\n", BadNumber),
        (b":1.5\r\n", BadNumber),
        (b":9223372036854775808\r\n", BadNumber),
        (b"$x\r\n", BadNumber),
        (b"$-2\r\n", BadNumber),
        (b"$+1\r\na\r\n", BadNumber),
        (b"$536870913\r\n", TooLarge),
        (b"*4294967295\r\n", TooLarge),
        (b"*99999999999999999999\r\n", BadNumber),
        (b"$3\r\nfooXX", BadTerminator),
        (b"+a\rb\r\n", BadLine),
        (b"+ab\n", BadLine),
        (b"*1\r\n!\r\n", UnknownType),
        (&deep, TooDeep),
        (&wide, TooLarge),
        (&long, BadLine),
    ];
    for (input, error) in cases {
        assert_eq!(Scanner::default().scan(input), Err(error), "{:?}", &input[..input.len().min(30)]);
    }
}
