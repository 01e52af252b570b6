//! Pauses between attempts to connect: they double, and a random part keeps many clients from coming back together.

/// The first pause is at most this long, in milliseconds.
const FIRST: u64 = 50;
/// No pause is longer than this, in milliseconds.
const LONGEST: u64 = 2_000;

/// How long to wait before the next attempt.
#[derive(Debug)]
pub(super) struct Backoff {
    failures: u32,
    random: u64,
}

impl Backoff {
    pub(super) const fn new(seed: u64) -> Self {
        Self { failures: 0, random: seed }
    }

    /// The pause after one more failure: between half and all of 50 ms, 100 ms, 200 ms … 2 s.
    pub(super) fn next_pause(&mut self) -> u64 {
        let pause = (FIRST << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        pause / 2 + self.draw() % (pause / 2 + 1)
    }

    /// The server is well: the next failure is the first again.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): small, and any seed will do.
    const fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_two_seconds_and_begin_anew_after_a_reset() {
        let mut backoff = Backoff::new(1);
        for most in [50, 100, 200, 400, 800, 1_600, 2_000, 2_000] {
            let pause = backoff.next_pause();
            assert!((most / 2..=most).contains(&pause), "{pause} of at most {most}");
        }
        backoff.reset();
        assert!(backoff.next_pause() <= 50);
    }

    #[test]
    fn two_seeds_do_not_pause_in_step() {
        let pauses = |seed| {
            let mut backoff = Backoff::new(seed);
            std::array::from_fn::<_, 8, _>(|_| backoff.next_pause())
        };
        assert_ne!(pauses(1), pauses(2));
        assert_eq!(pauses(3), pauses(3));
    }
}
