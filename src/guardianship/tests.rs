//! The rules as tables.
use jiff::civil::{Date, date};
use uuid::Uuid;

use super::*;
use crate::{
    accounts::{Standing, Status as AccountStatus},
    clock::Timestamp,
    id::Id,
    organizations::Settings,
};

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn child(born: Date) -> Parties {
    let party = |standing, birth_date| Party {
        status: AccountStatus::Active,
        standing,
        birth_date,
        emancipated_at: None,
    };
    Parties {
        guardian: party(Standing::Primary, Some(date(1984, 5, 2))),
        dependent: party(Standing::Dependent, Some(born)),
    }
}

fn parental() -> Guardianship {
    Guardianship {
        id: Id::from_uuid(Uuid::from_u128(1)),
        organization: Id::from_uuid(Uuid::from_u128(2)),
        guardian: Id::from_uuid(Uuid::from_u128(3)),
        dependent: Id::from_uuid(Uuid::from_u128(4)),
        relationship: Relationship::Father,
        basis: Basis::Parental,
        access_level: AccessLevel::Full,
        scope_ceiling: None,
        starts_at: moment("2020-01-01T00:00:00Z"),
        ends_at: None,
        survives_majority: false,
        status: Status::Active,
        verification: Verification::StaffVerified,
        evidence_ref: None,
    }
}

#[test]
fn n02_a_parents_right_ends_in_the_second_the_child_comes_of_age() {
    let (settings, parties) = (Settings::default(), child(date(2018, 9, 14)));
    let at = |text| authorises(&parental(), &parties, &settings, moment(text));
    let majority = moment("2036-09-14T00:00:00Z");
    assert_eq!(
        at("2036-09-13T23:59:59.999Z").map(|a| a.until),
        Ok(Some(majority))
    );
    assert_eq!(at("2036-09-14T00:00:00Z"), Err(WhyNot::Majority));
    // Before the adolescent age the first change is the narrowing.
    let narrowing = moment("2031-09-14T00:00:00Z");
    assert_eq!(
        at("2026-11-22T00:00:00Z").map(|a| a.until),
        Ok(Some(narrowing))
    );
}

#[test]
fn i15_each_condition_alone_takes_the_right_away() {
    let (settings, now) = (Settings::default(), moment("2026-11-22T00:00:00Z"));
    let (good, family) = (parental(), child(date(2018, 9, 14)));
    assert!(authorises(&good, &family, &settings, now).is_ok());
    let relation = |change: &dyn Fn(&mut Guardianship)| {
        let mut relation = parental();
        change(&mut relation);
        authorises(&relation, &family, &settings, now).err()
    };
    assert_eq!(
        relation(&|r| r.status = Status::Pending),
        Some(WhyNot::NotActive)
    );
    assert_eq!(
        relation(&|r| r.status = Status::Suspended),
        Some(WhyNot::NotActive)
    );
    assert_eq!(
        relation(&|r| r.status = Status::Ended),
        Some(WhyNot::NotActive)
    );
    assert_eq!(
        relation(&|r| r.starts_at = now.plus_seconds(1)),
        Some(WhyNot::NotYet)
    );
    assert_eq!(relation(&|r| r.ends_at = Some(now)), Some(WhyNot::Over));
    let parties = |change: &dyn Fn(&mut Parties)| {
        let mut parties = family;
        change(&mut parties);
        authorises(&good, &parties, &settings, now).err()
    };
    let suspended = AccountStatus::Suspended;
    assert_eq!(
        parties(&|p| p.guardian.status = suspended),
        Some(WhyNot::GuardianUnfit)
    );
    assert_eq!(
        parties(&|p| p.guardian.standing = Standing::Dependent),
        Some(WhyNot::GuardianUnfit)
    );
    assert_eq!(
        parties(&|p| p.guardian.birth_date = Some(date(2010, 1, 1))),
        Some(WhyNot::GuardianUnfit)
    );
    assert_eq!(
        parties(&|p| p.dependent.status = suspended),
        Some(WhyNot::DependentUnfit)
    );
    assert_eq!(
        parties(&|p| p.dependent.birth_date = None),
        Some(WhyNot::AgeUnknown)
    );
    assert_eq!(
        parties(&|p| p.dependent.emancipated_at = Some(now)),
        Some(WhyNot::Emancipated)
    );
}

