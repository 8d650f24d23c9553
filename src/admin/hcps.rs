//! `/admin/databases/{db}/hcps`: the list of a directory, with the details of one HCP.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::get,
};

use super::{
    desk::Answer,
    directory::DirectoryDesk,
    frame::Frame,
    hcp_parent::{self, Parents},
    hcp_words,
    hcps_query::Query,
};
use crate::{
    access::Permission,
    hcps::{
        self, Filter, Hcp, HcpKey, HcpToken, HcpType, ListRefusal, Listed, Listing, ParentChoice,
        Status,
    },
    id::HcpId,
    invitations::{self, HcpInvited},
    store::{StoreError, Tx},
    web::{App, Browser, Fields, Page, SignedIn, Texts},
};

/// HCPs on a page.
const ON_A_PAGE: i64 = 25;

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
    rows: Vec<Row>,
    /// Where the next page is.
    next: Option<String>,
    is_too_short: bool,
    parents: Parents,
    /// The organization below which the list is, and what was typed of it.
    above: Above,
}

/// A row of the list.
struct Row {
    hcp: Hcp,
    active_tokens: i64,
    keys: i64,
    parent: Option<String>,
    invited: Option<HcpInvited>,
    /// What is shown below the row.
    opened: Option<Opened>,
}

/// What is shown of an HCP below its row.
struct Opened {
    /// Those that work.
    tokens: Vec<HcpToken>,
    keys: Vec<HcpKey>,
}

/// The organization below which HCPs are looked for.
enum Above {
    Any,
    One(Box<Hcp>),
    Several,
    Unknown,
}

impl Row {
    fn is_person(&self) -> bool {
        self.hcp.kind == HcpType::Professional
    }

    fn is_active(&self) -> bool {
        self.hcp.status == Status::Active
    }

    fn invitation(&self) -> (&'static str, &'static str) {
        hcp_words::invitation(self.invited.map(|invited| invited.status))
    }

    fn is_open(&self) -> bool {
        self.opened.is_some()
    }
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(db): Path<String>,
    fields: Fields,
    t: Texts,
) -> Answer {
    let desk = DirectoryDesk::at(&app, &browser, &sign_in, (&db, Permission::HcpRead)).await?;
    let query = Query::read(&fields);
    let mut tx = app.store.read().await?;
    let (above, choices) = above(&mut tx, &desk, &query.parent).await?;
    let found = find(&mut tx, &desk, &query, &above).await?;
    let is_too_short = found == Err(ListRefusal::TooShort);
    let found = found.unwrap_or_default();
    let next = found.next.as_ref();
    let next = next.map(|last| query.from(&desk.list(), &last.number().to_string()));
    let parents = hcp_parent::field(&mut tx, desk.directory.database.id, choices).await?;
    let rows = rows(&mut tx, &desk, found.hcps, query.open).await?;
    drop(tx);
    let desk = desk.saying(&t, &fields);
    Ok(Page::new(ListPage {
        frame: desk.frame.clone(),
        desk,
        t,
        query,
        rows,
        next,
        is_too_short,
        parents,
        above,
    })
    .into_response())
}

/// The organization that the list is to be below, and those it may be where a name says too
/// little.
async fn above(
    tx: &mut Tx,
    desk: &DirectoryDesk,
    typed: &str,
) -> Result<(Above, Vec<Hcp>), StoreError> {
    let database = desk.directory.database.id;
    Ok(match hcps::choose_parent(tx, database, typed).await? {
        ParentChoice::Nobody => (Above::Any, Vec::new()),
        ParentChoice::Several(found) => (Above::Several, found),
        ParentChoice::Unknown => (Above::Unknown, Vec::new()),
        ParentChoice::One(id) => match hcps::find(tx, database, id).await? {
            Some(hcp) => (Above::One(Box::new(hcp)), Vec::new()),
            None => (Above::Unknown, Vec::new()),
        },
    })
}

/// The page, from behind the HCP whose number the address names; without it, from the beginning.
async fn find(
    tx: &mut Tx,
    desk: &DirectoryDesk,
    query: &Query,
    above: &Above,
) -> Result<Result<hcps::Page, ListRefusal>, StoreError> {
    let database = desk.directory.database.id;
    let parent = match above {
        Above::Any => None,
        Above::One(hcp) => Some(hcp.id),
        Above::Several | Above::Unknown => return Ok(Ok(hcps::Page::default())),
    };
    let last = match query.after.parse() {
        Ok(number) => hcps::place(tx, database, number).await?,
        Err(_) => None,
    };
    let listing = Listing {
        database,
        filter: Filter {
            text: Some(query.text.clone()),
            kind: query.kind,
            status: query.status,
            parent,
        },
        sort: query.sort,
        after: last.map_or_else(String::new, |last| last.key(query.sort)),
        limit: ON_A_PAGE,
    };
    hcps::page(tx, &listing).await
}

async fn rows(
    tx: &mut Tx,
    desk: &DirectoryDesk,
    found: Vec<Listed>,
    open: Option<HcpId>,
) -> Result<Vec<Row>, StoreError> {
    let hcps: Vec<Hcp> = found.iter().map(|listed| listed.hcp.clone()).collect();
    let mut invited = invitations::hcps_invited(tx, &hcps).await?;
    let mut rows = Vec::new();
    for listed in found {
        let id = listed.hcp.id;
        let opened = match open == Some(id) {
            true => Some(opened(tx, desk, id).await?),
            false => None,
        };
        rows.push(Row {
            hcp: listed.hcp,
            active_tokens: listed.active_tokens,
            keys: listed.keys,
            parent: listed.parent_name,
            invited: invited.remove(&id),
            opened,
        });
    }
    Ok(rows)
}

async fn opened(tx: &mut Tx, desk: &DirectoryDesk, id: HcpId) -> Result<Opened, StoreError> {
    let now = tx.now();
    let mut tokens = match desk.may_tokens() {
        true => hcps::tokens(tx, id).await?,
        false => Vec::new(),
    };
    tokens.retain(|token| token.expires_at > now);
    Ok(Opened {
        tokens,
        keys: hcps::keys(tx, id).await?,
    })
}
