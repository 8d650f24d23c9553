//! What an exchange asks for (RFC 8693 §2.1).
use super::{ACCESS_TOKEN, HCP_TOKEN, SUBJECT, not_possible};
use crate::{
    access::{Scope, ScopeSet},
    id::AccountId,
    oauth::{Code, Params, Refusal},
};

/// An exchange that is in order by its form.
pub(super) struct Asked<'a> {
    pub(super) subject: Subject<'a>,
    /// Who acts, by an access token; empty for an HCP, who acts himself.
    pub(super) actor_token: &'a str,
    /// For which resource; `None`: the first registered one (T-06).
    pub(super) resource: Option<&'a str>,
    /// `None`: all that is permitted (T-08).
    pub(super) scope: Option<ScopeSet>,
    /// Why an OWNER acts.
    pub(super) reason: Option<&'a str>,
}

/// Whose data or authority is wanted.
pub(super) enum Subject<'a> {
    /// The one of this id, by a standing relation (DOMAIN.md 10.1).
    Standing(AccountId),
    /// The one behind this access token, who is present (DOMAIN.md 10.2).
    Present(&'a str),
    /// The HCP behind its authentication token (DOMAIN.md 10.3).
    Hcp(&'a str),
}

/// Reads the parameters.
pub(super) fn read(params: &Params) -> Result<Asked<'_>, Refusal> {
    let missing = |name: &'static str| {
        let reason = format!("{name} is missing.");
        Refusal::new(Code::InvalidRequest, reason)
    };
    let required = |name: &'static str| params.get(name).ok_or_else(|| missing(name));
    let subject = required("subject_token")?;
    let subject = match required("subject_token_type")? {
        SUBJECT => Subject::Standing(subject.parse().map_err(|_| not_possible())?),
        ACCESS_TOKEN => Subject::Present(subject),
        HCP_TOKEN => Subject::Hcp(subject),
        _ => return Err(unknown("subject_token_type")),
    };
    let actor_token = match subject {
        Subject::Hcp(_) => nobody(params)?,
        _ => required("actor_token")?,
    };
    if !actor_token.is_empty() && required("actor_token_type")? != ACCESS_TOKEN {
        return Err(unknown("actor_token_type"));
    }
    let wanted = params.get("requested_token_type");
    if wanted.is_some_and(|wanted| wanted != ACCESS_TOKEN) {
        return Err(unknown("requested_token_type"));
    }
    Ok(Asked {
        subject,
        actor_token,
        resource: resource(params)?,
        scope: scope(params)?,
        reason: params.get("reason"),
    })
}

/// An HCP acts itself.
fn nobody(params: &Params) -> Result<&'static str, Refusal> {
    let actor = params.get("actor_token").or(params.get("actor_token_type"));
    match actor {
        None => Ok(""),
        Some(_) => Err(unknown("actor_token")),
    }
}

fn unknown(name: &'static str) -> Refusal {
    let reason = format!("{name} is not supported.");
    Refusal::new(Code::InvalidRequest, reason)
}

/// RFC 8693 has two names for it; one resource per request (T-06).
fn resource(params: &Params) -> Result<Option<&str>, Refusal> {
    match (params.get("resource"), params.get("audience")) {
        (Some(resource), Some(audience)) if resource != audience => Err(Refusal::new(
            Code::InvalidTarget,
            "Name one resource per request.",
        )),
        (resource, audience) => Ok(resource.or(audience)),
    }
}

fn scope(params: &Params) -> Result<Option<ScopeSet>, Refusal> {
    let Some(text) = params.get("scope") else {
        return Ok(None);
    };
    let unreadable = |_| Refusal::new(Code::InvalidScope, "The scope is not acceptable.");
    let mut scopes = ScopeSet::read(text).map_err(unreadable)?.scopes;
    scopes.retain(Scope::may_be_exchanged);
    Ok(Some(scopes))
}
