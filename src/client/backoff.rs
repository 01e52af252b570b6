//! Pauses between attempts: they double, and a random part keeps many clients from coming back together.

/// The first pause is at most this long, in milliseconds.
const FIRST_PAUSE: u64 = 50;
/// No pause is longer than this, in milliseconds.
const MAX_PAUSE: u64 = 2_000;

/// The random part of pauses: SplitMix64 (Steele, Lea, Flood 2014), for which any seed will do.
#[derive(Debug)]
pub(super) struct Jitter(pub(super) u64);

impl Jitter {
    /// The pause after so many failures before this one: between half and all of 50 ms, 100 ms, 200 ms … 2 s.
    pub(super) fn pause(&mut self, failures: u32) -> u64 {
        let pause = (FIRST_PAUSE << failures.min(10)).min(MAX_PAUSE);
        pause / 2 + self.up_to(pause / 2)
    }

    /// Any number from 0 on, up to this one.
    pub(super) const fn up_to(&mut self, most: u64) -> u64 {
        self.draw() % (most + 1)
    }

    pub(super) const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_two_seconds() {
        let mut jitter = Jitter(1);
        for (failures, most) in (0..).zip([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]) {
            let pause = jitter.pause(failures);
            assert!((most / 2..=most).contains(&pause), "{pause} of at most {most}");
        }
        assert!(jitter.pause(u32::MAX) <= 2_000);
    }

    #[test]
    fn two_seeds_do_not_pause_in_step() {
        let pauses = |seed| {
            let mut jitter = Jitter(seed);
            std::array::from_fn::<_, 8, _>(|failures| jitter.pause(failures as u32))
        };
        assert_ne!(pauses(1), pauses(2));
        assert_eq!(pauses(3), pauses(3));
    }
}