#[test]
fn a_court_order_that_survives_majority_goes_on() {
    let settings = Settings::default();
    let mut relation = parental();
    (relation.basis, relation.survives_majority) = (Basis::CourtOrder, true);
    let grown = child(date(1990, 1, 1));
    assert!(authorises(&relation, &grown, &settings, moment("2026-11-22T00:00:00Z")).is_ok());
}

#[test]
fn from_thirteen_on_a_parent_reaches_less() {
    let (settings, family) = (Settings::default(), child(date(2018, 9, 14)));
    let reach = |relation: &Guardianship, text| {
        ceiling(relation, &family.dependent, &settings, moment(text)).to_string()
    };
    assert_eq!(
        reach(&parental(), "2031-09-13T23:59:59Z"),
        "patient/*.cruds"
    );
    let limited = settings.limited_ceiling.to_string();
    assert_eq!(reach(&parental(), "2031-09-14T00:00:00Z"), limited);
    let mut assented = parental();
    assented.evidence_ref = Some("file 12".to_owned());
    assert_eq!(reach(&assented, "2031-09-14T00:00:00Z"), "patient/*.cruds");
    let mut narrowed = parental();
    narrowed.scope_ceiling = "patient/Immunization.rs".parse().ok();
    assert_eq!(
        reach(&narrowed, "2026-01-01T00:00:00Z"),
        "patient/Immunization.rs"
    );
}

/// What is not known does not authorise: majority may be long past (I-15, N-02).
#[test]
fn i15_a_relation_that_ends_at_majority_needs_a_birth_date_whatever_it_rests_on() {
    let (settings, now) = (Settings::default(), moment("2026-11-22T00:00:00Z"));
    let mut family = child(date(2018, 9, 14));
    family.dependent.birth_date = None;
    for basis in [Basis::Parental, Basis::CourtOrder, Basis::PowerOfAttorney] {
        let mut relation = parental();
        relation.basis = basis;
        let refused = authorises(&relation, &family, &settings, now).err();
        assert_eq!(refused, Some(WhyNot::AgeUnknown), "{basis:?}");
        relation.survives_majority = true;
        let goes_on = authorises(&relation, &family, &settings, now).is_ok();
        assert_eq!(goes_on, basis != Basis::Parental, "{basis:?}");
    }
}

#[test]
fn who_is_born_on_29_february_comes_of_age_on_the_28th_in_common_years() {
    let settings = |age| Settings {
        age_of_majority: age,
        ..Settings::default()
    };
    for (age, at) in [
        (18, "2030-02-28T00:00:00Z"),
        (20, "2032-02-29T00:00:00Z"),
        (21, "2033-02-28T00:00:00Z"),
    ] {
        let majority = majority_at(date(2012, 2, 29), &settings(age));
        assert_eq!(majority, Some(moment(at)), "{age}");
    }
    assert_eq!(majority_at(date(9990, 1, 1), &settings(18)), None);
}

