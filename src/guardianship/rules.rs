//! Whether a relation authorises now, how far it reaches, and until when: pure functions
//! over rows and a moment (I-10 to I-15, DOMAIN.md 4.3).
use jiff::civil::Date;

use super::{AccessLevel, Basis, EndedReason, Guardianship, Parties, Party, Status};
use crate::{
    access::{Purpose, ScopeSet},
    accounts::{Standing, Status as AccountStatus},
    clock::Timestamp,
    organizations::Settings,
};

/// The right to act, which holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// When it ends, or its reach changes, by itself. `None`: not before something changes.
    pub until: Option<Timestamp>,
}

/// Why a relation does not authorise. The first reason in this order is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// It is pending, suspended or ended.
    NotActive,
    /// It starts later.
    NotYet,
    /// Its time is over.
    Over,
    /// The guardian's account is not active, stands under guardianship itself, or its
    /// owner is a minor (I-10).
    GuardianUnfit,
    /// The dependent's account is not active.
    DependentUnfit,
    /// The dependent came of age.
    Majority,
    /// The dependent counts as grown up.
    Emancipated,
    /// It ends at majority, and the dependent's age is not known (I-11, I-15).
    AgeUnknown,
}

/// Whether the relation authorises at `now`, and until when that is so by itself (I-15).
///
/// # Errors
/// Why not.
pub fn authorises(
    relation: &Guardianship,
    parties: &Parties,
    settings: &Settings,
    now: Timestamp,
) -> Result<Authority, WhyNot> {
    if relation.status != Status::Active {
        return Err(WhyNot::NotActive);
    }
    if now < relation.starts_at {
        return Err(WhyNot::NotYet);
    }
    if relation.ends_at.is_some_and(|end| now >= end) {
        return Err(WhyNot::Over);
    }
    if !is_fit_guardian(&parties.guardian, settings, now) {
        return Err(WhyNot::GuardianUnfit);
    }
    let dependent = &parties.dependent;
    if dependent.status != AccountStatus::Active {
        return Err(WhyNot::DependentUnfit);
    }
    let majority = dependent
        .birth_date
        .and_then(|born| majority_at(born, settings));
    let is_bounded = !relation.survives_majority && ends_at_majority(relation);
    if majority.is_none() && (is_bounded || relation.basis == Basis::Parental) {
        return Err(WhyNot::AgeUnknown);
    }
    let majority = majority.filter(|_| is_bounded);
    if majority.is_some_and(|at| now >= at) {
        return Err(WhyNot::Majority);
    }
    let emancipation = dependent
        .emancipated_at
        .filter(|_| relation.basis == Basis::Parental);
    if emancipation.is_some_and(|at| now >= at) {
        return Err(WhyNot::Emancipated);
    }
    let narrowing = adolescence(relation, dependent, settings).filter(|at| now < *at);
    let ends = [relation.ends_at, majority, emancipation, narrowing];
    Ok(Authority {
        until: ends.into_iter().flatten().min(),
    })
}

/// Why the clock has ended the relation, wherever it stood; `None`: it has not (DOMAIN.md 3).
pub(super) fn ended_by_itself(
    relation: &Guardianship,
    dependent: &Party,
    settings: &Settings,
    now: Timestamp,
) -> Option<EndedReason> {
    if relation.ends_at.is_some_and(|end| now >= end) {
        return Some(EndedReason::Expired);
    }
    let is_bounded = !relation.survives_majority && ends_at_majority(relation);
    let born = dependent.birth_date.filter(|_| is_bounded)?;
    let majority = majority_at(born, settings)?;
    (now >= majority).then_some(EndedReason::Majority)
}

/// A proxy is granted by an adult, so majority is behind it (I-12).
fn ends_at_majority(relation: &Guardianship) -> bool {
    relation.basis != Basis::PatientConsent
}

pub(super) fn is_fit_guardian(guardian: &Party, settings: &Settings, now: Timestamp) -> bool {
    let of_age = guardian
        .birth_date
        .is_none_or(|born| majority_at(born, settings).is_some_and(|at| now >= at));
    guardian.status == AccountStatus::Active && guardian.standing == Standing::Primary && of_age
}

/// 00:00 of the birthday on which somebody born on `born` comes of age, in the
/// organization's time zone; born on 29 February: on 28 February in common years. `None`
/// past the end of the calendar.
pub fn majority_at(born: Date, settings: &Settings) -> Option<Timestamp> {
    settings.birthday(born, settings.age_of_majority)
}

/// The latest end of a proxy that is granted at `now` (I-12), in the organization's calendar.
pub(super) fn longest_proxy(settings: &Settings, now: Timestamp) -> Timestamp {
    let months = jiff::Span::new().months(i64::from(settings.proxy_max_months));
    let last = settings.time_zone.day_of(now).saturating_add(months);
    settings.time_zone.end_of(last).unwrap_or(now)
}

/// The whole record.
pub fn full_ceiling() -> ScopeSet {
    "patient/*.cruds".parse().unwrap_or_default()
}

/// How far the relation reaches at `now`. From the adolescent age on a parent's reach is
/// limited, unless staff recorded the minor's assent.
pub fn ceiling(
    relation: &Guardianship,
    dependent: &Party,
    settings: &Settings,
    now: Timestamp,
) -> ScopeSet {
    let is_limited = relation.access_level == AccessLevel::Limited
        || adolescence(relation, dependent, settings).is_some_and(|at| now >= at);
    let level = if is_limited {
        settings.limited_ceiling.clone()
    } else {
        full_ceiling()
    };
    match &relation.scope_ceiling {
        Some(narrower) => level.narrowed_to(narrower),
        None => level,
    }
}

/// When the dependent's age narrows the relation. `None` when it never does: it is not
/// parental, staff recorded the minor's assent, or the organization does not want it.
fn adolescence(
    relation: &Guardianship,
    dependent: &Party,
    settings: &Settings,
) -> Option<Timestamp> {
    let is_narrowed = relation.basis == Basis::Parental
        && relation.evidence_ref.is_none()
        && settings.adolescent_age > 0;
    let born = dependent.birth_date.filter(|_| is_narrowed)?;
    settings.birthday(born, settings.adolescent_age)
}

/// For which purpose somebody acts under the basis (T-05).
pub const fn purpose(basis: Basis) -> Purpose {
    match basis {
        Basis::Parental | Basis::PatientConsent => Purpose::FAMILY_REQUEST,
        Basis::CourtOrder | Basis::PowerOfAttorney => Purpose::POWER_OF_ATTORNEY,
    }
}
