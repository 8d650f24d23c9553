//! What an organization may set (DOMAIN 16).
use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{BaseUrl, Span, Zone};
use crate::{
    access::{Context, Narrowing, Role, ScopeSet},
    clock::Timestamp,
};

/// How an organization wants things. Read with [`Settings::read`], so that what exists
/// is within its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Years; from this birthday on nobody is a minor.
    pub age_of_majority: u32,
    /// Where birthdays begin.
    pub time_zone: Zone,
    /// Years; from this birthday on a parent's access is limited. 0: never.
    pub adolescent_age: u32,
    /// What a limited guardianship reaches.
    pub limited_ceiling: ScopeSet,
    /// Years; from this birthday on a dependent may sign in personally.
    pub dependent_sign_in_age: u32,
    /// Whether staff must approve the dependents that guardians add.
    pub require_guardianship_approval: bool,
    /// Active guardians per dependent.
    pub max_guardians: u32,
    /// Active dependents per guardian.
    pub max_dependents: u32,
    /// Months a proxy lasts at most.
    pub proxy_max_months: u32,
    /// Seconds.
    pub access_token_ttl: u32,
    /// Seconds, of tokens with `act`.
    pub delegated_token_ttl: u32,
    /// Days.
    pub refresh_days: u32,
    /// Days.
    pub invitation_days: u32,
    /// Hours.
    pub handover_code_hours: u32,
    /// Days an HCP token lasts at most.
    pub hcp_token_max_days: u32,
    /// Days an API key lasts at most.
    pub api_key_max_days: u32,
    /// Days a delegation lasts at most.
    pub delegation_max_days: u32,
    /// Days after which a member's access is due for review.
    pub review_days: u32,
    /// Where the FHIR server is: the default audience, and the base of `fhirUser`.
    pub fhir_base_url: Option<BaseUrl>,
    /// Whom people turn to.
    pub support_email: Option<String>,
    /// The terms people agree to when they sign up.
    pub terms_url: Option<BaseUrl>,
    /// Who needs a second factor.
    pub second_factor: SecondFactor,
    /// A browser session ends when nobody used it for so long.
    pub session_idle: Span,
    /// A browser session ends after so long.
    pub session_absolute: Span,
    /// What roles may not do here; nothing can be added to them (DOMAIN 5).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub role_limits: BTreeMap<Role, Narrowing>,
}

/// Who must sign in with a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Nobody.
    None,
    /// Providers and config users.
    Staff,
    /// Everybody.
    All,
}

/// What is wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFault {
    /// Which.
    pub field: String,
    /// What was expected.
    pub problem: String,
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// DOMAIN 4.3.
const LIMITED_CEILING: &str = "patient/Patient.rs patient/Immunization.rs \
    patient/Appointment.cruds patient/Communication.crs patient/Coverage.rs";

