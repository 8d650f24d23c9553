//! The words for what can happen.

/// What somebody did or tried. The names are stable: reports and alerts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Signed in with a password or another credential.
    SignIn,
    /// Signed out of the browser session.
    SignOut,
    /// Asked for an account.
    SignUpBegun,
    /// Verified the identifier, which made the account.
    SignedUp,
    /// A link for a new password was sent.
    RecoveryBegun,
    /// Chose a new password by that link.
    PasswordReset,
    /// Chose another password, knowing the present one.
    PasswordChanged,
    /// Signs in with another identifier from now on.
    IdentifierChanged,
    /// Closed the account for good.
    AccountClosed,
    /// Staff issued a code by which somebody who grew up takes over his account.
    HandoverCodeIssued,
    /// Took over his account.
    HandedOver,
    /// A dependent may sign in himself, or may no more.
    PersonalSignIn,
    /// Chose for whom to act.
    CapacityChosen,
    /// Allowed or refused a client.
    Consent,
    /// What was allowed to a client was taken back.
    ConsentWithdrawn,
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
    /// A token was exchanged for one that acts for somebody else.
    TokenExchanged,
    /// A provider's authority was delegated to a machine.
    Delegated,
    /// A delegation was ended before its time.
    DelegationRevoked,
    /// A machine was registered.
    ServiceAccountRegistered,
    /// A machine's name, status or registration changed.
    ServiceAccountChanged,
    /// A machine was removed, with its keys and delegations.
    ServiceAccountRemoved,
    /// A key of a machine was made.
    ApiKeyMade,
    /// A key of a machine was ended before its time.
    ApiKeyRevoked,
    /// A key was replaced by a new one, and ends when the overlap is over.
    ApiKeyRotated,
    /// A key stood in the address of a request, where others can read it.
    ApiKeyExposed,
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
    /// A dependent was added, with the relation of who added it.
    DependentAdded,
    /// A relation was proposed to a further guardian, or granted to a proxy.
    GuardianshipProposed,
    /// An adult asked whoever has an identifier to act for him.
    ProxyAsked,
    /// What an adult asked ended before anybody accepted it.
    ProxyRequestEnded,
    /// The guardian or proxy accepted.
    GuardianshipAccepted,
    /// Staff approved a relation.
    GuardianshipApproved,
    /// A relation was put on hold.
    GuardianshipSuspended,
    /// A relation on hold goes on.
    GuardianshipResumed,
    /// The end, reach or evidence of a relation changed.
    GuardianshipChanged,
    /// A relation ended.
    GuardianshipEnded,
    /// An organization was made.
    OrganizationMade,
    /// An organization's name or settings changed.
    OrganizationChanged,
    /// Staff entered a person.
    PersonCreated,
    /// Names, birth date, status or patient record of a person changed.
    PersonChanged,
    /// Staff recorded that a minor counts as grown up.
    Emancipated,
    /// Somebody was invited, or got the link again.
    Invited,
    /// The invited person joined.
    InvitationAccepted,
    /// Roles or status of a member changed.
    MemberChanged,
    /// A membership ended.
    MemberEnded,
    /// An OWNER looked whether a member's roles are right.
    MemberReviewed,
    /// Role or permissions of a config user changed.
    ConfigUserChanged,
    /// A config user's rights ended.
    ConfigUserEnded,
    /// Support let somebody try again who had typed wrong passwords.
    AccountUnlocked,
    /// A solution was made.
    SolutionCreated,
    /// A solution was renamed.
    SolutionChanged,
    /// A solution was put away.
    SolutionArchived,
    /// A database was made.
    DatabaseCreated,
    /// A database was renamed.
    DatabaseChanged,
    /// A database was put away.
    DatabaseArchived,
    /// An HCP was made.
    HcpCreated,
    /// What is said of an HCP changed.
    HcpChanged,
    /// An HCP was disabled.
    HcpDisabled,
    /// A disabled HCP is in use again.
    HcpEnabled,
    /// An HCP was deleted for good.
    HcpDeleted,
    /// An authentication token of an HCP was made.
    HcpTokenCreated,
    /// An authentication token of an HCP was deleted.
    HcpTokenDeleted,
    /// A public key of an HCP was registered.
    HcpKeyRegistered,
    /// A public key of an HCP was removed.
    HcpKeyRemoved,
    /// A file of HCPs was read, and its rows wait for somebody to take them.
    HcpImportStaged,
    /// The rows of an import that fit became HCPs.
    HcpImportCommitted,
    /// All HCPs of an import were deleted again.
    HcpImportUndone,
    /// The rows of an import that do not fit were downloaded.
    HcpImportExported,
    /// Events of the log were downloaded.
    AuditExported,
    /// Somebody tried to change what is not his to change.
    Denied,
}

