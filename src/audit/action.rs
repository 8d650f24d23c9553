//! The words for what can happen.

/// What somebody did or tried. The names are stable: reports and alerts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Signed in with a password or another credential.
    SignIn,
    /// Signed out of the browser session.
    SignOut,
    /// Chose for whom to act.
    CapacityChosen,
    /// Allowed or refused a client.
    Consent,
    /// An authorization request was answered with an error.
    Authorization,
    /// An authorization code was issued.
    CodeIssued,
    /// An authorization code was exchanged.
    CodeRedeemed,
    /// A spent authorization code came again, which ends its grant.
    CodeReplayed,
    /// A refresh token was exchanged for its successor.
    TokenRefreshed,
    /// A spent refresh token came again, which ends its family.
    RefreshReuse,
    /// A token was issued to a machine.
    TokenIssued,
    /// A token or grant was revoked.
    TokenRevoked,
    /// A client could not prove who it is.
    ClientAuthentication,
    /// A signing key was made, retired or removed.
    SigningKey,
    /// Everything sealed was sealed anew, with another key-encryption key.
    KeyEncryptionKey,
    /// Declared resources were applied.
    ResourcesApplied,
    /// The platform's operator was made.
    OperatorCreated,
    /// A backup was put back.
    Restored,
}

impl Action {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::CapacityChosen => "capacity_chosen",
            Self::Consent => "consent",
            Self::Authorization => "authorization",
            Self::CodeIssued => "code_issued",
            Self::CodeRedeemed => "code_redeemed",
            Self::CodeReplayed => "code_replayed",
            Self::TokenRefreshed => "token_refreshed",
            Self::RefreshReuse => "refresh_reuse",
            Self::TokenIssued => "token_issued",
            Self::TokenRevoked => "token_revoked",
            Self::ClientAuthentication => "client_authentication",
            Self::SigningKey => "signing_key",
            Self::KeyEncryptionKey => "key_encryption_key",
            Self::ResourcesApplied => "resources_applied",
            Self::OperatorCreated => "operator_created",
            Self::Restored => "restored",
        }
    }
}
