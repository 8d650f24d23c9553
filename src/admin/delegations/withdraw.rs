//! `/admin/{org}/delegations/{id}/withdraw`: a machine acts for a provider no more.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};

use super::{
    super::{
        desk::{Answer, FreshDesk},
        frame::{Frame, Tab},
    },
    find, place,
};
use crate::{
    accounts, delegations, service_accounts,
    web::{App, Form, Nothing, Page, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/delegations/{id}/withdraw";
    Router::new().route(place, get(show).post(withdraw))
}

#[derive(Template)]
#[template(path = "admin/delegations/withdraw.html")]
struct WithdrawPage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    provider: String,
    machine: String,
}

type Place = Path<(String, String)>;

async fn show(FreshDesk(desk): FreshDesk, Path((_, id)): Place, t: Texts) -> Answer {
    let mut tx = desk.read().await?;
    let delegation = find(&desk, &mut tx, &id).await?;
    let machine = service_accounts::find(&mut tx, delegation.service_account).await?;
    let provider = accounts::account(&mut tx, delegation.provider).await?;
    drop(tx);
    let back = place(desk.organization().id);
    let page = WithdrawPage {
        frame: desk.frame(Tab::Delegations).await?,
        action: format!("{back}/{}/withdraw", delegation.id),
        back,
        provider: provider.map(|who| who.display_name).unwrap_or_default(),
        machine: machine.map(|machine| machine.name).unwrap_or_default(),
        t,
    };
    Ok(Page::new(page).into_response())
}

async fn withdraw(
    FreshDesk(desk): FreshDesk,
    Path((_, id)): Place,
    Form(Nothing {}): Form<Nothing>,
) -> Answer {
    let mut tx = desk.write().await?;
    let delegation = find(&desk, &mut tx, &id).await?;
    delegations::revoke(&mut tx, &delegation, desk.account).await?;
    tx.commit().await?;
    Ok(done(&place(desk.organization().id), "withdrawn"))
}
