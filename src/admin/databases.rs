//! `/admin/{org}/hcps`: the solutions of the organization with their directories. Where there is
//! one directory only, it opens. Solutions are made here.
use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths,
};
use crate::{
    access::Permission,
    audit::{self, Action, Event},
    organizations::{self, Database, Solution},
    store::{StoreError, Tx},
    web::{App, Faults, Fields, Form, Page, Texts, done, paths as web_paths},
};

/// What the pages of solutions and directories say was done.
pub(super) const DEEDS: &[(&str, &str)] = &[
    ("made", "hcp-created"),
    ("renamed", "hcp-changed"),
    ("archived", "archived"),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/{org}/hcps", get(show))
        .route("/admin/{org}/solutions", post(create))
}

#[derive(Template)]
#[template(path = "admin/databases.html")]
struct DatabasesPage {
    t: Texts,
    frame: Frame,
    solutions: Vec<Row>,
    may_write: bool,
    /// Where a solution is made.
    action: String,
    typed: Named,
    faults: Faults,
}

/// A solution with its directories.
struct Row {
    name: String,
    url: String,
    databases: Vec<Inside>,
}

/// A directory of a solution.
struct Inside {
    name: String,
    url: String,
    /// Where it is renamed and put away.
    settings: String,
}

/// A name that is typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    pub(super) name: String,
}

async fn show(desk: Desk, fields: Fields, t: Texts) -> Answer {
    desk.needs(Permission::HcpRead)?;
    let all = organizations::databases_of(&mut desk.read().await?, desk.organization().id).await?;
    let is_asked_for = fields.one("all").is_some() || fields.one("done").is_some();
    if let ([only], false) = (all.as_slice(), is_asked_for) {
        return Ok(Redirect::to(&web_paths::admin_hcps(only.id)).into_response());
    }
    page(&desk, t, &fields, (Named::default(), Faults::default())).await
}

async fn page(desk: &Desk, t: Texts, query: &Fields, (typed, faults): (Named, Faults)) -> Answer {
    let status = faults.status();
    let page = DatabasesPage {
        frame: desk.frame(Tab::Hcps).await?.saying(&t, query, DEEDS),
        solutions: rows(&mut desk.read().await?, desk).await?,
        may_write: desk.has(Permission::OrgWrite),
        action: paths::solutions(desk.organization().id),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn rows(tx: &mut Tx, desk: &Desk) -> Result<Vec<Row>, StoreError> {
    let org = desk.organization().id;
    let all = organizations::databases_of(tx, org).await?;
    let inside = |database: &Database| Inside {
        name: database.name.clone(),
        url: web_paths::admin_hcps(database.id),
        settings: paths::database(org, database.solution_id, database.id),
    };
    let row = |solution: Solution| Row {
        url: paths::solution(org, solution.id),
        databases: all
            .iter()
            .filter(|database| database.solution_id == solution.id)
            .map(inside)
            .collect(),
        name: solution.name,
    };
    let solutions = organizations::solutions(tx, org).await?;
    Ok(solutions.into_iter().map(row).collect())
}

async fn create(desk: Desk, t: Texts, Form(typed): Form<Named>) -> Answer {
    desk.needs(Permission::OrgWrite)?;
    let mut faults = Faults::default();
    let name = faults.name(&t, "name", &typed.name);
    if faults.is_empty() {
        let mut tx = desk.write().await?;
        let solution = Solution {
            id: tx.id(),
            organization_id: desk.organization().id,
            name,
        };
        if organizations::insert_solution(&mut tx, &solution).await? {
            let id = solution.id.to_string();
            record(&mut tx, &desk, Action::SolutionCreated, &id).await?;
            tx.commit().await?;
            return Ok(done(
                &paths::solution(solution.organization_id, solution.id),
                "made",
            ));
        }
        faults.add("name", t.get("fault-name-taken"));
    }
    page(&desk, t, &Fields::default(), (typed, faults)).await
}

/// Notes what was done to a solution or a directory.
///
/// # Errors
/// The database is away.
pub(super) async fn record(
    tx: &mut Tx,
    desk: &Desk,
    action: Action,
    object: &str,
) -> Result<(), StoreError> {
    let event = Event::done(action)
        .done_by(&desk.doer())
        .within(desk.organization().id)
        .on(object);
    audit::record(tx, event).await
}