impl Default for Settings {
    fn default() -> Self {
        Self {
            age_of_majority: 18,
            time_zone: Zone::utc(),
            adolescent_age: 13,
            limited_ceiling: LIMITED_CEILING.parse().unwrap_or_default(),
            dependent_sign_in_age: 13,
            require_guardianship_approval: false,
            max_guardians: 10,
            max_dependents: 20,
            proxy_max_months: 18,
            access_token_ttl: 600,
            delegated_token_ttl: 300,
            refresh_days: 30,
            invitation_days: 7,
            handover_code_hours: 72,
            hcp_token_max_days: 365,
            api_key_max_days: 365,
            delegation_max_days: 365,
            review_days: 180,
            fhir_base_url: None,
            support_email: None,
            terms_url: None,
            second_factor: SecondFactor::Staff,
            session_idle: Span::of_seconds(30 * 60),
            session_absolute: Span::of_seconds(12 * 3600),
            role_limits: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Reads settings; what is left out has its default.
    ///
    /// # Errors
    /// Every fault, each with its field.
    pub fn read(written: &Map<String, Value>) -> Result<Self, Vec<SettingsFault>> {
        // One field at a time, so that every fault is found and has its name.
        let mut faults = Vec::new();
        for (field, value) in written {
            let alone = Map::from_iter([(field.clone(), value.clone())]);
            if let Err(error) = serde_json::from_value::<Self>(Value::Object(alone)) {
                faults.push(SettingsFault {
                    field: field.clone(),
                    problem: error.to_string(),
                });
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let whole = serde_json::from_value::<Self>(Value::Object(written.clone()));
        let settings = whole.map_err(|error| vec![fault("settings", &error)])?;
        let faults = settings.faults();
        if faults.is_empty() {
            Ok(settings)
        } else {
            Err(faults)
        }
    }

    /// These with `changes` laid over them.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn changed(&self, changes: &Map<String, Value>) -> Result<Self, Vec<SettingsFault>> {
        let mut written = match serde_json::to_value(self) {
            Ok(Value::Object(written)) => written,
            Ok(_) => Map::new(),
            Err(error) => return Err(vec![fault("settings", &error)]),
        };
        written.extend(changes.clone());
        Self::read(&written)
    }

    /// The first moment of the day on which somebody born on `birth_date` reaches
    /// `years`, in the organization's zone. Born on 29 February: on 28 February in
    /// common years. `None` past the end of the calendar.
    pub fn birthday(&self, birth_date: Date, years: u32) -> Option<Timestamp> {
        let year = i16::try_from(i64::from(birth_date.year()) + i64::from(years)).ok()?;
        let day = Date::new(year, birth_date.month(), birth_date.day())
            .or_else(|_| Date::new(year, birth_date.month(), 28))
            .ok()?;
        self.time_zone.start_of(day)
    }

    fn faults(&self) -> Vec<SettingsFault> {
        let mut faults: Vec<_> = self
            .bounds()
            .into_iter()
            .filter(|(_, value, bounds)| !bounds.contains(value))
            .map(|(field, value, bounds)| {
                let (least, most) = (bounds.start(), bounds.end());
                fault(field, format!("{value} is not within {least} to {most}"))
            })
            .collect();
        if self.limited_ceiling.only(Context::Patient) != self.limited_ceiling {
            faults.push(fault("limited_ceiling", "expected patient/ scopes only"));
        }
        if self.session_absolute < self.session_idle {
            faults.push(fault("session_absolute", "shorter than session_idle"));
        }
        if self.support_email.as_deref().is_some_and(|e| !is_email(e)) {
            faults.push(fault("support_email", "expected an e-mail address"));
        }
        faults
    }

    fn bounds(&self) -> [(&'static str, u32, RangeInclusive<u32>); 17] {
        [
            ("age_of_majority", self.age_of_majority, 1..=30),
            ("adolescent_age", self.adolescent_age, 0..=30),
            ("dependent_sign_in_age", self.dependent_sign_in_age, 0..=30),
            ("max_guardians", self.max_guardians, 1..=1000),
            ("max_dependents", self.max_dependents, 1..=1000),
            ("proxy_max_months", self.proxy_max_months, 1..=18), // I-12
            ("access_token_ttl", self.access_token_ttl, 1..=3600), // DOMAIN 9.1
            ("delegated_token_ttl", self.delegated_token_ttl, 1..=300),
            ("refresh_days", self.refresh_days, 1..=365),
            ("invitation_days", self.invitation_days, 1..=90),
            ("handover_code_hours", self.handover_code_hours, 1..=720),
            ("hcp_token_max_days", self.hcp_token_max_days, 1..=365), // I-36
            ("api_key_max_days", self.api_key_max_days, 1..=3650),
            ("delegation_max_days", self.delegation_max_days, 1..=365),
            ("review_days", self.review_days, 1..=3650),
            ("session_idle", self.session_idle.seconds(), 60..=2_592_000),
            (
                "session_absolute",
                self.session_absolute.seconds(),
                60..=2_592_000,
            ),
        ]
    }
}

fn fault(field: &str, problem: impl fmt::Display) -> SettingsFault {
    SettingsFault {
        field: field.to_owned(),
        problem: problem.to_string(),
    }
}

fn is_email(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    text.split_once('@')
        .is_some_and(|(name, domain)| is_part(name) && is_part(domain) && !domain.contains('@'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(written: &Value) -> Result<Settings, Vec<String>> {
        let faults = |faults: Vec<SettingsFault>| faults.iter().map(ToString::to_string).collect();
        Settings::read(written.as_object().unwrap()).map_err(faults)
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let settings = read(&json!({ "age_of_majority": 16, "session_idle": "10 min" })).unwrap();
        assert_eq!(settings.age_of_majority, 16);
        assert_eq!(settings.session_idle.seconds(), 600);
        let rest = Settings {
            age_of_majority: 18,
            session_idle: Span::of_seconds(1800),
            ..settings
        };
        assert_eq!(rest, Settings::default());
    }

    #[test]
    fn the_defaults_are_within_their_own_bounds_and_complete() {
        let settings = Settings::default();
        assert_eq!(settings.faults(), []);
        assert_eq!(settings.limited_ceiling.to_string(), LIMITED_CEILING);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let settings = read(&json!({
            "time_zone": "Europe/Brussels", "fhir_base_url": "https://fhir.example.test/r4",
            "second_factor": "none", "limited_ceiling": ["patient/Patient.rs"],
            "role_limits": { "MEMBER": { "without": ["hcp:read"] } },
        }))
        .unwrap();
        let again = read(&serde_json::to_value(&settings).unwrap());
        assert_eq!(again, Ok(settings));
    }

    #[test]
    fn every_fault_is_found_and_named() {
        let faults = read(&json!({
            "age_of_majority": "eighteen", "colour": "red", "time_zone": "Mars/Olympus", "refresh_days": 30,
        }))
        .unwrap_err();
        assert_eq!(faults.len(), 3, "{faults:?}");
        for named in [
            "age_of_majority: ",
            "colour: unknown field",
            "time_zone: unknown time zone",
        ] {
            assert!(
                faults.iter().any(|fault| fault.starts_with(named)),
                "{named}"
            );
        }
    }

    #[test]
    fn a_value_out_of_bounds_is_refused() {
        for (field, value) in [
            ("access_token_ttl", json!(0)),
            ("access_token_ttl", json!(3601)),
            ("delegated_token_ttl", json!(301)),
            ("proxy_max_months", json!(19)),
            ("hcp_token_max_days", json!(366)),
            ("adolescent_age", json!(31)),
            ("age_of_majority", json!(0)),
            ("age_of_majority", json!(-1)),
            ("limited_ceiling", json!("patient/Patient.rs user/*.rs")),
            ("limited_ceiling", json!("patient/Patient.sr")),
            ("session_absolute", json!("10 min")),
            ("session_idle", json!("soon")),
            ("fhir_base_url", json!("fhir")),
            ("support_email", json!("nobody")),
            ("second_factor", json!("some")),
            ("role_limits", json!({ "ADMIN": {} })),
        ] {
            let faults = read(&json!({ field: value.clone() })).unwrap_err();
            assert!(
                faults.iter().all(|fault| fault.starts_with(field)),
                "{value}: {faults:?}"
            );
        }
    }

    #[test]
    fn changes_are_laid_over_what_is_set() {
        let before = read(&json!({ "refresh_days": 10 })).unwrap();
        let changes = json!({ "review_days": 90 });
        let after = before.changed(changes.as_object().unwrap()).unwrap();
        assert_eq!((after.refresh_days, after.review_days), (10, 90));
    }
}
