//! The plot of a machine's activity: tokens per day, drawn by the server.
use crate::{
    clock::Timestamp,
    service_accounts::{DayOfUse, day_of},
    web::Texts,
};

/// How many days are drawn.
pub(super) const DAYS: i64 = 30;
/// Lines of the grid above its foot.
const STEPS: i64 = 4;

/// The plot, ready to be drawn into a square of 100 by 100.
pub(super) struct Plot {
    pub(super) total: i64,
    /// The sentence for whoever does not see it.
    pub(super) told: String,
    /// The figures beside the grid, from the top.
    pub(super) scale: Vec<i64>,
    pub(super) bars: Vec<Bar>,
}

/// One day.
pub(super) struct Bar {
    /// "9 Nov".
    pub(super) day: String,
    pub(super) tokens: i64,
    /// Where the day begins.
    pub(super) left: String,
    /// Where its bar begins.
    pub(super) x: String,
    pub(super) y: String,
    pub(super) height: String,
}

impl Plot {
    /// The days up to the one of `now`.
    pub(super) fn of(t: &Texts, used: &[DayOfUse], now: Timestamp) -> Self {
        let first = day_of(now) - DAYS + 1;
        let tokens_of = |day: i64| {
            used.iter()
                .find(|one| one.day == day)
                .map_or(0, |one| one.tokens)
        };
        let figures: Vec<(i64, i64)> = (first..first + DAYS)
            .map(|day| (day, tokens_of(day)))
            .collect();
        let total: i64 = figures.iter().map(|(_, tokens)| tokens).sum();
        let (best, most) = figures
            .iter()
            .copied()
            .max_by_key(|(_, n)| *n)
            .unwrap_or((first, 0));
        let top = STEPS * step(most);
        let bars = figures
            .iter()
            .zip(0..)
            .map(|((day, tokens), nth)| bar(*day, *tokens, (nth, top)));
        Self {
            told: t.with(
                "sa-plot-told",
                &[
                    ("total", &total.to_string()),
                    ("most", &most.to_string()),
                    ("day", &label(best)),
                ],
            ),
            total,
            scale: (0..=STEPS).rev().map(|n| n * top / STEPS).collect(),
            bars: bars.collect(),
        }
    }
}

fn bar(day: i64, tokens: i64, (nth, top): (i64, i64)) -> Bar {
    // Hundredths: exact enough, and no floating point.
    let hundredths = |n: i64| format!("{}.{:02}", n / 100, n % 100);
    let left = nth * 10_000 / DAYS;
    let height = tokens * 10_000 / top;
    Bar {
        day: label(day),
        tokens,
        left: hundredths(left),
        x: hundredths(left + 60),
        y: hundredths(10_000 - height),
        height: hundredths(height),
    }
}

/// The step of a scale of which four reach `most`: 1, 2 or 5 with zeros behind it.
fn step(most: i64) -> i64 {
    let mut ten = 1;
    loop {
        for digit in [1, 2, 5] {
            if STEPS * digit * ten >= most {
                return digit * ten;
            }
        }
        ten *= 10;
    }
}

fn label(day: i64) -> String {
    let noon = Timestamp::from_seconds(day * 24 * 60 * 60 + 12 * 60 * 60).to_jiff();
    noon.to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%-d %b")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_round_figures_and_reaches_the_most() {
        for (most, expected) in [
            (0, 1),
            (4, 1),
            (5, 2),
            (9, 5),
            (20, 5),
            (21, 10),
            (900, 500),
        ] {
            assert_eq!(step(most), expected, "{most}");
        }
    }

    #[test]
    fn a_bar_stands_on_the_foot_of_the_plot() {
        let bar = bar(0, 3, (29, 4));
        assert_eq!((bar.y.as_str(), bar.height.as_str()), ("25.00", "75.00"));
        assert_eq!((bar.left.as_str(), bar.day.as_str()), ("96.66", "1 Jan"));
    }
}
