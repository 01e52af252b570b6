use super::super::Effect::{self, Idempotent, NonIdempotent, ReadOnly};
use super::*;

fn queue(effects: &[Effect]) -> RequestQueue<u8> {
    let mut queue = RequestQueue::default();
    for (tag, &effect) in (0..).zip(effects) {
        push(&mut queue, tag, effect);
    }
    queue
}

fn push(queue: &mut RequestQueue<u8>, tag: u8, effect: Effect) {
    let request = Request { order: tag.into(), ..Request::new(tag, effect, 0) };
    queue.push(request, &[b'a' + tag; 3]);
}

fn send_all(queue: &mut RequestQueue<u8>) -> Vec<u8> {
    queue.send(|_| true).map(|range| queue.bytes(range).to_vec()).unwrap_or_default()
}

fn cancel(queue: &mut RequestQueue<u8>, tags: &[u8]) -> Vec<u8> {
    let mut cancelled = Vec::new();
    queue.cancel(&|request| tags.contains(&request.tag), &mut cancelled);
    cancelled.iter().map(|request| request.tag).collect()
}

#[test]
fn requests_are_sent_once_in_order_up_to_the_first_that_waits() {
    let mut queue = queue(&[ReadOnly, ReadOnly, Idempotent, ReadOnly]);
    let range = queue.send(|request| request.effect == ReadOnly).expect("two reads go");
    assert_eq!(queue.bytes(range), b"aaabbb");
    assert_eq!(send_all(&mut queue), b"cccddd");
    assert_eq!(queue.send(|_| true), None);
    assert_eq!(queue.in_flight(), 4);
}

#[test]
fn what_was_never_sent_cannot_be_answered() {
    let mut queue = queue(&[ReadOnly]);
    assert!(queue.pop_in_flight().is_none());
    send_all(&mut queue);
    assert_eq!(queue.pop_in_flight().expect("in flight").request.tag, 0);
    assert!(queue.is_empty());
}

#[test]
fn the_bytes_of_an_answered_request_stay_until_the_queue_is_compacted() {
    let mut queue = queue(&[ReadOnly; 2]);
    send_all(&mut queue);
    let [first, second] = [(); 2].map(|()| queue.pop_in_flight().expect("in flight").bytes);
    assert_eq!((queue.bytes(first), queue.bytes(second)), (&b"aaa"[..], &b"bbb"[..]));
    queue.compact();
    assert!(queue.bytes.is_empty());
}

#[test]
fn a_cancelled_request_keeps_its_place_when_sent_and_vanishes_when_not() {
    let mut queue = queue(&[ReadOnly, ReadOnly, ReadOnly]);
    queue.send(|request| request.tag < 2);
    assert_eq!(cancel(&mut queue, &[1, 2]), [1, 2]);
    assert_eq!(send_all(&mut queue), b"");
    assert!(!queue.pop_in_flight().expect("in flight").is_cancelled);
    assert!(queue.pop_in_flight().expect("in flight").is_cancelled);
    assert!(queue.is_empty());
}

#[test]
fn those_that_expire_at_the_head_the_middle_and_the_end_of_a_queue_leave_the_others_whole() {
    let mut queue = queue(&[ReadOnly; 7]);
    assert_eq!(cancel(&mut queue, &[0, 1, 3, 6]), [0, 1, 3, 6]);
    assert_eq!(send_all(&mut queue), b"ccceeefff");
    assert_eq!(queue.in_flight(), 3);
}

#[test]
fn nobody_waits_for_a_discovery_and_it_is_sent_all_the_same() {
    let mut queue = RequestQueue::default();
    let discovery = Request { kind: Kind::Discovery, ..Request::new(9, ReadOnly, u64::MAX) };
    queue.push(discovery, b"ddd");
    assert!(!queue.is_awaited());
    (0..3).for_each(|tag| push(&mut queue, tag, ReadOnly));
    assert_eq!(cancel(&mut queue, &[1]), [1]);
    assert_eq!(send_all(&mut queue), b"dddaaaccc");
}

#[test]
fn asking_and_its_command_have_two_replies_of_which_the_second_counts() {
    let mut queue = RequestQueue::default();
    queue.push(Request { kind: Kind::Asking, ..Request::new(1, ReadOnly, 0) }, b"ask");
    assert_eq!(send_all(&mut queue), b"ask");
    assert!(queue.pop_in_flight().expect("in flight").is_cancelled);
    assert!(!queue.pop_in_flight().expect("in flight").is_cancelled);
    assert!(queue.is_empty());
}

#[test]
fn after_a_loss_the_kept_requests_are_sent_again_in_order() {
    let mut queue = queue(&[ReadOnly, NonIdempotent, Idempotent, ReadOnly]);
    queue.send(|request| request.tag < 3);
    queue.pop_in_flight();
    queue.requeue(&mut |request| !(request.is_sent && request.request.effect == NonIdempotent));
    assert_eq!(send_all(&mut queue), b"cccddd");
    assert_eq!(queue.in_flight(), 2);
}

#[test]
fn the_last_request_is_taken_back_unless_it_was_sent() {
    let mut queue = queue(&[ReadOnly, ReadOnly]);
    assert_eq!(queue.last_unsent().expect("not sent").1, b"bbb");
    assert_eq!(queue.pop_unsent().expect("not sent").tag, 1);
    assert_eq!(send_all(&mut queue), b"aaa");
    assert!(queue.last_unsent().is_none() && queue.pop_unsent().is_none());
}