/// Every zone the program carries, on days that clocks change on somewhere.
#[test]
fn in_every_zone_majority_is_the_first_moment_of_the_birthday() {
    let mut zones = 0;
    for name in jiff::tz::db().available() {
        let Ok(zone) = name.as_str().parse() else {
            continue;
        };
        zones += 1;
        let settings = Settings {
            time_zone: zone,
            ..Settings::default()
        };
        let zone = &settings.time_zone;
        for (month, day) in [
            (2, 28),
            (3, 8),
            (3, 25),
            (4, 1),
            (9, 7),
            (10, 4),
            (11, 1),
            (12, 31),
        ] {
            for year in [1990, 2000, 2005, 2012] {
                let birthday = date(year + 18, month, day);
                let majority = majority_at(date(year, month, day), &settings).unwrap();
                let before = Timestamp::from_millis(majority.millis() - 1);
                assert!(zone.day_of(majority) >= birthday, "{zone} {birthday}");
                assert!(zone.day_of(before) < birthday, "{zone} {birthday}");
            }
        }
    }
    assert!(zones > 400, "{zones} zones");
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn moments() -> impl Strategy<Value = Timestamp> {
        // 2018 to 2045
        (1_514_764_800i64..2_366_841_600).prop_map(Timestamp::from_seconds)
    }

    fn dates() -> impl Strategy<Value = Date> {
        (1930i16..2046, 1i8..=12, 1i8..=31)
            .prop_filter_map("a day", |(y, m, d)| Date::new(y, m, d).ok())
    }

    fn parties() -> impl Strategy<Value = Parties> {
        let party = || {
            (
                prop_oneof![4 => Just(AccountStatus::Active), 1 => Just(AccountStatus::Closed)],
                prop_oneof![Just(Standing::Primary), Just(Standing::Dependent)],
                proptest::option::weighted(0.9, dates()),
                proptest::option::weighted(0.2, moments()),
            )
        };
        let of = |(status, standing, birth_date, emancipated_at)| Party {
            status,
            standing,
            birth_date,
            emancipated_at,
        };
        (party(), party()).prop_map(move |(guardian, dependent)| Parties {
            guardian: of(guardian),
            dependent: of(dependent),
        })
    }

    fn relations() -> impl Strategy<Value = Guardianship> {
        (
            proptest::sample::select(Basis::ALL),
            proptest::sample::select(AccessLevel::ALL),
            proptest::sample::select(vec![
                Status::Active,
                Status::Active,
                Status::Active,
                Status::Suspended,
            ]),
            (moments(), proptest::option::of(moments()), any::<bool>()),
            proptest::option::of(Just("file 12".to_owned())),
            proptest::option::weighted(0.3, Just("patient/Patient.rs user/*.cruds")),
        )
            .prop_map(
                |(
                    basis,
                    access_level,
                    status,
                    (starts_at, ends_at, survives),
                    evidence_ref,
                    ceiling,
                )| {
                    Guardianship {
                        basis,
                        access_level,
                        status,
                        starts_at,
                        ends_at,
                        survives_majority: survives && basis != Basis::Parental,
                        evidence_ref,
                        scope_ceiling: ceiling.and_then(|text| text.parse().ok()),
                        ..parental()
                    }
                },
            )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// T-01, N-02: what was promised holds until `until`, reach included, and no longer
        /// than it says.
        #[test]
        fn an_answer_holds_until_the_moment_it_names(
            relation in relations(), parties in parties(), now in moments(), later in moments()
        ) {
            let settings = Settings::default();
            if let Ok(authority) = authorises(&relation, &parties, &settings, now) {
                prop_assert!(authority.until.is_none_or(|until| now < until));
                if later >= now && authority.until.is_none_or(|until| later < until) {
                    prop_assert!(authorises(&relation, &parties, &settings, later).is_ok());
                    let reach = |at| ceiling(&relation, &parties.dependent, &settings, at);
                    prop_assert_eq!(reach(now), reach(later));
                }
            }
        }

        /// I-15 as DOMAIN.md writes it, against the function.
        #[test]
        fn i15_nothing_authorises_that_one_of_its_conditions_forbids(
            relation in relations(), parties in parties(), now in moments()
        ) {
            let settings = Settings::default();
            if authorises(&relation, &parties, &settings, now).is_ok() {
                let Parties { guardian, dependent } = parties;
                prop_assert_eq!(relation.status, Status::Active);
                prop_assert!(relation.starts_at <= now && relation.ends_at.is_none_or(|end| now < end));
                prop_assert_eq!(guardian.status, AccountStatus::Active);
                prop_assert_eq!(guardian.standing, Standing::Primary);
                prop_assert_eq!(dependent.status, AccountStatus::Active);
                let majority = dependent.birth_date.and_then(|born| majority_at(born, &settings));
                let survives = relation.survives_majority || relation.basis == Basis::PatientConsent;
                prop_assert!(survives || majority.is_some_and(|at| now < at));
                let emancipated = dependent.emancipated_at.is_some_and(|at| now >= at);
                prop_assert!(relation.basis != Basis::Parental || !emancipated);
            }
        }

        /// Whatever the relation, it reaches no further than the whole record of the patient.
        #[test]
        fn a_ceiling_never_leaves_the_record(
            relation in relations(), parties in parties(), now in moments()
        ) {
            let reach = ceiling(&relation, &parties.dependent, &Settings::default(), now);
            prop_assert!(full_ceiling().covers_all(&reach), "{}", reach);
        }
    }
}
