//! What a visit to an entry page is about: where it leads, who asks, and with which
//! organization.
use std::sync::Arc;

use crate::{
    accounts::{PasswordFault, sign_up::Places},
    clients::AllowedPrincipal,
    organizations::{self, Organization},
    secret::Secret,
    web::{App, Asking, Browser, Failure, Fields, FormTarget, Next, paths},
};

/// Seconds after which to try again when too many passwords are being checked.
pub(super) const BUSY: i64 = 5;

/// What a visit is about.
pub(super) struct Asked {
    pub(super) next: Next,
    pub(super) asking: Option<Asking>,
    /// The client that the query names.
    client: Option<String>,
}

impl Asked {
    /// Where a form of the page may lead in the end, besides ourselves.
    pub(super) fn target(&self) -> Option<FormTarget> {
        self.asking
            .as_ref()
            .and_then(|asking| asking.target.clone())
    }
}

/// Where letters lead: always to the configured issuer, never to a `Host` header.
pub(super) fn places(app: &App) -> Places {
    let at = |path: String| format!("{}{path}", app.config.issuer.as_str());
    Places {
        verify: at(paths::verify_link()),
        sign_in: at(paths::sign_in(&Next::Account)),
        forgot: at(paths::forgot_password()),
    }
}

/// What the visit is about. `None` when it names an authorization request that is over, or
/// another browser's.
pub(super) async fn of(
    app: &App,
    query: &str,
    browser: &Browser,
) -> Result<Option<Asked>, Failure> {
    let query = Fields::parse(query.as_bytes()).unwrap_or_default();
    let next = Next::asked_for(&query);
    let client = query.one("client_id").map(str::to_owned);
    let asking = match next.request() {
        None if query.all("request").next().is_some() => return Ok(None),
        None => None,
        Some(request) => match app.asker.ask(request, browser.id().await?).await? {
            None => return Ok(None),
            asking => asking,
        },
    };
    Ok(Some(Asked {
        next,
        asking,
        client,
    }))
}

/// The organization whose consumers sign up here. `None` when nothing says which.
pub(super) async fn organization(
    app: &App,
    asked: &Asked,
) -> Result<Option<Arc<Organization>>, Failure> {
    let client = asked
        .asking
        .as_ref()
        .map(|asking| asking.client_id.as_str());
    let found = match client.or(asked.client.as_deref()) {
        Some(client) => {
            let client = app.clients.find(&app.store, client).await?;
            let takes_consumers = client.filter(|client| {
                let principals = &client.registration.allowed_principals;
                principals.contains(&AllowedPrincipal::Consumer)
            });
            takes_consumers.and_then(|client| client.organization)
        }
        None => {
            let all = organizations::list(&mut app.store.read().await?).await?;
            match all.as_slice() {
                [only] => Some(only.id),
                _ => None,
            }
        }
    };
    let Some(id) = found else {
        return Ok(None);
    };
    let organization = app.organizations.get(&app.store, id).await?;
    Ok(organization.filter(|organization| organization.is_active()))
}

/// The digits of a typed code, without the spaces that people put in.
pub(super) fn digits(typed: Option<Secret>) -> Secret {
    let typed = typed.unwrap_or_else(|| Secret::new(""));
    let digits = typed.expose().chars().filter(|c| !c.is_whitespace());
    Secret::new(digits.collect::<String>())
}

/// What is wrong with a new password, in words.
pub(super) const fn password_text(fault: PasswordFault) -> &'static str {
    match fault {
        PasswordFault::TooShort => "fault-password-short",
        PasswordFault::TooLong => "fault-password-long",
        PasswordFault::Common => "fault-password-common",
        PasswordFault::Personal => "fault-password-personal",
    }
}
