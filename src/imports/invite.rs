//! The people behind the HCPs that an import made are invited.
use std::sync::Arc;

use super::Staged;
use crate::{
    access::{Role, Roles},
    audit::Doer,
    hcps,
    invitations::{self, NewHcpInvitation},
    mail::Mailer,
    organizations::{Directory, Organization},
    store::{StoreError, Tx},
};

/// Invites each as a PROVIDER, by a link to `place`, and counts them. Whoever cannot be, such
/// as the inviter himself, is left out.
///
/// # Errors
/// The database is away.
pub async fn invite_made(
    tx: &mut Tx,
    mailer: &Mailer,
    (organization, directory): (&Arc<Organization>, &Directory),
    (lines, by): (&[Staged], &Doer),
    place: &str,
) -> Result<usize, StoreError> {
    let mut invited = 0;
    for id in lines.iter().filter_map(|staged| staged.hcp) {
        let hcp = hcps::find(tx, directory.database.id, id).await?;
        let (Some(hcp), Some(roles)) = (hcp, Roles::new([Role::Provider])) else {
            continue;
        };
        let new = NewHcpInvitation {
            organization: Arc::clone(organization),
            hcp,
            roles,
            by: by.clone(),
        };
        let sent = invitations::invite_hcp(tx, mailer, &new, place).await?;
        invited += usize::from(sent.is_ok());
    }
    Ok(invited)
}
