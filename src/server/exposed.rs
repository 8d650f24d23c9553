//! API keys in addresses. An address is logged and remembered by everything between client
//! and server, so a key that stood in one counts as known to others: the request is refused
//! and the audit log says whose key it was, never the key (N-12).
use http::Uri;

use crate::{
    audit::{Action, Event},
    secret::Secret,
    service_accounts::{self, KEY_PREFIX},
    store::Origin,
    web::App,
};

/// The key that stands in the query, if one does.
pub(super) fn key_in(uri: &Uri) -> Option<Secret> {
    let query = uri.query()?;
    let values = form_urlencoded::parse(query.as_bytes());
    let mut keys = values.filter(|(_, value)| value.starts_with(KEY_PREFIX));
    keys.next().map(|(_, value)| Secret::new(value))
}

/// Writes down that the key was exposed.
pub(super) async fn report(app: &App, origin: &std::sync::Arc<Origin>, key: &Secret) {
    let mut event = Event::refused(Action::ApiKeyExposed, "key_in_address");
    match owner(app, key).await {
        Ok(Some(owner)) => {
            event = event
                .about(owner.service_account)
                .through(owner.service_account.to_string())
                .within(owner.organization)
                .on(owner.key);
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "whose key was exposed cannot be looked up"),
    }
    app.later.record(event, origin).await;
}

async fn owner(
    app: &App,
    key: &Secret,
) -> Result<Option<service_accounts::KeyOwner>, crate::store::StoreError> {
    let mut tx = app.store.read().await?;
    service_accounts::owner_of(&mut tx, key).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_under_any_name_and_however_it_is_written() {
        let key = |text: &'static str| key_in(&Uri::from_static(text));
        for with in ["/x?api_key=tsk_abc", "/x?a=b&c=tsk%5Fabc", "/x?=%74sk_abc"] {
            assert_eq!(key(with).unwrap().expose(), "tsk_abc", "{with}");
        }
        for without in ["/x", "/x?a=b", "/tsk_abc", "/x?tsk_abc=1"] {
            assert!(key(without).is_none(), "{without}");
        }
    }
}
