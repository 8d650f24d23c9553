//! A key that was made just now: shown this once.
use askama::Template;
use axum::response::IntoResponse;

use super::{
    super::{
        desk::{Answer, Desk},
        frame::{Frame, Tab},
    },
    place,
};
use crate::{
    clock::Timestamp,
    secret::Secret,
    service_accounts::ServiceAccount,
    web::{Page, Texts},
};

#[derive(Template)]
#[template(path = "admin/service_accounts/key_made.html")]
struct MadePage {
    t: Texts,
    frame: Frame,
    back: String,
    name: String,
    secret: Secret,
    /// The old key's name, and when it ends, where this one takes its place.
    old: Option<(String, Timestamp)>,
}

/// Shows the key.
pub(super) async fn show(
    desk: &Desk,
    t: Texts,
    account: &ServiceAccount,
    (secret, old): (Secret, Option<(String, Timestamp)>),
) -> Answer {
    let page = MadePage {
        frame: desk.frame(Tab::ServiceAccounts).await?,
        back: place(desk.organization().id, account.id),
        name: account.name.clone(),
        secret,
        old,
        t,
    };
    Ok(Page::new(page).into_response())
}
