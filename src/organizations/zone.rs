//! Time zones, in which birthdays begin.
use std::{fmt, str::FromStr};

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::clock::Timestamp;

/// A time zone of the IANA database that the program carries.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// There is no time zone of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone \"{0}\"; expected a name such as Europe/Brussels")]
pub struct UnknownZone(String);

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first moment of `day` there: 00:00, or the moment the clocks jump to where
    /// that hour (or that day) is left out. `None` past the end of the calendar.
    pub fn start_of(&self, day: Date) -> Option<Timestamp> {
        let start = day.to_zoned(self.rules.clone()).ok()?;
        Some(Timestamp::from_millis(start.timestamp().as_millisecond()))
    }

    /// The moment after the last of `day` there: the first one of the next day.
    pub fn end_of(&self, day: Date) -> Option<Timestamp> {
        self.start_of(day.tomorrow().ok()?)
    }

    /// When the clocks there show `local`: the first time where they show it twice, and as
    /// much later as is left out where they jump over it. `None` past the end of the calendar.
    pub fn moment_of(&self, local: DateTime) -> Option<Timestamp> {
        let zoned = local.to_zoned(self.rules.clone()).ok()?;
        Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    }

    /// What the clocks show there at `moment`.
    pub fn local(&self, moment: Timestamp) -> DateTime {
        moment.to_jiff().to_zoned(self.rules.clone()).datetime()
    }

    /// Which day it is there at `moment`.
    pub fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_jiff().to_zoned(self.rules.clone()).date()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Zone {}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(name.to_owned());
        let rules = TimeZone::get(name).map_err(|_| unknown())?;
        // jiff takes names in any case; keep the canonical one.
        let name = rules.iana_name().ok_or_else(unknown)?.to_owned();
        Ok(Self { name, rules })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[track_caller]
    fn check(zone: &str, day: Date, start: &str) {
        let zone: Zone = zone.parse().unwrap();
        assert_eq!(zone.start_of(day).unwrap().to_string(), start);
    }

    #[test]
    fn a_day_begins_at_its_first_moment_even_where_midnight_is_left_out() {
        check("UTC", date(2036, 9, 14), "2036-09-14T00:00:00Z");
        check("Europe/Brussels", date(2036, 9, 14), "2036-09-13T22:00:00Z");
        // Clocks went from 00:00 to 01:00.
        check(
            "America/Sao_Paulo",
            date(2018, 11, 4),
            "2018-11-04T03:00:00Z",
        );
        check("Africa/Cairo", date(2023, 4, 28), "2023-04-27T22:00:00Z");
        // 00:00 happened twice; the first counts.
        check("America/Havana", date(2023, 11, 5), "2023-11-05T04:00:00Z");
        // The whole day was left out.
        check("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn only_names_of_the_database_are_zones() {
        for name in [
            "",
            "Mars/Olympus",
            "+01:00",
            "EST5EDT4,M3.2.0",
            "../etc/passwd",
        ] {
            assert!(name.parse::<Zone>().is_err(), "{name}");
        }
        assert_eq!(
            "europe/brussels".parse::<Zone>().unwrap().name(),
            "Europe/Brussels"
        );
    }
}
