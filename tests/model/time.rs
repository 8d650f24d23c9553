//! The clock, and moments.
use jiff::ToSpan;
use tutela::clock::Timestamp;

use super::{
    History,
    world::{Moment, Status},
};

impl History {
    pub(super) fn time_goes_on(&mut self) {
        let seconds = match self.dice.below(100) {
            0..=54 => self.dice.between(1, 70),
            55..=69 => self.dice.between(71, 7200),
            70..=79 => self.dice.between(1, 40) * 24 * 3600,
            _ => self.until_boundary(),
        };
        self.later(seconds);
    }

    pub(super) fn later(&mut self, seconds: i64) {
        self.server.later(seconds);
        self.tell(&format!("{seconds} s later"));
    }

    /// Seconds to the last one before the next thing that the clock brings, or to that thing.
    fn until_boundary(&mut self) -> i64 {
        let now = self.now();
        let relations = 0..self.world.relations.len();
        let open = relations.filter(|r| self.world.relations[*r].status == Status::Active);
        let ends = open.flat_map(|r| [self.world.end(r), self.world.narrows(r)].map(|at| (at, r)));
        let coming = ends.filter_map(|(at, r)| Some((at.filter(|at| *at > now)?, r)));
        let Some((next, relation)) = coming.min() else {
            return self.dice.between(1, 400) * 24 * 3600;
        };
        self.focus = Some(relation);
        // Up to the whole second: milliseconds pass while the server works.
        let seconds = (next - now).div_euclid(1000) + 1;
        let early = match self.dice.chance(60) {
            true => self.dice.pick(&[1, 30, 200]),
            false => 0,
        };
        (seconds - early).max(1)
    }

    /// A birth date from some weeks before `now` to some years beyond majority.
    pub(super) fn birth_date(&self, now: Moment) -> jiff::civil::Date {
        if self.dice.chance(15) {
            let year = self.world.today(now).year() - i16::try_from(self.dice.below(20)).unwrap();
            let leap_day = |back| jiff::civil::Date::new(year - back, 2, 29).ok();
            return (0..8).find_map(leap_day).unwrap(); // 2100 has none
        }
        let most = i64::from(self.world.wishes.majority) * 365 + 300;
        let days = match self.dice.chance(50) {
            true => self.dice.between(1, most), // about to come of age, often
            false => most - self.dice.between(0, 330),
        };
        self.world.today(now) - days.days()
    }

    /// The end of a relation, on a whole second.
    pub(super) fn some_end(&self, now: Moment) -> Timestamp {
        let seconds = match self.dice.chance(30) {
            true => self.dice.between(1, 900),
            false => self.dice.between(1, 400) * 24 * 3600,
        };
        Timestamp::from_seconds(now.div_euclid(1000) + seconds)
    }
}
