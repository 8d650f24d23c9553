//! Where an application's wish, its registration and a capacity's ceiling meet.
use super::{Context, Scope, ScopeSet, clinical};

/// What of `requested` is granted to an application registered for `allowed` that
/// acts in a capacity with `ceiling` (DOMAIN 9.6): the three in common.
///
/// The ceiling bounds `patient/`, `user/`, `system/` and administrative scopes. The
/// others need the registration only; what else their row of the table asks for
/// (a trusted client, a launch context) is known to the caller. `launch/patient` comes
/// with any granted `patient/` scope, `fhirUser` only with `openid`.
///
/// To leave `requested` out is to ask for all of `allowed` (T-08). The result only
/// shrinks: consent and earlier grants are applied by [`ScopeSet::narrowed_to`].
pub fn grant(requested: &ScopeSet, allowed: &ScopeSet, ceiling: &ScopeSet) -> ScopeSet {
    let mut granted = ScopeSet::default();
    for scope in requested {
        if granted.len() >= ScopeSet::MAX {
            break; // wildcards with many queries would make a token of any size
        }
        match scope {
            Scope::Clinical(asked) => {
                let allowed = clinical::narrow(std::slice::from_ref(asked), allowed);
                let bounded = clinical::narrow(&allowed, ceiling);
                granted.extend(bounded.into_iter().map(Scope::Clinical));
            }
            Scope::Permission(_) => {
                if allowed.contains(scope) && ceiling.contains(scope) {
                    granted.insert(scope.clone());
                }
            }
            Scope::LaunchPatient => granted.insert(Scope::LaunchPatient), // judged below
            plain => {
                if allowed.contains(plain) {
                    granted.insert(plain.clone());
                }
            }
        }
    }
    let has_patient = allowed.contains(&Scope::LaunchPatient) || granted.has(Context::Patient);
    let has_id_token = granted.contains(&Scope::OpenId);
    granted.retain(|scope| match scope {
        Scope::LaunchPatient => has_patient,
        Scope::FhirUser => has_id_token,
        _ => true,
    });
    granted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::scope_set::tests::{scope_sets, set};

    #[track_caller]
    fn check(requested: &str, allowed: &str, ceiling: &str, granted: &str) {
        let answer = grant(&set(requested), &set(allowed), &set(ceiling));
        assert_eq!(
            answer.to_string(),
            granted,
            "{requested} | {allowed} | {ceiling}"
        );
    }

    #[test]
    fn a_wildcard_is_narrowed_to_the_entries_of_the_ceiling() {
        let limited = "patient/Patient.rs patient/Immunization.rs";
        check("patient/*.cruds", "patient/*.cruds", limited, limited);
        check(
            "patient/*.r",
            "patient/*.cruds",
            limited,
            "patient/Patient.r patient/Immunization.r",
        );
        check("patient/*.cud", "patient/*.cruds", limited, "");
        check(
            "patient/*.rs",
            "patient/Patient.rs",
            "patient/*.cruds",
            "patient/Patient.rs",
        );
    }

    #[test]
    fn verbs_are_what_all_three_have() {
        check(
            "patient/Patient.cruds",
            "patient/*.crus",
            "patient/Patient.rsd",
            "",
        );
        check(
            "patient/Patient.cruds",
            "patient/*.crus",
            "patient/Patient.rds",
            "patient/Patient.rs",
        );
        check(
            "user/CarePlan.crus",
            "user/*.cruds",
            "user/*.rs user/CarePlan.cu",
            "user/CarePlan.crus",
        );
        check(
            "user/*.cruds",
            "user/*.cruds",
            "user/*.rs user/CarePlan.cu",
            "user/*.rs user/CarePlan.cu",
        );
    }

    #[test]
    fn families_do_not_mix() {
        check(
            "patient/*.rs user/*.rs system/*.rs",
            "patient/*.rs user/*.rs system/*.rs",
            "user/*.cruds",
            "user/*.rs",
        );
        check("user/*.rs", "patient/*.cruds", "user/*.cruds", "");
    }

    #[test]
    fn a_query_is_granted_only_where_the_unrestricted_scope_would_be() {
        let lab = "patient/Observation.rs?category=laboratory";
        check(lab, "patient/*.cruds", "patient/*.cruds", lab);
        check(lab, "patient/*.cruds", "patient/Patient.rs", "");
        check(
            "patient/*.rs?_tag=x",
            "patient/*.rs",
            "patient/Patient.rs",
            "patient/Patient.rs?_tag=x",
        );
        check("patient/Observation.rs", lab, "patient/*.cruds", lab);
        check(
            lab,
            "patient/Observation.rs?category=vital-signs",
            "patient/*.cruds",
            "",
        );
    }

    #[test]
    fn administrative_scopes_need_registration_and_ceiling_others_only_registration() {
        check(
            "hcp:read hcp:write",
            "hcp:read hcp:write",
            "hcp:read",
            "hcp:read",
        );
        check("hcp:read", "openid", "hcp:read", "");
        check("openid profile email", "openid email", "", "openid email");
        check("on_behalf", "on_behalf", "user/*.rs", "");
    }

    #[test]
    fn launch_patient_comes_with_any_patient_scope_and_fhir_user_with_openid() {
        check(
            "launch/patient patient/*.rs",
            "patient/*.rs",
            "patient/*.cruds",
            "launch/patient patient/*.rs",
        );
        check("launch/patient", "patient/*.rs", "patient/*.cruds", "");
        check("launch/patient", "launch/patient", "", "launch/patient");
        check("fhirUser openid", "fhirUser openid", "", "fhirUser openid");
        check("fhirUser", "fhirUser openid", "", "");
    }

    #[test]
    fn many_queries_do_not_make_a_token_of_any_size() {
        let asked: Vec<_> = (0..200).map(|i| format!("user/*.rs?_tag={i}")).collect();
        let ceiling = crate::access::Role::Dispatch.capabilities().ceiling.clone();
        let granted = grant(&set(&asked.join(" ")), &set("user/*.rs"), &ceiling);
        assert!(granted.len() < ScopeSet::MAX + ceiling.len());
    }

    proptest! {
        #[test]
        fn granting_never_widens(asked in scope_sets(), allowed in scope_sets(), ceiling in scope_sets()) {
            let granted = grant(&asked, &allowed, &ceiling);
            prop_assert!(asked.covers_all(&granted));
            for scope in &granted {
                let bounded = scope.context().is_some() || scope.permission().is_some();
                prop_assert!(!bounded || ceiling.covers(scope), "{scope}");
                prop_assert!(*scope == Scope::LaunchPatient || allowed.covers(scope), "{scope}");
            }
        }

        #[test]
        fn granting_again_changes_nothing(asked in scope_sets(), allowed in scope_sets(), ceiling in scope_sets()) {
            let granted = grant(&asked, &allowed, &ceiling);
            prop_assert_eq!(grant(&granted, &allowed, &ceiling), granted);
        }

        #[test]
        fn asking_for_what_all_cover_grants_it(set in scope_sets()) {
            let granted = grant(&set, &set, &set);
            prop_assert!(granted.covers_all(&set) || !set.contains(&Scope::OpenId));
        }
    }
}