impl Action {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::SignUpBegun => "sign_up_begun",
            Self::SignedUp => "signed_up",
            Self::RecoveryBegun => "recovery_begun",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::IdentifierChanged => "identifier_changed",
            Self::AccountClosed => "account_closed",
            Self::HandoverCodeIssued => "handover_code_issued",
            Self::HandedOver => "handed_over",
            Self::PersonalSignIn => "personal_sign_in",
            Self::CapacityChosen => "capacity_chosen",
            Self::Consent => "consent",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::Authorization => "authorization",
            Self::CodeIssued => "code_issued",
            Self::CodeRedeemed => "code_redeemed",
            Self::CodeReplayed => "code_replayed",
            Self::TokenRefreshed => "token_refreshed",
            Self::RefreshReuse => "refresh_reuse",
            Self::TokenExchanged => "token_exchanged",
            Self::Delegated => "delegated",
            Self::DelegationRevoked => "delegation_revoked",
            Self::ServiceAccountRegistered => "service_account_registered",
            Self::ServiceAccountChanged => "service_account_changed",
            Self::ServiceAccountRemoved => "service_account_removed",
            Self::ApiKeyMade => "api_key_made",
            Self::ApiKeyRevoked => "api_key_revoked",
            Self::ApiKeyRotated => "api_key_rotated",
            Self::ApiKeyExposed => "api_key_exposed",
            Self::TokenIssued => "token_issued",
            Self::TokenRevoked => "token_revoked",
            Self::ClientAuthentication => "client_authentication",
            Self::SigningKey => "signing_key",
            Self::KeyEncryptionKey => "key_encryption_key",
            Self::ResourcesApplied => "resources_applied",
            Self::OperatorCreated => "operator_created",
            Self::Restored => "restored",
            Self::DependentAdded => "dependent_added",
            Self::GuardianshipProposed => "guardianship_proposed",
            Self::ProxyAsked => "proxy_asked",
            Self::ProxyRequestEnded => "proxy_request_ended",
            Self::GuardianshipAccepted => "guardianship_accepted",
            Self::GuardianshipApproved => "guardianship_approved",
            Self::GuardianshipSuspended => "guardianship_suspended",
            Self::GuardianshipResumed => "guardianship_resumed",
            Self::GuardianshipChanged => "guardianship_changed",
            Self::GuardianshipEnded => "guardianship_ended",
            Self::OrganizationMade => "organization_made",
            Self::OrganizationChanged => "organization_changed",
            Self::PersonCreated => "person_created",
            Self::PersonChanged => "person_changed",
            Self::Emancipated => "emancipated",
            Self::Invited => "invited",
            Self::InvitationAccepted => "invitation_accepted",
            Self::MemberChanged => "member_changed",
            Self::MemberEnded => "member_ended",
            Self::MemberReviewed => "member_reviewed",
            Self::ConfigUserChanged => "config_user_changed",
            Self::ConfigUserEnded => "config_user_ended",
            Self::AccountUnlocked => "account_unlocked",
            Self::SolutionCreated => "solution_created",
            Self::SolutionChanged => "solution_changed",
            Self::SolutionArchived => "solution_archived",
            Self::DatabaseCreated => "database_created",
            Self::DatabaseChanged => "database_changed",
            Self::DatabaseArchived => "database_archived",
            Self::HcpCreated => "hcp_created",
            Self::HcpChanged => "hcp_changed",
            Self::HcpDisabled => "hcp_disabled",
            Self::HcpEnabled => "hcp_enabled",
            Self::HcpDeleted => "hcp_deleted",
            Self::HcpTokenCreated => "hcp_token_created",
            Self::HcpTokenDeleted => "hcp_token_deleted",
            Self::HcpKeyRegistered => "hcp_key_registered",
            Self::HcpKeyRemoved => "hcp_key_removed",
            Self::HcpImportStaged => "hcp_import_staged",
            Self::HcpImportCommitted => "hcp_import_committed",
            Self::HcpImportUndone => "hcp_import_undone",
            Self::HcpImportExported => "hcp_import_exported",
            Self::AuditExported => "audit_exported",
            Self::Denied => "denied",
        }
    }
}
