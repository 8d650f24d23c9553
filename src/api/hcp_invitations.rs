//! `/api/v1/databases/{db}/hcps/{id}/invitation`: invites the person behind an HCP.
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    hcps::find,
    json::{self, OptionalInput},
    problem::{self, Kind, Problem},
};
use crate::{
    access::{Permission, Role, Roles},
    clock::Timestamp,
    invitations::{self, HcpInvitationStatus, HcpInviteRefusal, HcpInvited, NewHcpInvitation},
    web::{App, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route(
        "/api/v1/databases/{db}/hcps/{id}/invitation",
        get(show).post(invite),
    )
}

#[derive(OpenApi)]
#[openapi(paths(show, invite))]
pub(super) struct Document;

/// The last invitation of an HCP.
#[derive(Debug, Serialize, ToSchema)]
struct Shown {
    /// `sent`, `accepted`, `failed` (the letter could not be delivered), `expired` or `void`.
    #[schema(value_type = String)]
    status: HcpInvitationStatus,
    #[schema(value_type = String, format = DateTime)]
    sent_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<HcpInvited> for Shown {
    fn from(invited: HcpInvited) -> Self {
        Self {
            status: invited.status,
            sent_at: invited.sent_at,
            expires_at: invited.expires_at,
        }
    }
}

/// The last invitation.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcps/{id}/invitation",
    responses((status = 200, body = Shown), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:read"]))
)]
async fn show(caller: Caller, Path((db, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, hcp) = find(&caller, Permission::HcpRead, &mut tx, (&db, &id)).await?;
    let invited = invitations::hcp_invited(&mut tx, &hcp).await?;
    let invited = invited.ok_or(Problem::of(Kind::NotFound))?;
    Ok(json::show(Shown::from(invited)))
}

/// What the person becomes besides the HCP.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invitation {
    /// Roles of the membership, where the HCP has an organization above it; `PROVIDER` by
    /// default, never `OWNER`.
    roles: Option<Vec<String>>,
}

/// Sends the link to the HCP's e-mail address; one that was sent before is void. The body may
/// be left out.
#[utoipa::path(
    post, path = "/api/v1/databases/{db}/hcps/{id}/invitation", request_body = Invitation,
    responses((status = 201, body = Shown), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:write"]))
)]
async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path((db, id)): Path<(String, String)>,
    OptionalInput(input): OptionalInput<Invitation>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (directory, hcp) = find(&caller, Permission::HcpWrite, &mut tx, (&db, &id)).await?;
    let organization = app.organizations.get(&app.store, directory.organization_id);
    let organization = organization.await?.ok_or(Problem::of(Kind::NotFound))?;
    let roles = match input.roles {
        None => Roles::new([Role::Provider]),
        Some(names) => Roles::parse(&names).ok(),
    };
    let roles = roles.ok_or_else(|| Problem::field("roles", "unknown_role"))?;
    let new = NewHcpInvitation {
        organization,
        hcp,
        roles,
        by: caller.doer(),
    };
    let place = app.config.issuer.url(&paths::invitation_link());
    let invited = invitations::invite_hcp(&mut tx, &app.mailer, &new, &place).await?;
    invited.map_err(refuse)?;
    let shown = invitations::hcp_invited(&mut tx, &new.hcp).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(shown.map(Shown::from))).into_response())
}

fn refuse(refusal: HcpInviteRefusal) -> Problem {
    Problem::of(match refusal {
        HcpInviteRefusal::EmailRequired => Kind::Unfit("email_required"),
        HcpInviteRefusal::Disabled => Kind::Conflict("disabled"),
        HcpInviteRefusal::Linked => Kind::Conflict("already_linked"),
        HcpInviteRefusal::OwnerOnly => Kind::Forbidden("owner_only"),
        HcpInviteRefusal::OwnRole => Kind::Forbidden("own_role"),
    })
}
