//! `/api/v1/organizations/{org}/members`: who works in the organization, in which roles.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input, List},
    paging::Paging,
    problem::{self, Kind, Problem},
};
use crate::{
    access::{Permission, Role, Roles, RolesError},
    clock::Timestamp,
    delegations,
    id::AccountId,
    invitations::{self, NewInvitation, Offer},
    organizations::{self, Organization},
    providers::{self, Member, MemberChange, MemberFilter, MemberRefusal, Status},
    store::Tx,
    web::{App, paths},
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/organizations/{{org}}/members{rest}");
    Router::new()
        .route(&place(""), get(list).post(invite))
        .route(&place("/{account}"), get(show).patch(change).delete(end))
        .route(&place("/{account}/review"), post(review))
}

#[derive(OpenApi)]
#[openapi(paths(list, show, invite, change, end, review))]
pub(super) struct Document;

/// A member of the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Shown {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: AccountId,
    /// What the invitation says, until it is accepted.
    name: String,
    pub(super) email: Option<String>,
    #[schema(value_type = Vec<String>)]
    roles: Roles,
    #[schema(value_type = String)]
    pub(super) status: Status,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sign_in_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_reviewed_at: Option<Timestamp>,
    /// Whether nobody looked at the roles for `review_days`.
    review_due: bool,
}

impl Shown {
    fn of(member: Member, organization: &Organization, now: Timestamp) -> Self {
        Self {
            review_due: member.is_review_due(organization.settings.review_days, now),
            id: member.membership.account,
            name: member.name,
            email: member.email,
            roles: member.membership.roles,
            status: member.membership.status,
            last_sign_in_at: member.last_sign_in_at,
            last_reviewed_at: member.membership.last_reviewed_at,
        }
    }
}

/// The members who have not left. Filters: `q` (name or e-mail address), `role`, `status`.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/members",
    responses((status = 200, body = List<Shown>), (status = 404, body = problem::Body)),
    security(("bearer" = ["users:read"]))
)]
async fn list(
    caller: Caller,
    Path(org): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::UsersRead, &org).await?;
    let filters = &paging.filters;
    let filter = MemberFilter {
        account: None,
        text: filters.one("q").map(str::to_owned),
        role: match filters.one("role") {
            Some(name) => Some(
                name.parse()
                    .map_err(|_| Problem::field("role", "unknown_role"))?,
            ),
            None => None,
        },
        status: match filters.one("status") {
            Some(name) => Some(Status::parse(name).ok_or(Problem::field("status", "unknown"))?),
            None => None,
        },
    };
    let mut tx = caller.read().await?;
    let page = (paging.after(), paging.rows());
    let found = providers::members(&mut tx, organization.id, &filter, page).await?;
    let (page, now) = (
        paging.list(found, |member| member.membership.account.to_string()),
        tx.now(),
    );
    let shown = |member| Shown::of(member, &organization, now);
    Ok(json::show(List {
        items: page.items.into_iter().map(shown).collect(),
        next: page.next,
    }))
}

/// One member.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/members/{account}",
    responses((status = 200, body = Shown), (status = 404, body = problem::Body)),
    security(("bearer" = ["users:read"]))
)]
async fn show(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::UsersRead, &org).await?;
    let mut tx = caller.read().await?;
    Ok(json::show(find(&mut tx, &organization, &account).await?))
}

pub(super) async fn find(
    tx: &mut Tx,
    organization: &Organization,
    id: &str,
) -> Result<Shown, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let account: AccountId = id.parse().map_err(|_| missing())?;
    let found = providers::member(tx, account, organization.id).await?;
    let now = tx.now();
    Ok(Shown::of(found.ok_or_else(missing)?, organization, now))
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invitation {
    email: String,
    /// First name and last name.
    name: String,
    /// At least one of the 14.
    roles: Vec<String>,
}

