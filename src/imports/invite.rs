//! The people behind the HCPs that an import made are invited.
use std::sync::Arc;

use super::Staged;
use crate::{
    access::{Role, Roles},
    audit::Doer,
    hcps,
    invitations::{self, NewHcpInvitation},
    mail::Mailer,
    organizations::{self, Directory},
    store::{StoreError, Tx},
};

/// How people are invited.
#[derive(Clone)]
pub struct Invites {
    /// Writes the letters.
    pub mailer: Mailer,
    /// Where the link in them leads to.
    pub place: String,
}

/// Invites each as a PROVIDER. Whoever cannot be, such as the inviter himself, is left out.
pub(super) async fn invite_made(
    tx: &mut Tx,
    invites: &Invites,
    directory: &Directory,
    (lines, by): (&[Staged], &Doer),
) -> Result<(), StoreError> {
    let organization = organizations::get(tx, directory.organization_id).await?;
    let Some(organization) = organization.map(Arc::new) else {
        return Ok(());
    };
    for id in lines.iter().filter_map(|staged| staged.hcp) {
        let hcp = hcps::find(tx, directory.database.id, id).await?;
        let (Some(hcp), Some(roles)) = (hcp, Roles::new([Role::Provider])) else {
            continue;
        };
        let new = NewHcpInvitation {
            organization: Arc::clone(&organization),
            hcp,
            roles,
            by: by.clone(),
        };
        // Whether he can be is his own matter, and no reason to end here.
        let _ = invitations::invite_hcp(tx, &invites.mailer, &new, &invites.place).await?;
    }
    Ok(())
}
