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