/// Invites somebody by mail. The membership waits with status `invited`.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/members", request_body = Invitation,
    responses((status = 201, body = Shown), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["users:write"]))
)]
async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Input(input): Input<Invitation>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::UsersWrite, &org).await?;
    let mut checks = Checks::default();
    let name = checks.name("name", &input.name);
    let email = checks.email("email", &input.email);
    let roles = roles(&mut checks, &input.roles);
    checks.finish()?;
    let (Some(email), Some(roles)) = (email, roles) else {
        return Err(Problem::of(Kind::Broken)); // a fault is always told above
    };
    if roles.contains(Role::Owner) && !caller.manager().is_owner {
        return Err(refuse(MemberRefusal::OwnerOnly));
    }
    let mut tx = caller.write().await?;
    organizations::hold(&mut tx, organization.id).await?;
    let new = NewInvitation {
        organization: Arc::clone(&organization),
        offer: Offer::Member(roles),
        email,
        name,
        by: caller.doer(),
    };
    let place = app.config.issuer.url(&paths::invitation_link());
    let invited = invitations::invite(&mut tx, &app.mailer, new, &place).await?;
    let account = invited.map_err(|_| Problem::of(Kind::Conflict("already_member")))?;
    let shown = find(&mut tx, &organization, &account.to_string()).await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/organizations/{}/members/{account}",
        organization.id
    );
    Ok(json::created(&place, shown))
}

fn roles(checks: &mut Checks, names: &[String]) -> Option<Roles> {
    match Roles::parse(names) {
        Ok(roles) => Some(roles),
        Err(RolesError::Empty) => {
            checks.fault("roles", "required");
            None
        }
        Err(RolesError::Unknown(_)) => {
            checks.fault("roles", "unknown_role");
            None
        }
    }
}

/// What may be changed of a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// All roles from now on.
    roles: Option<Vec<String>>,
    /// `active` or `suspended`.
    status: Option<String>,
}

/// Changes roles or status.
#[utoipa::path(
    patch, path = "/api/v1/organizations/{org}/members/{account}", request_body = Change,
    responses((status = 200, body = Shown), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 412, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["users:write"]))
)]
async fn change(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
    headers: HeaderMap,
    Input(input): Input<Change>,
) -> Result<Response, Problem> {
    let (organization, mut tx, id) = begin(&caller, &org, &account).await?;
    let before = find(&mut tx, &organization, &account).await?;
    json::check_match(&headers, &before)?;
    let mut checks = Checks::default();
    let status = input.status.as_deref().map(|status| match status {
        "active" => Status::Active,
        "suspended" => Status::Suspended,
        _ => {
            checks.fault("status", "unknown");
            Status::Active
        }
    });
    let roles = match &input.roles {
        Some(names) => roles(&mut checks, names),
        None => None,
    };
    checks.finish()?;
    let change = MemberChange { roles, status };
    let manager = caller.manager();
    let answer = providers::change(&mut tx, (id, organization.id), change, &manager).await?;
    answer.map_err(refuse)?;
    let shown = find(&mut tx, &organization, &account).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

/// Ends the membership, or the invitation to one.
#[utoipa::path(
    delete, path = "/api/v1/organizations/{org}/members/{account}",
    responses((status = 204), (status = 403, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["users:write"]))
)]
async fn end(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (organization, mut tx, id) = begin(&caller, &org, &account).await?;
    let before = find(&mut tx, &organization, &account).await?;
    json::check_match(&headers, &before)?;
    let answer = providers::end(&mut tx, (id, organization.id), &caller.manager()).await?;
    answer.map_err(refuse)?;
    invitations::void(&mut tx, id, organization.id, invitations::Kind::Member).await?;
    delegations::revoke_all_of(&mut tx, organization.id, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Records that an OWNER looked at the roles.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/members/{account}/review",
    responses((status = 200, body = Shown), (status = 403, body = problem::Body)),
    security(("bearer" = ["users:write"]))
)]
async fn review(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (organization, mut tx, id) = begin(&caller, &org, &account).await?;
    let answer = providers::review(&mut tx, (id, organization.id), &caller.manager()).await?;
    answer.map_err(refuse)?;
    let shown = find(&mut tx, &organization, &account).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

async fn begin(
    caller: &Caller,
    org: &str,
    account: &str,
) -> Result<(Arc<Organization>, Tx, AccountId), Problem> {
    let organization = caller.may_in(Permission::UsersWrite, org).await?;
    let id = account.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let mut tx = caller.write().await?;
    organizations::hold(&mut tx, organization.id).await?;
    Ok((organization, tx, id))
}

/// The answer to a refused deed.
fn refuse(refusal: MemberRefusal) -> Problem {
    Problem::of(match refusal {
        MemberRefusal::NotFound => Kind::NotFound,
        MemberRefusal::LastOwner => Kind::Conflict("last_owner"),
        MemberRefusal::OwnRole => Kind::Forbidden("own_role"),
        MemberRefusal::OwnerOnly => Kind::Forbidden("owner_only"),
        MemberRefusal::WrongState => Kind::Conflict("wrong_state"),
    })
}
