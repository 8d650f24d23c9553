//! Why a row is not taken.

/// What speaks against a row. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No first name.
    MissingFirstName,
    /// No last name.
    MissingLastName,
    /// No e-mail address.
    MissingEmail,
    /// Not an e-mail address.
    InvalidEmail,
    /// A row above has the e-mail address and is taken.
    DuplicateInFile,
    /// An HCP of the directory has the e-mail address (I-31).
    EmailExists,
    /// A phone number says no country, and neither does the row.
    MissingCountryCode,
    /// No country has the code.
    InvalidCountryCode,
    /// Not a phone number.
    InvalidPhone,
    /// The directory has no such HCP.
    UnknownParentOrganization,
    /// The HCP is no organization.
    ParentNotOrganization,
    /// Text is longer than an HCP's may be.
    TooLong,
    /// Text has characters that control others or that nobody sees.
    ControlCharacters,
    /// A cell is a formula.
    FormulaCell,
    /// Text would be a formula elsewhere.
    FormulaText,
}

impl Reason {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 15] = [
        Self::MissingFirstName,
        Self::MissingLastName,
        Self::MissingEmail,
        Self::InvalidEmail,
        Self::DuplicateInFile,
        Self::EmailExists,
        Self::MissingCountryCode,
        Self::InvalidCountryCode,
        Self::InvalidPhone,
        Self::UnknownParentOrganization,
        Self::ParentNotOrganization,
        Self::TooLong,
        Self::ControlCharacters,
        Self::FormulaCell,
        Self::FormulaText,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingFirstName => "missing_first_name",
            Self::MissingLastName => "missing_last_name",
            Self::MissingEmail => "missing_email",
            Self::InvalidEmail => "invalid_email",
            Self::DuplicateInFile => "duplicate_in_file",
            Self::EmailExists => "email_exists",
            Self::MissingCountryCode => "missing_country_code",
            Self::InvalidCountryCode => "invalid_country_code",
            Self::InvalidPhone => "invalid_phone",
            Self::UnknownParentOrganization => "unknown_parent_organization",
            Self::ParentNotOrganization => "parent_not_organization",
            Self::TooLong => "too_long",
            Self::ControlCharacters => "control_characters",
            Self::FormulaCell => "formula_cell",
            Self::FormulaText => "formula_text",
        }
    }

    /// The reason of this name.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}
