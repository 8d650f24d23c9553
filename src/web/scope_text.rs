//! The register of scopes in plain words: what pages say of each. A scope
//! that has no words cannot be asked for (UI.md 7).
use super::Texts;
use crate::access::{Clinical, Context, Scope, ScopeSet};

/// How carefully a line is to be read; they are shown in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Who the person is.
    Identity,
    /// Looking.
    Reading,
    /// Changing.
    Changing,
    /// Everything in the record, or running the organization.
    Sensitive,
}

/// One line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How carefully it is to be read.
    pub weight: Weight,
    /// Its drawing.
    pub icon: &'static str,
    /// What it allows.
    pub title: String,
    /// What that means.
    pub hint: String,
    /// The scope as it was asked for.
    pub scope: String,
    /// Whether it says little to a person: shown only where there is a box to tick.
    pub is_quiet: bool,
}

/// The lines for `scopes`, identity first, sensitive last. `None` when a scope has no words.
pub fn lines(t: &Texts, scopes: &ScopeSet) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    for scope in scopes {
        let (weight, icon, key, what) = words(scope)?;
        let what = what.map(|what| t.get(what)).unwrap_or_default();
        lines.push(Line {
            weight,
            icon,
            title: t.with(key, &[("what", &what)]),
            hint: t.get(hint(weight, scope)),
            scope: scope.to_string(),
            is_quiet: is_quiet(scope),
        });
    }
    lines.sort_by_key(|line| line.weight);
    Some(lines)
}

/// Whether `scope` concerns only how the app and the server speak to each other.
const fn is_quiet(scope: &Scope) -> bool {
    matches!(
        scope,
        Scope::OpenId | Scope::LaunchPatient | Scope::OnlineAccess
    )
}

/// Weight, icon, title and what the title speaks of.
type Words = (Weight, &'static str, &'static str, Option<&'static str>);

fn words(scope: &Scope) -> Option<Words> {
    use Weight::{Identity, Sensitive};
    let plain = |weight, icon, key| Some((weight, icon, key, None));
    match scope {
        Scope::OpenId => plain(Identity, "user", "scope-openid"),
        Scope::LaunchPatient => plain(Identity, "notes", "scope-launch-patient"),
        Scope::OnlineAccess => plain(Identity, "clock", "scope-online-access"),
        Scope::Profile => plain(Identity, "user", "scope-profile"),
        Scope::Email => plain(Identity, "mail", "scope-email"),
        Scope::Phone => plain(Identity, "phone", "scope-phone"),
        Scope::FhirUser => plain(Identity, "link", "scope-fhir-user"),
        Scope::Roles => plain(Identity, "org", "scope-roles"),
        Scope::OfflineAccess => plain(Identity, "clock", "scope-offline-access"),
        Scope::Permission(_) => plain(Sensitive, "key", "scope-permission"),
        Scope::Clinical(clinical) => clinical_words(clinical),
        Scope::Account | Scope::Introspect | Scope::Launch => None,
    }
}

fn clinical_words(clinical: &Clinical) -> Option<Words> {
    if clinical.context() == Context::System {
        return None;
    }
    let (icon, what) = match clinical.type_name() {
        None => ("notes", "record-everything"),
        Some(name) => type_words(name)?,
    };
    let (weight, key) = match (clinical.changes(), clinical.type_name()) {
        (false, None) => (Weight::Sensitive, "scope-see"),
        (true, None) => (Weight::Sensitive, "scope-see-and-change"),
        (false, Some(_)) => (Weight::Reading, "scope-see"),
        (true, Some(_)) => (Weight::Changing, "scope-see-and-change"),
    };
    Some((weight, icon, key, Some(what)))
}

fn type_words(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "Patient" => ("user", "record-details"),
        "RelatedPerson" => ("users", "record-family"),
        "MedicationRequest" | "MedicationStatement" | "Medication" => ("pill", "record-medicines"),
        "AllergyIntolerance" => ("alert", "record-allergies"),
        "Observation" | "DiagnosticReport" => ("flask", "record-results"),
        "Immunization" => ("syringe", "record-vaccinations"),
        "Appointment" | "Schedule" | "Slot" => ("calendar", "record-appointments"),
        "Condition" | "Procedure" | "Encounter" => ("notes", "record-history"),
        "CarePlan" | "Goal" | "CareTeam" | "NutritionOrder" | "Task" => {
            ("care", "record-care-plans")
        }
        "Communication" => ("mail", "record-messages"),
        "Coverage" | "Account" => ("shield", "record-insurance"),
        "DocumentReference" | "Binary" => ("sheet", "record-documents"),
        "Questionnaire" | "QuestionnaireResponse" => ("list", "record-questionnaires"),
        "Consent" => ("hand", "record-consents"),
        "Practitioner" | "PractitionerRole" | "Organization" | "Location" => {
            ("org", "record-directory")
        }
        _ => return None,
    })
}

fn hint(weight: Weight, scope: &Scope) -> &'static str {
    match (weight, scope) {
        (_, Scope::OfflineAccess | Scope::OnlineAccess) => "hint-offline-access",
        (Weight::Identity, _) => "hint-identity",
        (Weight::Reading, _) => "hint-reading",
        (Weight::Changing, _) => "hint-changing",
        (Weight::Sensitive, _) => "hint-sensitive",
    }
}
