//! What an HCP's authentication token says (DOMAIN.md 9.2, last column). The token itself is
//! opaque; these claims are what introspection shows.
use serde::Serialize;

use super::{Context, PrincipalType, Tokens};
use crate::{
    access::Purpose,
    hcps::{self, HcpType, LiveToken},
    id::OrganizationId,
    secret::Secret,
    store::StoreError,
};

/// The claims, in the order they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HcpClaims {
    /// The server.
    pub iss: String,
    /// The HCP's id.
    pub sub: String,
    /// `hcp`.
    pub principal_type: PrincipalType,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The tenant's name.
    pub organization_name: String,
    /// The HCP's id.
    pub hcp_id: String,
    /// The organization above the HCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_organization_id: Option<String>,
    /// `TREAT` for professionals, `HOPERAT` for organizations (T-05).
    pub purpose_of_use: Vec<String>,
    /// When the token was made, in seconds.
    pub iat: i64,
    /// When it ends, in seconds.
    pub exp: i64,
    /// The token's id.
    pub jti: String,
}

/// For what an HCP of this kind uses data (T-05).
pub const fn hcp_purpose(kind: HcpType) -> Purpose {
    match kind {
        HcpType::Professional => Purpose::TREATMENT,
        HcpType::Organization => Purpose::OPERATIONS,
    }
}

impl Tokens {
    /// Judges an HCP's authentication token, and notes that it was used. `None` when it is
    /// not one, or is worth nothing now.
    ///
    /// # Errors
    /// The database is away.
    pub async fn inspect_hcp(
        &self,
        context: &Context<'_>,
        secret: &Secret,
    ) -> Result<Option<HcpClaims>, StoreError> {
        let mut tx = context.store.read().await?;
        let Some(live) = hcps::recognise(&mut tx, secret).await? else {
            return Ok(None);
        };
        drop(tx);
        let organizations = context.organizations;
        let found = organizations
            .get(context.store, live.organization_id)
            .await?;
        let Some(organization) = found.filter(|organization| organization.is_active()) else {
            return Ok(None);
        };
        note(context, &live).await;
        let id = live.hcp.id.to_string();
        Ok(Some(HcpClaims {
            iss: self.issuer.to_string(),
            sub: id.clone(),
            principal_type: PrincipalType::Hcp,
            organization_id: organization.id,
            organization_name: organization.name.clone(),
            hcp_id: id,
            parent_organization_id: live.hcp.parent_id.map(|id| id.to_string()),
            purpose_of_use: vec![hcp_purpose(live.hcp.kind).uri()],
            iat: live.issued_at.seconds(),
            exp: live.expires_at.seconds(),
            jti: live.token_id.to_string(),
        }))
    }
}

/// A use that cannot be written down does not make the token worth less.
pub(super) async fn note(context: &Context<'_>, live: &LiveToken) {
    if !live.is_note_due(context.store.now()) {
        return;
    }
    let noted = async {
        let mut tx = context.store.write().await?;
        hcps::note_use(&mut tx, live).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::debug!(%error, "the use of an HCP's token was not noted");
    }
}
