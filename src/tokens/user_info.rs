//! What applications learn of a person: the claims by scope (DOMAIN.md 9.6), in the ID
//! token and at UserInfo.
use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Live, derive};
use crate::{
    access::{Context, Scope, ScopeSet},
    capacity::{Actor, Role, Standing},
};

/// Whose claims, for which scopes.
pub(super) struct About<'a> {
    pub(super) standing: &'a Standing,
    pub(super) scope: &'a ScopeSet,
}

/// The claims by scope, without `sub`.
pub(super) fn claims(of: &About<'_>) -> HashMap<&'static str, Value> {
    let mut claims = HashMap::new();
    let (standing, subject) = (of.standing, &of.standing.subject);
    let has = |scope| of.scope.contains(&scope);
    if has(Scope::Profile) {
        claims.insert("name", json!(subject.display_name));
        claims.insert("given_name", json!(subject.given_name));
        claims.insert("family_name", json!(subject.family_name));
        claims.insert("updated_at", json!(subject.updated_at.seconds()));
        if let Some(date) = subject.birth_date {
            claims.insert("birthdate", json!(date.to_string()));
        }
    }
    // Only what the subject owns (T-12): a shared contact is never the child's.
    if let Some(email) = standing.email.as_ref().filter(|_| has(Scope::Email)) {
        claims.insert("email", json!(email));
        claims.insert("email_verified", json!(true));
    }
    if let Some(phone) = standing.phone.as_ref().filter(|_| has(Scope::Phone)) {
        claims.insert("phone_number", json!(phone));
        claims.insert("phone_number_verified", json!(true));
    }
    if let Some(user) = fhir_user(standing).filter(|_| has(Scope::FhirUser)) {
        claims.insert("fhirUser", json!(user));
    }
    if has(Scope::Roles) {
        claims.insert("organization_id", json!(standing.organization.id));
        claims.insert("organization_name", json!(standing.organization.name));
        match &standing.role {
            Role::Provider { roles, hcp_id, .. } => {
                let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
                claims.insert("roles", json!(names));
                if let Some(hcp) = hcp_id {
                    claims.insert("hcp_id", json!(hcp));
                }
            }
            Role::ConfigUser { role } => {
                claims.insert("roles", json!([role.claim()]));
            }
            Role::Hcp { hcp_id } => {
                claims.insert("hcp_id", json!(hcp_id));
            }
            Role::Consumer { .. } => {}
        }
    }
    claims
}

/// Whose record `patient/` scopes reach: the subject's. `None` without such a scope, or
/// without a record.
pub(super) fn patient(standing: &Standing, scope: &ScopeSet) -> Option<String> {
    let wants = scope.contains(&Scope::LaunchPatient) || scope.has(Context::Patient);
    match &standing.role {
        Role::Consumer { patient_id, .. } if wants => patient_id.clone(),
        _ => None,
    }
}

/// Who is acting, as a FHIR resource (T-11): absolute where the organization has a FHIR
/// base URL, else relative. `None` for those who configure.
pub(super) fn fhir_user(standing: &Standing) -> Option<String> {
    let subject = standing.capacity.subject();
    let resource = match (&standing.role, &standing.actor) {
        (Role::Consumer { .. }, Some(Actor::Guardian { relation, .. })) => {
            format!("RelatedPerson/{relation}")
        }
        (Role::Consumer { patient_id, .. }, _) => match patient_id {
            Some(patient) => format!("Patient/{patient}"),
            None => format!("Person/{subject}"),
        },
        (Role::Hcp { hcp_id }, _) => format!("Practitioner/{hcp_id}"),
        (Role::Provider { .. }, Some(_)) => return None, // DOMAIN.md 9.2
        (Role::Provider { hcp_id, .. }, None) => match hcp_id {
            Some(hcp) => format!("Practitioner/{hcp}"),
            None => format!("Practitioner/{subject}"),
        },
        (Role::ConfigUser { .. }, _) => return None,
    };
    Some(match &standing.organization.settings.fhir_base_url {
        Some(base) => format!("{}/{resource}", base.as_str().trim_end_matches('/')),
        None => resource,
    })
}

impl Live {
    /// What UserInfo answers, as JSON: `sub`, `act` and the claims of its scopes.
    pub fn user_info(&self) -> &str {
        self.told.user_info.get_or_init(|| {
            let mut answer = serde_json::Map::new();
            answer.insert("sub".to_owned(), json!(self.claims.sub));
            let principal_type = json!(self.claims.principal_type);
            answer.insert("principal_type".to_owned(), principal_type);
            if let Some(standing) = &self.standing {
                if let Some(act) = derive::act(standing) {
                    answer.insert("act".to_owned(), json!(act));
                }
                let about = About {
                    standing,
                    scope: &self.claims.scope,
                };
                for (name, value) in claims(&about) {
                    answer.insert(name.to_owned(), value);
                }
            }
            Value::Object(answer).to_string()
        })
    }
}
