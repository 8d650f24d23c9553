//! `/admin/{org}/hcps`: the directories of the organization. Where there is one, it opens.
use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Redirect},
    routing::get,
};

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
};
use crate::{
    access::Permission,
    organizations,
    web::{App, Page, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/hcps", get(show))
}

#[derive(Template)]
#[template(path = "admin/databases.html")]
struct DatabasesPage {
    t: Texts,
    frame: Frame,
    databases: Vec<Row>,
}

struct Row {
    solution: String,
    database: String,
    url: String,
}

async fn show(desk: Desk, t: Texts) -> Answer {
    desk.needs(Permission::HcpRead)?;
    let mut databases = Vec::new();
    let mut tx = desk.read().await?;
    for solution in organizations::solutions(&mut tx, desk.organization().id).await? {
        for database in organizations::databases(&mut tx, solution.id).await? {
            databases.push(Row {
                solution: solution.name.clone(),
                url: paths::admin_hcps(database.id),
                database: database.name,
            });
        }
    }
    drop(tx);
    if let [only] = databases.as_slice() {
        return Ok(Redirect::to(&only.url).into_response());
    }
    let page = DatabasesPage {
        frame: desk.frame(Tab::Hcps).await?,
        t,
        databases,
    };
    Ok(Page::new(page).into_response())
}
