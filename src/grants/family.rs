//! Refresh tokens: one family per grant, rotated at each use (SECURITY.md 1.5).
//!
//! A token is `trt_` and, in base64url, 16 bytes of grant id, 4 bytes of number and 32
//! bytes of HMAC-SHA-256 under the server's key over all of it and the row's salt.
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Ending, Grant, queries, revoke_queries};
use crate::{
    id::GrantId,
    secret::Secret,
    store::{StoreError, Tx},
};

const PREFIX: &str = "trt_";
/// How long a lost answer is forgiven, in seconds.
const GRACE: i64 = 10;

/// The server's key for refresh tokens.
pub struct FamilyKey(hmac::Key);

impl FamilyKey {
    /// Takes 256 secret bits.
    pub fn new(bytes: &Zeroizing<[u8; 32]>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_ref()))
    }

    fn mac(&self, grant: GrantId, seq: u32, salt: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(grant.uuid().as_bytes());
        context.update(&seq.to_be_bytes());
        context.update(salt.as_bytes());
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref()); // SHA-256 gives 32 bytes
        mac
    }

    /// The token with the number `seq` of the grant's family.
    pub(super) fn token(&self, grant: GrantId, seq: u32, salt: &str) -> Secret {
        let mut bytes = Zeroizing::new([0; 52]);
        bytes[..16].copy_from_slice(grant.uuid().as_bytes());
        bytes[16..20].copy_from_slice(&seq.to_be_bytes());
        bytes[20..].copy_from_slice(&self.mac(grant, seq, salt));
        Secret::new(format!(
            "{PREFIX}{}",
            URL_SAFE_NO_PAD.encode(bytes.as_ref())
        ))
    }
}

/// A refresh token as somebody presents it: well-formed, not yet proven.
#[derive(Debug)]
pub struct RefreshToken {
    grant: GrantId,
    seq: u32,
    mac: [u8; 32],
}

impl RefreshToken {
    /// Reads a token. `None` unless it has exactly the form of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
        let (grant, rest) = bytes.split_at_checked(16)?;
        let (seq, mac) = rest.split_at_checked(4)?;
        Some(Self {
            grant: GrantId::from_uuid(Uuid::from_slice(grant).ok()?),
            seq: u32::from_be_bytes(seq.try_into().ok()?),
            mac: mac.try_into().ok()?,
        })
    }

    fn is_proven(&self, key: &FamilyKey, salt: &str) -> bool {
        key.mac(self.grant, self.seq, salt).ct_eq(&self.mac).into()
    }
}

/// What came of presenting a refresh token.
#[derive(Debug)]
pub enum Rotation {
    /// It was the current one and is spent now; here is its successor. Or it was spent
    /// within the last ten seconds and its successor is unused: here it is again.
    Next(Box<Grant>, Secret),
    /// It was spent long ago, so somebody has a copy: the family has ended.
    Reused(Box<Grant>),
    /// It is not a live token of this client. Nothing was changed: drop the transaction.
    Unknown,
}

/// Spends a refresh token of `client_id` and gives its successor, in one statement.
///
/// # Errors
/// The database is away.
pub async fn rotate(
    tx: &mut Tx,
    key: &FamilyKey,
    token: &RefreshToken,
    client_id: &str,
) -> Result<Rotation, StoreError> {
    if let Some(rotated) = queries::rotate(tx, token.grant, client_id, token.seq).await? {
        let (grant, salt) = (rotated.grant, rotated.salt);
        if !token.is_proven(key, &salt) {
            return Ok(Rotation::Unknown);
        }
        let next = key.token(grant.id, token.seq + 1, &salt);
        return Ok(Rotation::Next(Box::new(grant), next));
    }
    let Some(stored) = queries::family(tx, token.grant).await? else {
        return Ok(Rotation::Unknown);
    };
    let grant = stored.grant;
    if grant.client_id != client_id
        || !grant.is_live(tx.now())
        || token.seq >= stored.seq
        || !token.is_proven(key, &stored.salt)
    {
        return Ok(Rotation::Unknown);
    }
    // A clock that was set back makes nothing recent; another node's may be a little ahead.
    let is_recent = stored
        .rotated_at
        .is_some_and(|at| tx.now().millis_since(at).abs() < GRACE * 1000);
    if token.seq + 1 == stored.seq && is_recent {
        let next = key.token(grant.id, stored.seq, &stored.salt);
        return Ok(Rotation::Next(Box::new(grant), next));
    }
    revoke_queries::revoke(tx, grant.id, Ending::RefreshReuse.name()).await?;
    Ok(Rotation::Reused(Box::new(grant)))
}

/// The grant of a refresh token that this server issued, whether or not it was spent
/// since: for introspection and revocation. The flag says whether it is the current one.
/// `None` when it is invented.
///
/// # Errors
/// The database is away.
pub async fn recognise(
    tx: &mut Tx,
    key: &FamilyKey,
    token: &RefreshToken,
) -> Result<Option<(Grant, IsCurrent)>, StoreError> {
    let Some(stored) = queries::family(tx, token.grant).await? else {
        return Ok(None);
    };
    if token.seq > stored.seq || !token.is_proven(key, &stored.salt) {
        return Ok(None);
    }
    let is_current = token.seq == stored.seq && stored.grant.is_live(tx.now());
    Ok(Some((stored.grant, IsCurrent(is_current))))
}

/// Whether a refresh token is the one that can be used next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsCurrent(pub bool);

/// The first token of a family.
pub(super) const FIRST: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> FamilyKey {
        FamilyKey::new(&Zeroizing::new([byte; 32]))
    }

    #[test]
    fn only_the_exact_token_is_proven() {
        let grant = GrantId::from_uuid(Uuid::from_u128(42));
        let token = key(1).token(grant, 7, "salt");
        let text = token.expose();
        let read = RefreshToken::parse(text).unwrap();
        assert!(read.is_proven(&key(1), "salt"));
        assert!(!read.is_proven(&key(2), "salt"));
        assert!(!read.is_proven(&key(1), "other"));
        for changed in [
            &text[..text.len() - 1],
            &format!("{text}A"),
            &format!("{text}="),
            &text.to_uppercase(),
            &text[4..],
            &text.replacen("trt_", "tac_", 1),
        ] {
            let proven = RefreshToken::parse(changed).is_some_and(|t| t.is_proven(&key(1), "salt"));
            assert!(!proven, "{changed}");
        }
    }
}
