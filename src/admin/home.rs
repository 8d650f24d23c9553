//! `/admin`: the directories that the person may look at. Where there is one, it opens.
use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::desk::Rights;
use crate::{
    access::Permission,
    config_users,
    id::{AccountId, OrganizationId},
    organizations, providers,
    web::{App, Failure, Page, Problem, SignedIn, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin", get(show))
}

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage {
    t: Texts,
    places: Vec<Place>,
}

/// A directory.
struct Place {
    organization: String,
    solution: String,
    database: String,
    url: String,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    t: Texts,
) -> Result<Response, Failure> {
    let (mut places, mut is_manager) = (Vec::new(), false);
    for organization in organizations_of(&app, sign_in.account).await? {
        let rights = Rights::of(&app, sign_in.account, organization).await?;
        if rights.may(Permission::HcpRead) {
            is_manager = true;
            places.extend(places_of(&app, organization).await?);
        }
    }
    Ok(match places.as_slice() {
        _ if !is_manager => Problem::NotAllowed.into_response(),
        [only] => Redirect::to(&only.url).into_response(),
        _ => Page::new(HomePage { t, places }).into_response(),
    })
}

/// Where the person is a member or somebody who configures.
async fn organizations_of(
    app: &App,
    account: AccountId,
) -> Result<BTreeSet<OrganizationId>, Failure> {
    let mut tx = app.store.read().await?;
    let memberships = providers::of_account(&mut tx, account).await?;
    let grants = config_users::of_account(&mut tx, account).await?;
    let of_members = memberships.iter().map(|membership| membership.organization);
    let of_grants = grants.iter().map(|grant| grant.organization);
    Ok(of_members.chain(of_grants).collect())
}

async fn places_of(app: &App, id: OrganizationId) -> Result<Vec<Place>, Failure> {
    let Some(organization) = app.organizations.get(&app.store, id).await? else {
        return Ok(Vec::new());
    };
    let mut tx = app.store.read().await?;
    let mut places = Vec::new();
    for solution in organizations::solutions(&mut tx, id).await? {
        for database in organizations::databases(&mut tx, solution.id).await? {
            places.push(Place {
                organization: organization.name.clone(),
                solution: solution.name.clone(),
                database: database.name,
                url: paths::admin_hcps(database.id),
            });
        }
    }
    Ok(places)
}
