//! What comes next: one pure function, so that no step knows another and none can be
//! skipped (SECURITY.md 5.9).
use super::request::Checked;
use crate::{
    access::ScopeSet,
    accounts::session::SignIn,
    clients::Decision,
    clock::Timestamp,
    grants::Capacity,
    oauth::{Code, Refusal},
};

/// Everything the decision rests on.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) request: &'a Checked,
    pub(super) now: Timestamp,
    /// When the request began. `None` for one that began just now.
    pub(super) began_at: Option<Timestamp>,
    /// Who is signed in, within the organization's limits.
    pub(super) sign_in: Option<&'a SignIn>,
    /// The capacities that fit; meaningless while nobody is signed in.
    pub(super) options: &'a [Capacity],
    /// The one that was chosen on the page of this request.
    pub(super) chosen: Option<Capacity>,
    /// What was decided on the consent page of this request.
    pub(super) decision: Option<&'a Decision>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Sign in, again if need be.
    SignIn,
    /// Choose for whom.
    Subject,
    /// This is the capacity; the rest depends on it.
    Act(Capacity),
    /// Nothing can come of it.
    Refuse(Refusal),
}

/// From the request to the capacity.
pub(super) fn next(facts: &Facts<'_>) -> Step {
    let request = facts.request;
    let refuse = |code, reason: &'static str| Step::Refuse(Refusal::new(code, reason));
    let Some(sign_in) = facts.sign_in.filter(|sign_in| is_fresh(facts, sign_in)) else {
        if request.prompt.none {
            return refuse(
                Code::LoginRequired,
                "Nobody is signed in as the request needs it.",
            );
        }
        return Step::SignIn;
    };
    if let Some(hint) = &request.hint
        && !hint.is_person(sign_in.account)
    {
        return match (request.prompt.none, signed_in_since(facts, sign_in)) {
            (false, false) => Step::SignIn,
            _ => refuse(Code::LoginRequired, "Somebody else is signed in."),
        };
    }
    if request
        .acr
        .is_some_and(|least| sign_in.authentication.acr < least)
    {
        return refuse(
            Code::UnmetAuthenticationRequirements,
            "The account cannot reach the required acr.",
        );
    }
    capacity(facts)
}

fn capacity(facts: &Facts<'_>) -> Step {
    let request = facts.request;
    let refuse = |code, reason: &'static str| Step::Refuse(Refusal::new(code, reason));
    let is_wanted = |capacity: &&Capacity| {
        let subject = capacity.subject().to_string();
        request.subjects.is_empty() || request.subjects.contains(&subject)
    };
    let fitting: Vec<_> = facts.options.iter().filter(is_wanted).collect();
    if fitting.is_empty() && !facts.options.is_empty() {
        return refuse(
            Code::LoginRequired,
            "The person acts for nobody whom the request demands.",
        );
    }
    if fitting.is_empty() {
        return refuse(
            Code::AccessDenied,
            "The person may not use this application.",
        );
    }
    if let Some(chosen) = facts.chosen {
        return match fitting.contains(&&chosen) {
            true => Step::Act(chosen),
            false => refuse(Code::AccessDenied, "The choice is not one of the options."), // I-51
        };
    }
    if request.prompt.select_account {
        return Step::Subject;
    }
    let hinted = request.hint.as_ref().and_then(|hint| {
        fitting.iter().find(|capacity| {
            let actor = capacity.actor().map(|actor| actor.to_string());
            capacity.subject().to_string() == hint.subject && actor == hint.actor
        })
    });
    match (hinted, fitting.as_slice()) {
        (Some(hinted), _) if request.prompt.none => Step::Act(**hinted),
        // T-09, N-07: nobody silently takes the place of the one whom the hint names.
        (None, _) if request.prompt.none && request.hint.is_some() => refuse(
            Code::AccountSelectionRequired,
            "The person acts for the one of the hint no more.",
        ),
        (_, [only]) => Step::Act(**only),
        _ if request.prompt.none => refuse(
            Code::AccountSelectionRequired,
            "There are several for whom the person may act.",
        ),
        _ => Step::Subject,
    }
}

/// Whether the sign-in is as new as the request demands.
fn is_fresh(facts: &Facts<'_>, sign_in: &SignIn) -> bool {
    if signed_in_since(facts, sign_in) {
        return true;
    }
    let age = facts.now.millis_since(sign_in.authentication.auth_time);
    let is_young = |max_age: i64| age <= max_age.saturating_mul(1000);
    !facts.request.prompt.login && facts.request.max_age.is_none_or(is_young)
}

/// Whether the person signed in after this request had begun.
fn signed_in_since(facts: &Facts<'_>, sign_in: &SignIn) -> bool {
    let auth_time = sign_in.authentication.auth_time;
    facts.began_at.is_some_and(|began| auth_time >= began)
}

/// What is granted, or what stands before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Grantable {
    /// These scopes.
    Granted(ScopeSet),
    /// The person is to be asked.
    Ask,
    /// Nothing can come of it.
    Refuse(Refusal),
}

/// From the scopes that the capacity may have to those that are granted: what the person
/// allowed now, or before; a trusted client is not asked about (I-45).
pub(super) fn consent(
    facts: &Facts<'_>,
    possible: &ScopeSet,
    allowed_before: &ScopeSet,
    is_trusted: bool,
) -> Grantable {
    let refuse = |code, reason: &'static str| Grantable::Refuse(Refusal::new(code, reason));
    if possible.is_empty() {
        return refuse(Code::InvalidScope, "None of the scopes can be granted.");
    }
    match facts.decision {
        Some(Decision::Deny) => refuse(Code::AccessDenied, "The person did not allow it."),
        Some(Decision::Allow { scopes }) => match possible.narrowed_to(scopes) {
            granted if granted.is_empty() => {
                refuse(Code::InvalidScope, "None of the scopes can be granted.")
            }
            granted => Grantable::Granted(granted),
        },
        None if facts.request.prompt.consent => Grantable::Ask,
        None if is_trusted || allowed_before.covers_all(possible) => {
            Grantable::Granted(possible.clone())
        }
        None if facts.request.prompt.none => refuse(
            Code::ConsentRequired,
            "The person has not allowed this yet.",
        ),
        None => Grantable::Ask,
    }
}
