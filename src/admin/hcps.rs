//! `/admin/databases/{db}/hcps`: the list of a directory.
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{directory::DirectoryDesk, frame::Frame};
use crate::{
    access::Permission,
    hcps::{self, Filter, HcpType, ListRefusal, Listed, Listing, Sort, Status},
    id::DatabaseId,
    store::Tx,
    web::{App, Browser, Failure, Fields, Page, SignedIn, Texts},
};

/// HCPs on a page.
const ON_A_PAGE: usize = 25;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/databases/{db}/hcps", get(show))
}

#[derive(Template)]
#[template(path = "admin/hcps.html")]
struct ListPage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    query: Query,
    found: Vec<Listed>,
    /// Where the next page is.
    next: Option<String>,
    is_too_short: bool,
}

/// What is asked for, as the form shows it again.
#[derive(Debug, Clone, Default)]
struct Query {
    text: String,
    kind: Option<HcpType>,
    status: Option<Status>,
    parent: String,
    sort: Sort,
    after: String,
}

impl Query {
    fn read(fields: &Fields) -> Self {
        let text = |name| fields.one(name).unwrap_or_default().to_owned();
        Self {
            text: text("q"),
            kind: HcpType::parse(&text("type")),
            status: Status::parse(&text("status")),
            parent: text("parent_id"),
            sort: Sort::parse(&text("sort")).unwrap_or_default(),
            after: text("after"),
        }
    }

    fn is_professional(&self) -> bool {
        self.kind == Some(HcpType::Professional)
    }

    fn is_organization(&self) -> bool {
        self.kind == Some(HcpType::Organization)
    }

    fn is_active(&self) -> bool {
        self.status == Some(Status::Active)
    }

    fn is_disabled(&self) -> bool {
        self.status == Some(Status::Disabled)
    }

    fn first(&self, list: &str) -> String {
        self.url(list, self.sort, "")
    }

    /// The same list in another order, or from another HCP on.
    fn url(&self, list: &str, sort: Sort, after: &str) -> String {
        let kind = self.kind.map(|kind| match kind {
            HcpType::Professional => "professional",
            HcpType::Organization => "organization",
        });
        let status = self.status.map(|status| match status {
            Status::Active => "active",
            Status::Disabled => "disabled",
        });
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", self.text.as_str()),
            ("type", kind.unwrap_or_default()),
            ("status", status.unwrap_or_default()),
            ("parent_id", &self.parent),
            ("sort", sort.name()),
            ("after", after),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{list}?{}", query.finish())
    }

    fn by_name(&self, list: &str) -> String {
        let sort = match self.sort {
            Sort::Name => Sort::NameDown,
            _ => Sort::Name,
        };
        self.url(list, sort, "")
    }

    fn by_age(&self, list: &str) -> String {
        let sort = match self.sort {
            Sort::AgeDown => Sort::Age,
            _ => Sort::AgeDown,
        };
        self.url(list, sort, "")
    }

    /// The words that sorted columns say of themselves.
    const fn name_order(&self) -> &'static str {
        match self.sort {
            Sort::Name => "ascending",
            Sort::NameDown => "descending",
            _ => "none",
        }
    }

    const fn age_order(&self) -> &'static str {
        match self.sort {
            Sort::Age => "ascending",
            Sort::AgeDown => "descending",
            _ => "none",
        }
    }
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(db): Path<String>,
    RawQuery(query): RawQuery,
    t: Texts,
) -> Result<Response, Failure> {
    let desk = DirectoryDesk::at(&app, &browser, &sign_in, (&db, Permission::HcpRead)).await?;
    let desk = match desk {
        Ok(desk) => desk,
        Err(problem) => return Ok(problem.into_response()),
    };
    let fields = Fields::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let query = Query::read(&fields);
    let mut tx = app.store.read().await?;
    let found = find(&mut tx, desk.directory.database.id, &query).await?;
    let is_too_short = found == Err(ListRefusal::TooShort);
    let mut found = found.unwrap_or_default();
    let is_more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let last = found.last().filter(|_| is_more);
    let next = last.map(|last| query.url(&desk.list(), query.sort, &last.hcp.id.to_string()));
    let desk = desk.saying(&t, &fields);
    Ok(Page::new(ListPage {
        frame: desk.frame.clone(),
        desk,
        t,
        query,
        found,
        next,
        is_too_short,
    })
    .into_response())
}

/// The page, from behind the HCP that the address names; without it, from the beginning.
async fn find(
    tx: &mut Tx,
    database: DatabaseId,
    query: &Query,
) -> Result<Result<Vec<Listed>, ListRefusal>, Failure> {
    let last = match query.after.parse() {
        Ok(id) => hcps::get(tx, database, id).await?,
        Err(_) => None,
    };
    let listing = Listing {
        database,
        filter: Filter {
            text: Some(query.text.clone()),
            kind: query.kind,
            status: query.status,
            parent: query.parent.parse().ok(),
        },
        sort: query.sort,
        after: last.map(|last| last.key(query.sort)).unwrap_or_default(),
        limit: i64::try_from(ON_A_PAGE + 1).unwrap_or(i64::MAX),
    };
    Ok(hcps::page(tx, &listing).await?)
}
